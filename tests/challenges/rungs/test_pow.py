import pytest

from challenges.assets import ASSETS
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved
from challenges.verify import verify_body
from tests.support.challenges import NOW, a_ticket, an_issue, in_json, page_of, posts, some_terms, the_work

TICKET = a_ticket(Rung.POW)
LATE = TICKET.wait_s


def test_the_page_tells_its_script_what_to_do():
    asked = page_of(an_issue(Rung.POW)).get_element_by_id("challenge").attrib

    assert (asked["data-id"], asked["data-bits"], asked["data-probes"]) == (TICKET.id_text, "8", "")
    assert asked["data-worker"] == ASSETS["worker.js"].path


VERDICTS = {
    "all of it": (the_work(TICKET), 1.5, Solved(TICKET, 1500, moved=False)),
    "all of it by a slow device": (the_work(TICKET), LATE, Solved(TICKET, 6000, moved=False)),
    "as much as a slow device could": (the_work(TICKET, 2), LATE, Solved(TICKET, 6000, moved=False)),
    "as much, in no time": (the_work(TICKET, 2), 1.0, Failed(Fault.WRONG_ANSWER, TICKET)),
    "as much, by a clock that is behind": (the_work(TICKET, 2), -9.0, Failed(Fault.WRONG_ANSWER, TICKET)),
    "too little": (the_work(TICKET, 1), LATE, Failed(Fault.WRONG_ANSWER, TICKET)),
    "nothing": ("", LATE, Failed(Fault.WRONG_ANSWER, TICKET)),
}


@pytest.mark.parametrize(("work", "after", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_who_works_passes_and_the_time_is_ours_to_measure(work, after, verdict):
    assert verify_body(in_json(TICKET, work), posts(), some_terms(), NOW + after) == verdict


def test_the_work_for_another_ticket_does_not_count():
    other = a_ticket(Rung.POW, nonce=b"another ticket's")

    assert verify_body(in_json(other, the_work(TICKET)), posts(), some_terms(), NOW) == Failed(
        Fault.WRONG_ANSWER, other
    )
