import gzip
import re
import shutil
import subprocess

import pytest
from lxml import html

from challenges.assets import ASSETS
from challenges.look import DEFAULT_LOOK, Look
from challenges.page import challenge_page, form_page, kept_page, page_headers, refresh_header, wait_page
from tests.support.gallery import BRANDED, DECISION_ID, NONCE, PAGES, QUESTION, a_ticket
from tests.support.requests import CHROME, a_request

LARGEST = 25 * 1024  # page, stylesheet and scripts, compressed
HOSTILE = '"></style></script><script>alert(1)</script>'


def in_language(language: bytes):
    return a_request("/product/7", headers=(*CHROME[:-1], (b"Accept-Language", language)))


def a_challenge(request=None, wait_s: float = 5.0, **more: object) -> bytes:
    sealed = "script-ticket", "form-ticket"
    given = {"question": QUESTION, "nonce": NONCE, **more}
    return challenge_page(
        request or a_request("/product/7"), a_ticket(8), sealed, wait_s, DECISION_ID, **given
    )


def the_page(*given: object, **more: object):
    return html.fromstring(a_challenge(*given, **more).decode())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_page_names_the_decision_and_has_one_heading_and_one_main(page):
    shown = html.fromstring(page(a_request(), DEFAULT_LOOK).decode())

    assert (shown.xpath("string(//code)"), len(shown.xpath("//h1")), len(shown.xpath("//main"))) == (
        DECISION_ID,
        1,
        1,
    )


WRITTEN = {b"fr": ("fr", "ltr"), b"ar": ("ar", "rtl"), b"xx": ("en", "ltr")}


@pytest.mark.parametrize(("asked", "written"), WRITTEN.items())
def test_is_written_as_the_reader_writes(asked, written):
    page = the_page(in_language(asked))

    assert (page.get("lang"), page.get("dir")) == written


def test_gives_the_script_what_it_needs():
    data = the_page(facts={"kind": "pow"}).get_element_by_id("challenge").attrib

    assert (
        data["data-id"],
        data["data-bits"],
        data["data-ticket"],
        data["data-worker"],
        data["data-kind"],
    ) == (
        a_ticket().id_text,
        "8",
        "script-ticket",
        ASSETS["worker.js"].path,
        "pow",
    )


OPENED = {"in place": ("/product/7", ""), "on a page of its own": ("/.stile/challenge", "/")}


@pytest.mark.parametrize(("path", "target"), OPENED.values(), ids=OPENED)
def test_only_a_page_of_its_own_leads_elsewhere(path, target):
    page = the_page(a_request(path))

    assert page.get_element_by_id("challenge").get("data-target") == target


def test_has_a_form_that_works_without_a_script():
    form = the_page(kept="locked").forms[0]

    assert (form.action, form.method, dict(form.fields)) == (
        "/.stile/answer",
        "POST",
        {"ticket": "form-ticket", "kept": "locked", "choice": None},
    )


def test_the_question_names_one_of_three_words():
    fields = the_page(in_language(b"en")).xpath("//fieldset")[0]

    assert (
        fields.xpath("string(legend)"),
        [label.text_content().strip() for label in fields.xpath(".//label")],
        fields.xpath(".//input/@value"),
    ) == ("Please choose the word “boat”.", ["house", "boat", "bread"], ["1", "3", "5"])


WAITS = {6.2: ("7 s", "wait-7"), 120: ("120 s", "wait-15")}


@pytest.mark.parametrize(("wait_s", "shown"), WAITS.items())
def test_says_how_long_to_wait_and_still_shows_its_button(wait_s, shown):
    form = the_page(in_language(b"en"), wait_s).forms[0]

    assert (shown[0] in form.text_content(), form.xpath("string(.//button/@class)")) == (True, shown[1])


def test_tells_that_what_was_sent_could_not_be_kept():
    assert b"too large to keep" in a_challenge(in_language(b"en"), lost=True)


def test_too_early_shows_the_same_form_and_no_script():
    request = in_language(b"en")
    page = html.fromstring(form_page(request, "the-ticket", 2.1, DECISION_ID, intro="form_early").decode())

    assert (dict(page.forms[0].fields), page.xpath("//script"), "3 s more" in page.text_content()) == (
        {"ticket": "the-ticket"},
        [],
        True,
    )


