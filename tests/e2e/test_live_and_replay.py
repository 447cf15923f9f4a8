"""The same log through the live gate and through `stile replay`: the same features and risks, one by one."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.records import Record, Records
from analysis.replaying.trial import replay_records
from config.decision import Decision
from config.loader import load
from config.settings import Site
from detectors.behaviour.features import FEATURES, features
from detectors.visit import Visit
from proxy.carry_out import CarryOut
from proxy.exchange import Exchange
from tests.support.gateway import Gateway
from tests.support.inner_worker import an_inner_worker
from tests.support.mixed_traffic import an_answer, play, scripts
from tests.support.upstream import Upstream

PAGE = (an_answer("200 OK", "text/html"),)
CHANGES = {
    "routes": {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}},
    "policy": {"rules": [{"name": "ask", "when": "request.path == '/news/7.html'", "action": "challenge"}]},
}
# A log has whole seconds, and no word on who answered: a page that Stile refused is an error there, and one
# that a redirect led to may stand before it. Nor has it scripts' calls, WebSockets that were refused, images
# that turned out to be pages, what cookies tell, and what headers told but for the user agent.
NOT_IN_LOGS = {
    *("page_rate_1m", "page_rate_10m", "page_rate_1h", "mean_gap_s", "gap_variation", "longest_gap_s"),
    *("quick_share", "alike_share", "error_share"),
}
Seen = dict[str, list[float]]
Judged = dict[str, tuple[list[float], Decision]]


class Watched(CarryOut):
    """Carries out as ever, and writes down what the model is shown of each judged request."""

    seen: Seen

    def __call__(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        self.seen[exchange.id] = features(visit.session, visit.request.arrived)
        super().__call__(exchange, visit, decision, site)


async def live(folder: Path, upstream: Upstream) -> tuple[Seen, int]:
    """All that the live gate was shown, by decision id, and how many requests were sent."""
    async with an_inner_worker(folder, upstream.address, CHANGES) as (gate, _, port):
        gate.carry_out = watched = Watched(gate.services)
        watched.seen = {}
        sent = await play(port)
        await asyncio.sleep(0.2)
    return watched.seen, sent


def replayed(folder: Path) -> Judged:
    """What the replay of the event file is shown, and what it says."""
    found: Judged = {}

    def watch(record: Record, visit: Visit, decision: Decision) -> None:
        found[record.id] = features(visit.session, visit.request.arrived), decision

    replay_records(Records(folder / "events.jsonl"), load(str(folder / "stile.yaml")), watch=watch)
    return found


def all_events(folder: Path) -> list[dict[str, Any]]:
    """All events, by arrival."""
    lines = map(json.loads, (folder / "events.jsonl").read_text("utf-8").splitlines())
    return sorted(lines, key=lambda event: str(event["@timestamp"]))


def events_in(folder: Path) -> dict[str, dict[str, Any]]:
    """The judged events, by id."""
    return {
        event["event"]["id"]: event
        for event in all_events(folder)
        if event["event"]["risk_score"] is not None
    }


def in_words(event: dict[str, Any]) -> tuple[Any, ...]:
    """Action, rule, risk, margin and evidence as an event has them."""
    stile = event["stile"]
    done = (
        stile["decision"].get("would_action", event["event"]["action"]),
        event.get("rule", {}).get("name", ""),
    )
    evidence = sorted((item["id"], item["log_odds"]) for item in stile["evidence"])
    return *done, event["event"]["risk_score"], stile.get("model", {}).get("margin"), evidence


def as_words(decision: Decision) -> tuple[Any, ...]:
    """The same of a replayed decision."""
    margin = None if decision.margin is None else float(f"{decision.margin:.4f}")
    done = str(decision.would_action), decision.rule
    return *done, decision.risk, margin, sorted((item.id, item.log_odds) for item in decision.evidence[:10])


def differences(events: dict[str, dict[str, Any]], again: Judged) -> list[str]:
    """What is not the same, for people."""
    return [
        f"{event['http']['request']['method']} {event['url']['path']} {event['@timestamp']}: "
        f"{in_words(event)} live, {as_words(again[name][1]) if name in again else None} replayed"
        for name, event in events.items()
        if name not in again or in_words(event) != as_words(again[name][1])
    ]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seen, int, Judged]:
    folder = tmp_path_factory.mktemp("live")
    with Upstream(PAGE) as upstream:
        upstream.scripts = scripts()
        seen, sent = asyncio.run(live(folder, upstream))
    return folder, seen, sent, replayed(folder)


def test_every_request_left_an_event(scene: tuple[Path, Seen, int, Judged]) -> None:
    folder, _, sent, _ = scene

    assert len((folder / "events.jsonl").read_text("utf-8").splitlines()) == sent > 1_900


def test_replay_judges_what_the_gate_judged(scene: tuple[Path, Seen, int, Judged]) -> None:
    folder, seen, _, again = scene

    assert set(again) == set(seen) == set(events_in(folder))


def test_the_model_is_shown_the_same_numbers(scene: tuple[Path, Seen, int, Judged]) -> None:
    _, seen, _, again = scene

    assert [name for name, numbers in seen.items() if again[name][0] != numbers] == []


def test_risk_margin_and_evidence_are_the_same(scene: tuple[Path, Seen, int, Judged]) -> None:
    folder, _, _, again = scene

    assert differences(events_in(folder), again) == []


def log_lines(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The same requests as a storefront's combined log has them, in whole seconds."""
    for event in events:
        http, url = event["http"], event["url"]
        stamp = datetime.fromisoformat(event["@timestamp"]).strftime("%d/%b/%Y:%H:%M:%S +0000")
        target = url["path"] + (f"?{url['query']}" if "query" in url else "")
        yield (
            f'{event["client"]["ip"]} - - [{stamp}] "{http["request"]["method"]} {target} HTTP/1.1" '
            f"{http['response']['status_code']} {http['response']['bytes']} "
            f'"{http["request"].get("referrer", "-")}" "{event["user_agent"]["original"]}"'
        )


