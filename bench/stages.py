"""Where the time of one judgement goes: the real objects, in this process, without a socket."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import yaml

from bench.pace import CHROME_HEAD
from config.decision import Mode
from config.judge import judge
from config.loader import load
from config.policy import Policy
from detectors.behaviour.client import Client
from detectors.behaviour.features import features
from detectors.behaviour.step import step_of
from detectors.request import Request
from detectors.visit import Level, Visit
from proxy.events.fields import Privacy
from proxy.events.outcome import Outcome
from proxy.events.record import Origin, Recorder

VISITS = 500
RULES = 20
REPEATS = 9
NOW = 1_790_000_000.0
OWN_RULES = (
    ("partner-feed", 'request.path.startsWith("/feed/") && request.host == "feeds.example.com"', "allow"),
    ("price-scraping", 'request.route == "product" && client.rate("ip", "1m") > 60000.0', "challenge"),
    ("old-protocol", 'request.http_version == "1.0" && request.method == "POST"', "challenge"),
)


def fact_headers() -> tuple[tuple[bytes, bytes], ...]:
    """The headers of the load, as they are read from the wire."""
    lines = (line.partition(": ") for line in CHROME_HEAD.strip().split("\r\n"))
    return tuple((name.encode(), content.encode()) for name, _, content in lines)


def a_policy(folder: Path) -> Policy:
    """The shipped policy with operator rules before it, so that at least RULES rules are asked."""
    site = {"hosts": ["*"], "upstreams": ["http://127.0.0.1:9"], "mode": "monitor"}
    document = {
        "state": {"directory": str(folder / "state")},
        "sites": [site],
        "routes": {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}},
        "policy": {"rules": [{"name": n, "when": when, "action": do} for n, when, do in OWN_RULES]},
    }
    file = folder / "stages.yaml"
    rules = document["policy"]["rules"]  # type: ignore[index]  # a document of our own making
    file.write_text(yaml.safe_dump(document), "utf-8")
    shipped = len(load(str(file)).sites[0].policy.rules)
    for number in range(max(0, RULES - shipped)):
        when = f'request.path.startsWith("/area{number}/") && client.rate("session", "10s") > 50.0'
        rules.append({"name": f"area-{number}", "when": when, "action": "challenge"})
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(str(file)).sites[0].policy


def some_visits(policy: Policy) -> list[Visit]:
    """Shoppers in the middle of their visit: eight pages at their own pace, their pictures behind them."""
    headers = fact_headers()
    fields = {name.lower(): content for name, content in reversed(headers)}
    visits = []
    for number in range(VISITS):
        address = f"10.0.{number >> 8}.{number & 255}"
        ip, session = Client(f"ip={address}", NOW - 300), Client(f"s={number}", NOW - 300)
        ip.known = session.known = True
        for step in range(40):
            path = (
                f"/product/{1000 + (number * 37 + step) % 3000}" if step % 5 == 0 else f"/images/{step}.svg"
            )
            request = Request(
                "GET", path.encode(), path, "", "shop.example.com", "http", "1.1", headers, fields,
                address, NOW - 300 + step * step / 6, route=policy.routes.route_of("GET", path),
            )  # fmt: skip
            for client in (ip, session):
                client.arrive(step_of(request), request.arrived)
                client.respond(200, 1024, step_of(request))
        path = f"/product/{1000 + number}"
        page = replace(request, target=path.encode(), path=path, arrived=NOW, route="product")
        visits.append(Visit(page, ip, session, Level.NONE))
    return visits


def per_call_us(work: Callable[[Visit], object], visits: list[Visit]) -> float:
    """Microseconds of one call in the best of REPEATS passes; other work on the machine only adds."""
    passes = []
    gc.collect()
    gc.disable()
    for _ in range(REPEATS):
        started = time.perf_counter_ns()
        for visit in visits:
            work(visit)
        passes.append((time.perf_counter_ns() - started) / len(visits) / 1000)
    gc.enable()
    return min(passes)


def measure(folder: Path) -> dict[str, float]:
    """Microseconds per request of each stage, and of the whole judgement."""
    policy = a_policy(folder)
    visits = some_visits(policy)
    inspector, model = policy.inspector, policy.model
    decisions = {id(visit): judge(visit, policy, Mode.MONITOR, NOW) for visit in visits}
    sightings = {id(visit): inspector.sighting(visit.request) for visit in visits}
    recorder = Recorder(Origin("shop", "node", "0", policy.version), Privacy())
    outcome = Outcome(200, 1400, 900_000, 12.0, 0.0, 300.0)
    risks = {
        id(visit): (d.risk, d.band, list(d.evidence)) for visit in visits for d in (decisions[id(visit)],)
    }
    spare = Client("spare", NOW)

    def count(visit: Visit) -> None:
        step = step_of(visit.request)
        spare.arrive(step, NOW)
        spare.respond(200, 1024, step)

    def rules(visit: Visit) -> object:
        risk, band, evidence = risks[id(visit)]
        sighting = sightings[id(visit)]
        return policy.rule_set.matcher(visit, sighting, sighting.claim, risk, band, evidence, NOW, [], None)

    stages: dict[str, Callable[[Visit], object]] = {
        "counting": count,
        "sighting": lambda visit: inspector.sighting(visit.request),
        "behaviour": lambda visit: inspector.behaviour(visit, NOW, []),
        "features": lambda visit: features(visit.session, NOW),
        "rules": rules,
        "judgement": lambda visit: judge(visit, policy, Mode.MONITOR, NOW),
        "event": lambda visit: recorder.record("id", visit, decisions[id(visit)], outcome),
    }
    if model is not None:
        values = {id(visit): features(visit.session, NOW) for visit in visits}
        stages["model"] = lambda visit: model.margin(values[id(visit)])
    took = {name: per_call_us(work, visits) for name, work in stages.items()}
    return {**took, "rules_asked": float(len(policy.rules))}