def test_a_wait_ends_at_a_link_for_browsers_that_do_not_open_it_themselves():
    shown = "/.stile/seen.css?x", "/.stile/seen.gif?x"
    written = wait_page(a_request(), "/.stile/pass?a=1&b", 2.1, DECISION_ID, shown=shown).decode()
    page = html.fromstring(written)

    assert (page.xpath("//main//a/@href"), page.xpath("//main//link/@href | //main//img/@src")) == (
        ["/.stile/pass?a=1&b"],
        list(shown),
    )


def test_the_header_opens_what_the_link_opens():
    assert refresh_header("/.stile/pass?a=1", 2.1) == (b"Refresh", b"3; url=/.stile/pass?a=1")


def test_what_was_kept_is_sent_on_by_a_form():
    written = kept_page(a_request(), "/basket?a=1", {"stile_kept": '"<'}, DECISION_ID).decode()
    form = html.fromstring(written).forms[0]

    assert (form.action, dict(form.fields)) == ("/basket?a=1", {"stile_kept": '"<'})


def test_every_script_and_style_of_a_page_carries_its_nonce():
    page = the_page(look=BRANDED)

    assert page.xpath("//script/@nonce | //style/@nonce") == [NONCE, NONCE]


POLICY = {
    "default-src 'none'",
    f"script-src 'nonce-{NONCE}'",
    f"style-src 'self' 'nonce-{NONCE}'",
    "worker-src 'self'",
    "child-src 'self'",  # worker-src of browsers before 2022
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
}


def policy_of(*given: object) -> set[str]:
    policy = dict(page_headers(DECISION_ID, "challenge", *given))[b"Content-Security-Policy"]
    return set(policy.decode().split("; "))


def test_nothing_runs_but_what_the_page_names():
    assert policy_of(NONCE) == POLICY


def test_without_a_nonce_nothing_runs_at_all():
    assert not any(rule.startswith("script-src") for rule in policy_of(""))


def test_only_an_external_check_opens_the_policy_and_only_for_itself():
    opened = policy_of(NONCE, ("https://check.example",))

    assert opened - POLICY == {
        f"script-src 'nonce-{NONCE}' https://check.example",
        f"style-src 'self' 'nonce-{NONCE}' https://check.example",
        "connect-src 'self' https://check.example",
        "frame-src https://check.example",
    }


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_runs_nothing_inline_and_loads_nothing_from_elsewhere(page):
    shown = html.fromstring(page(a_request(), BRANDED).decode())
    inline = shown.xpath("//script[not(@src)] | //*[@style] | //@*[starts-with(name(), 'on')]")
    loaded = shown.xpath("//@src | //link/@href | //@action")
    foreign = [address for address in loaded if not re.match(r"/|data:(,|image/)", address)]

    assert (inline, foreign) == ([], [])


def hostile_looks() -> dict[str, Look]:
    return {
        "name": Look(name=HOSTILE),
        "logo": Look(name=HOSTILE, logo=HOSTILE),
        "styles": Look(styles=f":root{{--accent:{HOSTILE}}}"),
        "contact": Look(contact=HOSTILE),
        "appeal": Look(appeal=HOSTILE),
        "texts": Look(texts=(("en", (("title", HOSTILE), ("retry", HOSTILE), ("form_button", HOSTILE))),)),
    }


@pytest.mark.parametrize("look", hostile_looks().values(), ids=hostile_looks())
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_brand_cannot_end_the_element_that_it_stands_in(page, look):
    written = page(in_language(b"en"), look).decode()

    assert ("<script>alert" in written, written.count("</style>") > bool(look.styles)) == (False, False)


def test_shows_a_hostile_host_as_text():
    request = a_request()
    request.host = HOSTILE  # type: ignore[misc]

    assert b"<script>alert" not in a_challenge(request)


def test_is_small():
    page = len(gzip.compress(a_challenge(kept="", look=BRANDED)))

    assert page + sum(len(asset.gzipped) for asset in ASSETS.values()) <= LARGEST


@pytest.mark.skipif(shutil.which("lynx") is None, reason="lynx is not installed")
def test_reads_well_in_a_text_browser():
    read = subprocess.run(
        ["lynx", "-dump", "-nolist", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8"],
        input=a_challenge(in_language(b"en")),
        capture_output=True,
        check=True,
        timeout=20,
    )
    text = " ".join(read.stdout.decode().split())

    assert re.fullmatch(
        r"shop\.example\.com One moment, please .* JavaScript is off in your browser\. .* "
        r"Please wait 5 s, then press the button\. .* Please choose the word “boat”\. "
        r"\(\*\) house \( \) boat \( \) bread \(BUTTON\) Continue Why do I see this\? .* "
        r"Reference: " + DECISION_ID,
        text,
    )
