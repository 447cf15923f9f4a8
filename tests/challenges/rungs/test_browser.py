import pytest

from challenges.assets import ASSETS
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved
from challenges.verify import verify_body
from tests.support.challenges import (
    NOW,
    a_ticket,
    an_issue,
    in_json,
    page_of,
    posts,
    some_terms,
    the_testimony,
    the_work,
)

TICKET = a_ticket(Rung.BROWSER)


def verdict_on(*, work: str | None = None, **sent: object):
    return verify_body(in_json(TICKET, work, **sent), posts(), some_terms(), NOW + 1)


def test_the_page_looks_around_as_well():
    asked = page_of(an_issue(Rung.BROWSER)).get_element_by_id("challenge").attrib

    assert (asked["data-probes"], asked["data-bits"]) == (ASSETS["probes.js"].path, "8")


def test_a_persons_browser_passes():
    assert verdict_on() == Solved(TICKET, 1000, moved=False)


def test_a_browser_that_is_driven_remotely_does_not():
    verdict = verdict_on(testimony=the_testimony(TICKET, wd=True))

    assert isinstance(verdict, Failed)
    assert (verdict.fault, bool(verdict.evidence)) == (Fault.AUTOMATED, True)


FAULTS = {
    "a program that draws nothing": ({"testimony": the_testimony(TICKET, r=[])}, Fault.NOT_RENDERED),
    "boxes of another ticket": (
        {"testimony": the_testimony(a_ticket(Rung.BROWSER, nonce=b"another ticket's"))},
        Fault.NOT_RENDERED,
    ),
    "no testimony": ({"testimony": None}, Fault.MALFORMED),
    "a testimony of a wrong type": ({"testimony": the_testimony(TICKET, sw="1920")}, Fault.MALFORMED),
    "no work": ({"work": ""}, Fault.WRONG_ANSWER),
    "too little work": ({"work": the_work(TICKET, 2)}, Fault.WRONG_ANSWER),
}


@pytest.mark.parametrize(("sent", "fault"), FAULTS.values(), ids=FAULTS)
def test_work_drawing_and_a_testimony_are_all_needed(sent, fault):
    verdict = verdict_on(**sent)

    assert isinstance(verdict, Failed)
    assert (verdict.fault, verdict.ticket) == (fault, TICKET)


@pytest.mark.parametrize(("limit", "kind"), [(0.5, Failed), (20.0, Solved)])
def test_the_operator_says_from_which_weight_on_it_is_refused(limit, kind):
    body = in_json(TICKET, testimony=the_testimony(TICKET, wd=True))

    assert isinstance(verify_body(body, posts(), some_terms(browser_limit=limit), NOW + 1), kind)
