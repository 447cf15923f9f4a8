"""Replay judges records as live traffic was judged, and says what another configuration would change."""

import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from analysis.records import Records
from analysis.replaying.document import as_json
from analysis.replaying.engine import run
from analysis.replaying.report import Report
from analysis.replaying.shards import Job
from analysis.replaying.source import sources_of
from analysis.replaying.tables import print_report
from config.decision import Decision, Mode
from config.judge import judge
from config.loader import load
from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.visit import Visit
from proxy.events.fields import Privacy
from proxy.events.outcome import Outcome
from proxy.events.record import Origin, Recorder
from tests.support.logs import a_line, a_log, written
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
SITE = 'sites:\n  - hosts: ["*"]\n    upstreams: ["http://127.0.0.1:1"]\n'
STRICT = "bands: {trusted: 5, low: 20, elevated: 40, high: 60}\n"
CURL = ((b"Host", b"shop.example.com"), (b"User-Agent", b"curl/8.5.0"), (b"Accept", b"*/*"))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return a_config(tmp_path, SITE)


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    rule = "{name: no-shoes, when: 'request.path.startsWith(\"/shoes\")', action: block}"
    return a_config(tmp_path, f"{SITE}policy:\n  rules:\n    - {rule}\n")


def a_config(folder: Path, text: str) -> Path:
    return written(folder, text, f"{len(text)}.yaml")


def replay(log: Path, before: Path, after: Path | None = None) -> Report:
    """The report of one log."""
    return run(Job(sources_of([log]), before, after), processes=1)


def test_every_line_is_judged(tmp_path: Path, plain: Path) -> None:
    log = a_log(1, people=5, crawlers=5)
    report = replay(written(tmp_path, log), plain)

    assert (report.judged, sum(report.before.actions.values())) == (log.count("\n"),) * 2


def test_people_are_let_through(tmp_path: Path, plain: Path) -> None:
    report = replay(written(tmp_path, a_log(1, people=20, crawlers=0)), plain)

    assert set(report.before.actions) == {"allow"}


def test_a_sweep_under_a_browser_s_name_is_asked(tmp_path: Path, plain: Path) -> None:
    lines = [a_line(second, "192.0.2.9", f"/product/{second}")[1] for second in range(60)]
    report = replay(written(tmp_path, lines), plain)

    assert report.before.actions["challenge"] >= 30


def test_another_configuration_shows_what_would_change(tmp_path: Path, plain: Path, strict: Path) -> None:
    report = replay(written(tmp_path, a_log(1, people=3, crawlers=0)), plain, strict)
    shoes = a_log(1, people=3, crawlers=0).count("GET /shoes/")

    assert report.flips == {("allow", "block"): shoes}


def test_the_same_configuration_changes_nothing(tmp_path: Path, plain: Path) -> None:
    report = replay(written(tmp_path, a_log(1, people=5, crawlers=5)), plain, plain)

    assert not report.flips


WEIGHS = {
    "the same": "",
    "a prior of its own": "evidence: {prior: -1.0}\n",
    "weights of its own": "evidence: {asset_blindness: 0.5, old_browser: 3.0}\n",
    "its model within other limits": "model: {lower_limit: -0.2, min_pages: 9}\n",
    "no model": "model: {enabled: false}\n",
}


@pytest.mark.parametrize("more", WEIGHS.values(), ids=WEIGHS)
def test_a_second_configuration_judges_as_if_it_were_alone(tmp_path: Path, plain: Path, more: str) -> None:
    log, other = written(tmp_path, a_log(4, people=15, crawlers=8)), a_config(tmp_path, SITE + STRICT + more)
    second, alone = replay(log, plain, other).after, replay(log, other).before

    assert second is not None
    assert (second.decisions, second.evidence) == (alone.decisions, alone.evidence)


def test_a_rule_that_fails_is_a_fault_of_its_own_configuration(tmp_path: Path, plain: Path) -> None:
    rule = "policy: {rules: [{name: fails, when: '[1][request.asn + 1] == 1', action: block}]}\n"
    report = replay(written(tmp_path, a_log(1, people=2, crawlers=2)), a_config(tmp_path, SITE + rule), plain)

    assert report.after is not None
    assert (set(report.before.faults), set(report.after.faults)) == ({"rule:fails"}, set())


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path, plain: Path) -> None:
    report = replay(written(tmp_path, ["nonsense", a_line(0, "192.0.2.1", "/")[1], "more"]), plain)

    assert (report.lines, report.malformed, report.judged) == (3, 2, 1)


