"""Who is asked what: the policy's rung, or another where that would not do; never a page in a program."""

import json

import pytest
from lxml import html

from challenges.kept import MAX_BODY_BYTES
from challenges.rung import CAPTCHAS, Rung
from tests.support.asking_house import a_house, on_a_loop
from tests.support.raw_visitor import FORM, asked

BEGINS = {rung: "pow" if rung in CAPTCHAS else str(rung) for rung in Rung}


@pytest.mark.parametrize(("rung", "kind"), BEGINS.items())
@on_a_loop
async def test_the_rule_names_the_rung_and_a_service_without_a_secret_has_a_substitute(tmp_path, rung, kind):
    async with a_house(tmp_path) as house:
        answer = await house.ask("GET", f"/{rung}")
        told = await house.challenge()

    assert answer.values(b"stile-mitigated") == [b"challenge"]
    assert (told["kind"], told["outcome"]) == (kind, "issued")


FORMS = {
    "a form, by a page": ("pow", b"a=1", FORM, "pow", True),
    "a form, where a redirect would lose it": ("cookie", b"a=1", FORM, "pow", True),
    "a form, where a refresh would lose it": ("refresh", b"a=1", FORM, "pow", True),
    "an empty form": ("pow", b"", FORM, "pow", True),
    "the largest": ("pow", b"x" * MAX_BODY_BYTES, FORM, "pow", True),
    "a larger one": ("pow", b"x" * (MAX_BODY_BYTES + 1), FORM, "pow", False),
    "what no form sends": ("pow", b"{}", b"application/json", "pow", False),
}


@pytest.mark.parametrize(("rung", "body", "kind", "asked_for", "is_kept"), FORMS.values(), ids=FORMS)
@on_a_loop
async def test_what_was_posted_is_kept_where_that_can_be(tmp_path, rung, body, kind, asked_for, is_kept):
    async with a_house(tmp_path) as house:
        answer = await house.ask("POST", f"/{rung}", body, kind)
        told = await house.challenge()
    page = html.fromstring(answer.body.decode())

    assert (told["kind"], bool(page.xpath("//input[@name='kept']"))) == (asked_for, is_kept)


@on_a_loop
async def test_a_program_gets_facts_and_no_ticket(tmp_path):
    async with a_house(tmp_path) as house:
        answer = await house.ask("GET", "/pow", X_Requested_With=b"XMLHttpRequest")
        told = await house.challenge()
    facts = json.loads(answer.body)

    assert (answer.status, facts["challenge"], told) == (403, "/.stile/challenge?ask=pow", {})


OWN = {
    "the rung of the query": ("?ask=browser", "browser"),
    "the band's, where there is none": ("", "pow"),
    "the band's, where it is none of ours": ("?ask=magic", "pow"),
    "a service's substitute": ("?ask=turnstile", "pow"),
    "the band's, beyond the cap": ("?x=" + "y" * 80 + "&ask=browser", "pow"),
}


@pytest.mark.parametrize(("query", "kind"), OWN.values(), ids=OWN)
@on_a_loop
async def test_applications_may_show_a_challenge_on_a_page_of_its_own(tmp_path, query, kind):
    async with a_house(tmp_path) as house:
        answer = await house.ask("GET", "/.stile/challenge" + query)
        told = await house.challenge()

    assert told["kind"] == kind
    assert asked(html.fromstring(answer.body.decode()))["target"] == "/"
