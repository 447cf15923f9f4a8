from dataclasses import replace

import pytest

from challenges.marks import Mark
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved, TooEarly
from challenges.verify import verify_body
from tests.support.challenges import (
    FORM_TYPE,
    NOW,
    a_keyring,
    a_ticket,
    an_issue,
    in_form,
    marks,
    page_of,
    posts,
    some_terms,
    the_word,
)

TICKET = a_ticket(Rung.FORM)
SEALED = TICKET.seal(a_keyring())
OTHER_WORD = str((int(the_word(TICKET)) + 1) % 6)
ELSEWHERE = b"other=1"
WRONG = Failed(Fault.WRONG_ANSWER, TICKET, sealed=SEALED)


def test_the_page_holds_a_ticket_and_three_words():
    form = page_of(an_issue(Rung.FORM)).forms[0]

    assert (form.action, form.method, form.fields["ticket"]) == ("/.stile/answer", "POST", SEALED)
    assert the_word(TICKET) in form.inputs["choice"].value_options


VERDICTS = {
    "right": (in_form(TICKET), b"", 6.0, Solved(TICKET, 6000, moved=False)),
    "with what was kept": (in_form(TICKET, kept="k"), b"", 6.0, Solved(TICKET, 6000, moved=False, kept="k")),
    "another word, with what was kept": (
        in_form(TICKET, OTHER_WORD, kept="k"),
        b"",
        6.0,
        replace(WRONG, kept="k"),
    ),
    "another word": (in_form(TICKET, OTHER_WORD), b"", 6.0, WRONG),
    "no word": (in_form(TICKET, ""), b"", 6.0, WRONG),
    "the word in other digits": (in_form(TICKET, "٣"), b"", 6.0, WRONG),
    "hurried": (in_form(TICKET), b"", 2.0, TooEarly(3.0, TICKET, SEALED)),
    "hurried, with what was kept": (in_form(TICKET, kept="k"), b"", 2.0, TooEarly(3.0, TICKET, SEALED, "k")),
    "asked by a clock that is ahead": (in_form(TICKET), b"", -5.0, TooEarly(5.0, TICKET, SEALED)),
    "without the cookie": (in_form(TICKET), ELSEWHERE, 6.0, Failed(Fault.NO_COOKIES, TICKET)),
}


@pytest.mark.parametrize(("body", "cookies", "after", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_who_waits_and_reads_passes(body, cookies, after, verdict):
    assert verify_body(body, posts(FORM_TYPE, cookies), some_terms(), NOW + after) == verdict


def test_a_cookie_of_another_kind_will_not_do():
    verdict = verify_body(in_form(TICKET), posts(FORM_TYPE, marks(Mark.STYLE)), some_terms(), NOW + 6)

    assert verdict == Failed(Fault.NO_COOKIES, TICKET)
