import pytest

from challenges.marks import Mark, holds
from challenges.rung import CAPTCHAS, Rung
from tests.support.challenges import NOW, SITE, a_keyring, a_ticket, an_issue, page_of, with_cookies


@pytest.mark.parametrize("rung", Rung)
def test_every_question_leaves_a_mark_by_which_lost_cookies_are_known(rung):
    cookie = dict(an_issue(rung).reply.headers)[b"Set-Cookie"].partition(b";")[0]

    assert holds(Mark.VISIT, with_cookies(cookie), SITE, a_keyring(), NOW)


@pytest.mark.parametrize("rung", [Rung.POW, Rung.BROWSER, *sorted(CAPTCHAS)])
def test_the_script_knows_its_rung_its_ticket_its_level_and_its_time(rung):
    asked = page_of(an_issue(rung)).get_element_by_id("challenge").attrib
    ticket = a_ticket(rung)

    assert (asked["data-rung"], asked["data-ticket"], asked["data-level"], asked["data-budget"]) == (
        rung,
        ticket.seal(a_keyring()),
        str(int(ticket.level)),
        str(ticket.wait_s),
    )


def test_the_page_of_a_nonce_is_the_same_each_time_and_of_another_another():
    pages = [an_issue(Rung.POW, nonce=nonce).reply.body for nonce in (b"a" * 16, b"a" * 16, b"b" * 16)]

    assert (pages[0] == pages[1], pages[0] == pages[2]) == (True, False)
