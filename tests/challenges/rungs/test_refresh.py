import pytest

from challenges.marks import Mark
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved, TooEarly
from challenges.verify import verify_address
from tests.support.challenges import NOW, a_keyring, a_ticket, an_issue, comes, marks, some_terms

TICKET = a_ticket(Rung.REFRESH)
SEALED = TICKET.seal(a_keyring())
VISIT = marks(Mark.VISIT)


def test_the_next_page_opens_by_itself_when_the_wait_is_over():
    seconds, _, rest = dict(an_issue(Rung.REFRESH).reply.headers)[b"Refresh"].partition(b";")

    assert (int(seconds) > TICKET.wait_s, rest.endswith(SEALED.encode())) == (True, True)


VERDICTS = {
    "waited": (VISIT, 4.0, Solved(TICKET, 4000, moved=False)),
    "just long enough": (VISIT, 3.0, Solved(TICKET, 3000, moved=False)),
    "hurried": (VISIT, 1.0, TooEarly(2.0, TICKET, SEALED)),
    "asked by a clock that is ahead": (VISIT, -5.0, TooEarly(3.0, TICKET, SEALED)),
    "without the cookie": (b"", 4.0, Failed(Fault.NO_COOKIES, TICKET)),
}


@pytest.mark.parametrize(("cookies", "after", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_who_waits_and_keeps_the_cookie_passes(cookies, after, verdict):
    assert verify_address(comes(TICKET, cookies), some_terms(), NOW + after) == verdict