def test_an_access_log_tells_the_same_as_far_as_it_knows(
    scene: tuple[Path, Seen, int, Judged], tmp_path: Path
) -> None:
    folder, seen, _, _ = scene
    events = all_events(folder)
    log = tmp_path / "access.log"
    log.write_text("\n".join(log_lines(events)) + "\n", "ascii")
    told: list[list[float]] = []
    replay_records(
        Records(log),
        load(str(folder / "stile.yaml")),
        watch=lambda _, visit, __: told.append(features(visit.session, visit.request.arrived)),
    )
    known = [FEATURES.index(name) for name in FEATURES if name not in NOT_IN_LOGS]
    plain = in_plain_sessions(events)

    assert len(plain) > 300
    assert [events[at] for at in plain if by(told[at], known) != by(seen[id_of(events[at])], known)] == []


def in_plain_sessions(events: list[dict[str, Any]]) -> list[int]:
    """The places of events whose session is the same in a log: no cookie came back, no script called."""
    sessions: dict[tuple[str, str], set[str]] = {}
    for event in events:
        sessions.setdefault(visitor_of(event), set()).add(event["session"]["id"])
    scripts_called = {visitor_of(event) for event in events if event["url"]["path"] == "/suggest"}
    return [
        at
        for at, event in enumerate(events)
        if len(sessions[visitor_of(event)]) == 1
        and visitor_of(event) not in scripts_called
        and event["event"]["risk_score"] is not None
    ]


def visitor_of(event: dict[str, Any]) -> tuple[str, str]:
    """What a log knows sessions by."""
    return event["client"]["ip"], event["user_agent"]["original"]


def id_of(event: dict[str, Any]) -> str:
    """The decision id."""
    return str(event["event"]["id"])


def by(numbers: list[float], places: list[int]) -> list[float]:
    """The numbers at some places."""
    return [numbers[place] for place in places]


def test_a_gateway_with_its_store_is_replayed_alike(tmp_path: Path) -> None:
    with Upstream(PAGE) as upstream:
        upstream.scripts = scripts()
        with Gateway(tmp_path, upstream.address, {**CHANGES, "trusted_proxies": ["127.0.0.0/8"]}) as gateway:
            sent = asyncio.run(play(gateway.port))
            gateway.events_within(sent)

    assert differences(events_in(tmp_path), replayed(tmp_path)) == []
