"""What becomes of challenges is counted by site and rung; no client can add a label."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from challenges.rung import Rung
from config.decision import Action
from detectors.behaviour.step import step_of
from detectors.visit import Level
from proxy.admin.exposition import exposition
from proxy.admin.funnel import SOLVE_BOUNDS_S, Answer, Funnel
from proxy.admin.metrics import Counters
from proxy.admin.totals import Totals
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from tests.support.events import a_decision, a_visit, an_outcome
from tests.support.requests import a_request

ISSUED, FETCHED, SOLVED, FAILED, EXPIRED, REPLAYED = ChallengeStep


def a_step(kind: str = "pow", step: ChallengeStep = SOLVED, **more) -> ChallengeOutcome:
    return ChallengeOutcome("c1", kind, step, **more)


def loaded(
    action: Action = Action.ALLOW,
    challenge: ChallengeOutcome | None = None,
    *,
    path: str = "/product/17",
    returned: bool = False,
    **changes,
) -> Funnel:
    """What was counted of one first request."""
    request = a_request(path)
    visit = replace(a_visit(request), step=step_of(request), clearance=changes.pop("clearance", Level.NONE))
    for name, content in changes.items():
        setattr(visit.session, name, content)
    funnel = Funnel()
    funnel.count_load("shop", visit, action, challenge, returned=returned)
    return funnel


@pytest.mark.parametrize("step", ChallengeStep)
def test_every_step_is_counted_by_site_and_rung(step):
    funnel = Funnel()
    funnel.count_challenge("shop", a_step("browser", step), claims=False)

    assert funnel.export()["challenges"] == [["shop", "browser", step, 1]]


def test_an_answer_without_a_readable_ticket_is_of_an_unknown_rung():
    funnel = Funnel()
    funnel.count_challenge("shop", a_step("", FAILED, reason="forged"), claims=False)

    assert (funnel.export()["challenges"], funnel.export()["challenge_failures"]) == (
        [["shop", "unknown", "failed", 1]],
        [["unknown", "forged", 1]],
    )


SHOWN = {
    "a script that began": ("pow", FETCHED),
    "a page without a script that was passed": ("refresh", SOLVED),
    "pictures that were fetched": ("resource", SOLVED),
    "a form that was filled in": ("form", SOLVED),
}
NOT_SHOWN = {
    "a page that was only sent": ("pow", ISSUED),
    "an answer whose script had told before": ("pow", SOLVED),
    "a silent redirect": ("cookie", SOLVED),
    "a script that named no rung": ("", FETCHED),
    "a script where there is none": ("refresh", FETCHED),
    "a form that was filled in by chance": ("form", FAILED),
}


@pytest.mark.parametrize(
    ("kind", "step", "shown"),
    [
        *(pytest.param(*case, 1, id=name) for name, case in SHOWN.items()),
        *(pytest.param(*case, 0, id=name) for name, case in NOT_SHOWN.items()),
    ],
)
def test_counts_what_was_on_a_screen(kind, step, shown):
    funnel = Funnel()
    funnel.count_challenge("shop", a_step(kind, step), claims=False)

    assert funnel.shown["shop"] == shown


def test_what_a_declared_bot_was_shown_is_not_counted_as_seen():
    funnel = Funnel()
    funnel.count_challenge("shop", a_step(step=FETCHED), claims=True)

    assert funnel.export()["challenges_shown"] == []


@pytest.mark.parametrize(
    ("solve_ms", "bucket"), [(0, 0), (100, 0), (101, 1), (1500, 4), (60_000, 12), (60_001, 13)]
)
def test_times_are_counted_in_their_buckets(solve_ms, bucket):
    funnel = Funnel()
    funnel.count_challenge("shop", a_step(solve_ms=solve_ms, device="phone"), claims=False)

    assert funnel.export()["solved"] == [["phone", bucket, 1]]


@pytest.mark.parametrize("device", ["", "fridge", "phone\n"])
def test_a_device_that_nobody_knows_is_another(device):
    funnel = Funnel()
    funnel.count_challenge("shop", a_step(solve_ms=800, device=device), claims=False)

    assert funnel.export()["solve_ms"] == [["other", 800]]


def test_nobody_waits_for_a_silent_rung():
    funnel = Funnel()
    funnel.count_challenge("shop", a_step("cookie", solve_ms=20, device="phone"), claims=False)

    assert funnel.export()["solved"] == []


ANSWERS = {
    "the storefront's page": (Action.ALLOW, None, Answer.PAGE),
    "a question": (Action.CHALLENGE, a_step("pow", ISSUED), Answer.QUESTION),
    "a silent rung": (Action.CHALLENGE, a_step("cookie", ISSUED), Answer.REDIRECT),
    "a program told in its own terms": (Action.CHALLENGE, None, Answer.REFUSAL),
    "a block": (Action.BLOCK, None, Answer.REFUSAL),
    "a decoy": (Action.DECOY, None, Answer.REFUSAL),
}


@pytest.mark.parametrize(("action", "challenge", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_a_page_load_is_counted_by_what_it_got(action, challenge, answer):
    assert loaded(action, challenge).export()["page_loads"] == [["shop", answer, 1]]


NO_LOADS = {"an image": {"path": "/red.png"}, "a declared bot": {"claims": True}}


@pytest.mark.parametrize("facts", NO_LOADS.values(), ids=NO_LOADS)
def test_what_is_no_page_load_of_a_person_is_not_counted(facts):
    assert (loaded(**facts).loads, loaded().loads["shop", "page"]) == ({}, 1)


ASKED = {
    "held a clearance when it began": {"clearance": Level.POW},
    "met its first question": {
        "action": Action.CHALLENGE,
        "challenge": a_step("pow", ISSUED),
        "pages": 7,
        "challenges_issued": 1,
    },
}
NOT_ASKED = {
    "was left alone": {},
    "passed the silent rung": {"clearance": Level.COOKIE},
    "met a silent rung": {
        "action": Action.CHALLENGE,
        "challenge": a_step("cookie", ISSUED),
        "challenges_issued": 1,
    },
    "holds a clearance and goes on": {"clearance": Level.POW, "pages": 2},
    "met its second question": {
        "action": Action.CHALLENGE,
        "challenge": a_step("pow", ISSUED),
        "pages": 7,
        "challenges_issued": 2,
    },
    "kept no cookie": {"clearance": Level.POW, "returned": False},
}


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        *(pytest.param(facts, 1, id=name) for name, facts in ASKED.items()),
        *(pytest.param(facts, 0, id=name) for name, facts in NOT_ASKED.items()),
    ],
)
def test_a_session_is_asked_when_it_meets_a_question_that_shows(facts, asked):
    assert loaded(**{"returned": True, **facts}).asked["shop"] == asked


SESSIONS = {"its first page": (1, True, 1), "a later page": (2, True, 0), "no cookie": (1, False, 0)}


@pytest.mark.parametrize(("pages", "returned", "begun"), SESSIONS.values(), ids=SESSIONS)
def test_a_session_begins_with_the_first_page_that_its_cookie_comes_to(pages, returned, begun):
    assert loaded(pages=pages, returned=returned).sessions["shop"] == begun


def a_worker(name: str) -> dict:
    counters = Counters()
    steps = [
        a_step(step=ISSUED),
        a_step(step=FETCHED),
        a_step(solve_ms=800, device="phone"),
        a_step("form", FAILED, reason="wrong_answer"),
    ]
    for step in steps:
        counters.count("shop", a_decision(), an_outcome(challenge=step))
    return {"worker": name, **counters.export()}


def test_prometheus_reads_the_sum_of_all_workers():
    totals = Totals()
    totals.take([a_worker("a.1"), a_worker("b.2")])
    text = exposition(totals, "0.1.0", 2).decode()
    samples = {
        (sample.name, *dict(sorted(sample.labels.items())).values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("stile_challenge")
    }
    took = {
        key[1:]: count for key, count in samples.items() if key[0] == "stile_challenge_solve_seconds_bucket"
    }

    assert samples["stile_challenges_total", "pow", "solved", "shop"] == 2
    assert samples["stile_challenge_failures_total", "form", "wrong_answer"] == 2
    assert samples["stile_challenges_shown_total", "shop"] == 2
    assert samples["stile_challenge_solve_seconds_sum", "phone"] == 1.6
    assert samples["stile_challenge_solve_seconds_count", "phone"] == 2
    assert took == {
        ("phone", "+Inf" if bound is None else str(bound)): 2 if bound is None or bound >= 1 else 0
        for bound in (*SOLVE_BOUNDS_S, None)
    }


def test_what_a_dead_worker_counted_stays_counted():
    totals = Totals()
    totals.take([a_worker("a.1")])
    totals.take([a_worker("b.2")])

    assert ["shop", "pow", "solved", 2] in totals.export()["challenges"]


def test_so_many_labels_and_no_more():
    funnel = Funnel()
    for kind in ("", *Rung):
        for step in ChallengeStep:
            funnel.count_challenge("shop", a_step(kind, step), claims=False)

    assert len(funnel.challenges) == (len(Rung) + 1) * len(ChallengeStep)
