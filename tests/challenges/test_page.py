import gzip
import re
import shutil
import subprocess

import pytest
from lxml import html

from challenges.assets import ASSETS
from challenges.page import early_page
from challenges.ticket import TICKET
from tests.support.challenges import DECISION_ID, Settings, an_issue
from tests.support.requests import CHROME, a_request


def in_language(language: bytes):
    headers = (*CHROME[:-1], (b"Accept-Language", language))
    return a_request("/product/7", headers=headers)


def the_page(**changes: object):
    return html.fromstring(an_issue(**changes).html.decode())


def test_names_the_decision():
    assert the_page().xpath("string(//code)") == DECISION_ID


def test_has_one_heading_one_main_and_a_language():
    page = the_page(request=in_language(b"fr"))

    assert (len(page.xpath("//h1")), len(page.xpath("//main")), page.get("lang"), page.get("dir")) == (
        1,
        1,
        "fr",
        "ltr",
    )


def test_is_written_from_right_to_left_in_arabic():
    page = the_page(request=in_language(b"ar"))

    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")


def test_gives_the_script_what_it_needs():
    issued = an_issue()
    data = html.fromstring(issued.html.decode()).xpath("//main")[0].attrib

    assert (data["data-id"], data["data-bits"], data["data-ticket"], data["data-worker"]) == (
        issued.ticket_id,
        "8",
        issued.ticket,
        ASSETS["worker.js"].path,
    )


OPENED = {"in place": ("/product/7", ""), "on a page of its own": ("/.stile/challenge", "/")}


@pytest.mark.parametrize(("path", "target"), OPENED.values(), ids=OPENED)
def test_only_a_page_of_its_own_leads_elsewhere(path, target):
    assert the_page(request=a_request(path)).xpath("string(//main/@data-target)") == target


def test_has_a_form_that_works_without_a_script():
    issued = an_issue()
    form = html.fromstring(issued.html.decode()).forms[0]

    assert (form.action, form.method, dict(form.fields)) == (
        "/.stile/answer",
        "POST",
        {"ticket": issued.form_ticket},
    )


def test_says_how_long_to_wait():
    form = the_page(settings=Settings(form_wait_s=6.2)).forms[0]

    assert ("7 s" in form.text_content(), form.xpath("string(.//button/@class)")) == (True, "wait-7")


def test_a_long_wait_still_shows_its_button():
    form = the_page(settings=Settings(form_wait_s=120)).forms[0]

    assert form.xpath("string(.//button/@class)") == "wait-15"


HOSTILE = b'"><script>alert(1)</script>'


def test_shows_a_hostile_host_as_text():
    request = a_request()
    request.host = HOSTILE.decode()  # type: ignore[misc]

    assert b"<script>alert" not in an_issue(request).html


def test_a_hostile_target_stays_inside_the_ticket():
    assert b"alert(1)" not in an_issue(a_request("/x", query=HOSTILE.decode())).html


def test_runs_nothing_inline_and_loads_nothing_from_elsewhere():
    page = the_page()
    inline = page.xpath("//script[not(@src)] | //style | //*[@style] | //@*[starts-with(name(), 'on')]")
    addresses = page.xpath("//@src | //@href | //@action")

    assert (inline, [address for address in addresses if not re.match(r"/\.stile/|data:,$", address)]) == (
        [],
        [],
    )


def test_is_small():
    page = len(gzip.compress(an_issue().html))
    total = page + sum(len(asset.gzipped) for asset in ASSETS.values())

    assert total <= 25 * 1024


def test_too_early_shows_the_same_form_and_no_script():
    page = html.fromstring(early_page(a_request(), "the-ticket", 2.1, DECISION_ID).decode())

    assert (dict(page.forms[0].fields), page.xpath("//script"), "3 s" in page.forms[0].text_content()) == (
        {"ticket": "the-ticket"},
        [],
        True,
    )


@pytest.mark.skipif(shutil.which("lynx") is None, reason="lynx is not installed")
def test_reads_well_in_a_text_browser():
    read = subprocess.run(
        ["lynx", "-dump", "-nolist", "-stdin", "-assume_charset=utf-8", "-display_charset=utf-8"],
        input=an_issue().html,
        capture_output=True,
        check=True,
        timeout=20,
    )
    text = " ".join(read.stdout.decode().split())

    assert re.fullmatch(
        r"shop\.example\.com One moment, please .* Please wait 5 s, then press the button\. .* "
        r"\(BUTTON\) Continue Why do I see this\? .* Reference: " + DECISION_ID,
        text,
    )


def test_a_ticket_is_never_longer_than_what_is_read():
    longest = a_request("/" + "a" * 2047, method="GET" * 20)

    assert len(an_issue(longest).ticket) <= TICKET.max_chars
