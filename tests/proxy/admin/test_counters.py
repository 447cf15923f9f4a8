"""What workers count adds up, never goes back, and is told without naming anybody."""

import re

from prometheus_client.parser import text_string_to_metric_families

from config.decision import Action, Band, Mode
from proxy.admin.exposition import exposition
from proxy.admin.metrics import Counters
from proxy.admin.totals import MAX_WORKERS, Totals
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from tests.support.events import a_decision, an_outcome


def an_export(worker: str, requests: int, **more) -> dict:
    counters = Counters()
    for _ in range(requests):
        counters.count("shop", a_decision(), an_outcome())
    return {"worker": worker, "events_lost": 0, **counters.export(), **more}


def sample(text: bytes, name: str, **labels: str) -> float:
    """The value of one sample."""
    families = text_string_to_metric_families(text.decode())
    return next(
        found.value
        for family in families
        for found in family.samples
        if found.name == name and labels.items() <= found.labels.items()
    )


def test_counts_by_site_action_mode_and_band():
    counters = Counters()
    counters.count("shop", a_decision(), an_outcome())
    counters.count("shop", a_decision(), an_outcome())
    counters.count("api", a_decision(action=Action.BLOCK, mode=Mode.MONITOR, band=Band.CERTAIN), an_outcome())

    assert counters.export()["requests"] == [
        ["shop", "allow", "enforce", "low", 2],
        ["api", "block", "monitor", "certain", 1],
    ]


def test_counts_what_was_never_judged():
    counters = Counters()
    counters.count("", None, an_outcome(status=400))
    counters.count("", None, an_outcome(status=0))

    assert counters.export()["requests"] == [
        ["", "block", "enforce", None, 1],
        ["", "allow", "enforce", None, 1],
    ]


def test_counts_durations_in_their_buckets():
    counters = Counters()
    for duration_ns in (1_000_000, 1_000_001, 99_000_000_000):
        counters.count("shop", a_decision(), an_outcome(duration_ns=duration_ns))

    assert counters.export()["durations"] == [1, 1, *[0] * 11, 1]


def test_counts_challenges_and_failed_storefronts():
    counters = Counters()
    challenge = ChallengeOutcome("c1", "pow", ChallengeStep.SOLVED, 800)
    counters.count("shop", a_decision(), an_outcome(challenge=challenge, faults=("upstream: refused",)))
    export = counters.export()

    assert (export["challenges"], export["upstream_failures"]) == ([["shop", "pow", "solved", 1]], 1)


def test_adds_up_the_workers():
    totals = Totals()
    totals.take([an_export("a.1", 2), an_export("b.2", 3)])

    assert totals.by_action() == {"allow": 5}


def test_keeps_what_a_dead_worker_counted():
    totals = Totals()
    totals.take([an_export("a.1", 2), an_export("b.2", 3)])
    totals.take([an_export("a.1", 2), an_export("b.9", 1)])

    assert totals.by_action() == {"allow": 6}


def test_keeps_what_was_counted_before_a_worker_began_again():
    totals = Totals()
    totals.take([an_export("a", 5)])
    totals.take([an_export("a", 1)])

    assert totals.by_action() == {"allow": 6}


def test_a_worker_that_is_slow_to_answer_does_not_take_its_counts_away():
    totals = Totals()
    totals.take([an_export("a.1", 2), an_export("b.2", 3)])
    totals.take([an_export("a.1", 2)])

    assert totals.by_action() == {"allow": 5}


def test_many_dead_workers_take_no_more_memory():
    totals = Totals()
    for number in range(3 * MAX_WORKERS):
        totals.take([an_export(f"a.{number}", 1)])

    assert (totals.by_action(), len(totals._last)) == ({"allow": 3 * MAX_WORKERS}, MAX_WORKERS)


def test_tells_everything_in_prometheus_text():
    totals = Totals()
    totals.take(
        [an_export("a.1", 2, events_lost=4, connections=3, clients=7, degraded=True), an_export("b.2", 1)]
    )
    text = exposition(totals, "0.1.0", 2)
    told = {
        "requests": sample(text, "stile_requests_total", site="shop", action="allow", mode="enforce"),
        "band": sample(text, "stile_requests_by_band_total", band="low"),
        "took": sample(text, "stile_request_duration_seconds_bucket", le="0.0025"),
        "lost": sample(text, "stile_events_lost_total"),
        "connections": sample(text, "stile_connections"),
        "clients": sample(text, "stile_clients"),
        "degraded": sample(text, "stile_state_degraded"),
        "workers": sample(text, "stile_workers"),
        "failures": sample(text, "stile_upstream_failures_total"),
    }

    assert told == {
        "requests": 3,
        "band": 3,
        "took": 3,
        "lost": 4,
        "connections": 3,
        "clients": 7,
        "degraded": 1,
        "workers": 2,
        "failures": 0,
    }


def test_tells_something_before_the_first_request():
    assert sample(exposition(Totals(), "0.1.0", 2), "stile_workers_expected") == 2


def test_no_label_names_a_client(ask, remember):
    remember(action=Action.BLOCK)
    labels = set(re.findall(r'([a-z_]+)="', ask("GET", "/metrics").text))

    assert labels <= {"site", "action", "mode", "band", "outcome", "answer", "le", "version"}