def test_an_empty_log_is_an_empty_report(tmp_path: Path, plain: Path) -> None:
    assert replay(written(tmp_path, ""), plain) == Report()


def test_a_host_of_no_site_is_nobody_s(tmp_path: Path) -> None:
    config = a_config(tmp_path, SITE.replace('"*"', "other.example"))
    events, _ = recorded(config, CURL, pages=2)
    path = tmp_path / "events.json"
    path.write_bytes(b"".join(events))

    assert replay(path, config).nobodys == 2


def recorded(
    path: Path, headers: tuple[tuple[bytes, bytes], ...], pages: int
) -> tuple[list[bytes], list[Decision]]:
    """What live traffic leaves behind: each request judged, then written down."""
    config = load(str(path))
    recorder = Recorder(Origin("shop", "node", "0", "p"), Privacy())
    ip, session = Client("ip", NOW), Client("session", NOW)
    events, decisions = [], []
    for number in range(pages):
        now = NOW + number
        request = a_request(f"/product/{number}", headers=headers, arrived=now)
        step = step_of(request)
        ip.arrive(step, now)
        session.arrive(step, now)
        visit = Visit(request, ip, session)
        decision = judge(visit, config.sites[0].policy, Mode.ENFORCE, now)
        allowed = decision.action in {"allow", "throttle"}
        if allowed:
            ip.respond(200, 512, step)
            session.respond(200, 512, step)
        outcome = Outcome(200 if allowed else 403, 512, 1000)
        events.append(recorder.record(f"0192f0c0-0000-7000-8000-{number:012x}", visit, decision, outcome))
        decisions.append(decision)
    return events, decisions


SENDERS = {"a browser": CHROME, "curl": CURL, "no headers": CHROME[:1]}


@pytest.mark.parametrize("headers", SENDERS.values(), ids=SENDERS)
def test_recorded_events_are_decided_as_they_were(
    tmp_path: Path, plain: Path, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    events, decisions = recorded(plain, headers, pages=40)
    path = tmp_path / "events.json.gz"
    path.write_bytes(gzip.compress(b"".join(events)))
    report = replay(path, plain)

    assert report.before.actions == counted(decisions, "would_action")
    assert report.before.bands == counted(decisions, "band")


def counted(decisions: list[Decision], name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for decision in decisions:
        key = getattr(decision, name)
        found[key] = found.get(key, 0) + 1
    return found


BROKEN_EVENTS = {
    "no event": "{}",
    "cut off": '{"@timestamp": "2026-',
    "a list inside": '{"stile": [], "http": [], "event": []}',
    "another type": '{"stile": {"evidence": 1}, "http": {}, "event": {"action": "allow"}}',
}


@pytest.mark.parametrize("line", BROKEN_EVENTS.values(), ids=BROKEN_EVENTS)
def test_broken_events_are_counted(tmp_path: Path, line: str) -> None:
    records = Records(written(tmp_path, [line]))

    assert (list(records), records.malformed) == ([], 1)


def test_the_report_is_a_table_for_eyes(tmp_path: Path, plain: Path, strict: Path) -> None:
    page = StringIO()
    report = replay(written(tmp_path, a_log(1, people=3, crawlers=1)), plain, strict)
    print_report(report, Console(file=page, width=120))

    assert "allow → block" in page.getvalue()


def test_hostile_paths_do_not_reach_the_terminal(tmp_path: Path, plain: Path, strict: Path) -> None:
    page = StringIO()
    line = a_line(0, "192.0.2.1", "/shoes/\\x1b[31m[bold]")[1]
    print_report(replay(written(tmp_path, [line]), plain, strict), Console(file=page, width=120))

    assert "\x1b" not in page.getvalue()


def test_the_report_is_json_for_programs(tmp_path: Path, plain: Path, strict: Path) -> None:
    report = replay(written(tmp_path, a_log(1, people=3, crawlers=1)), plain, strict)
    document = json.loads(json.dumps(as_json(report)))

    assert ("allow", "block") in {(flip["before"], flip["after"]) for flip in document["flips"]}
