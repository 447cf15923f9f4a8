"""Pages show what clients sent without doing what it says."""

import re
import shutil
import subprocess
import time
from html.parser import HTMLParser

import pytest
import requests

from config.decision import Action, Mode
from proxy.admin.markup import Html, element, page, shown
from proxy.state.orders import ModeOrder
from tests.support.admin import TOKEN
from tests.support.requests import a_request

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e'
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=1360,1400",
)


class Tags(HTMLParser):
    """Every tag of a page with the names of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.fixture
def hostile(remember):
    request = a_request("/" + HOSTILE, headers=((b"User-Agent", HOSTILE.encode()),))
    return remember(request=request, reason=HOSTILE, rule=HOSTILE)


def test_text_is_escaped_and_markup_is_not():
    assert element("p", "<b>", element("i", "&")) == "<p>&lt;b&gt;<i>&amp;</i></p>"


def test_attributes_are_escaped():
    assert (
        element("input", value='"><x', required=True, hidden=False)
        == '<input value="&quot;&gt;&lt;x" required>'
    )


def test_control_characters_are_shown():
    assert shown("\x1b\u202e\n") == "\\u001b\\u202e\\u000a"


def test_a_page_escapes_its_title():
    assert "<title>&lt;b&gt;</title>" in page("<b>", Html("<p></p>"))


@pytest.mark.parametrize("path", ["/", "/decisions/{id}"])
def test_hostile_text_makes_no_element(browser, hostile, path):
    tags = Tags(browser("GET", path.format(id=hostile)).text)

    assert (
        tags.names & {"script", "img", "style", "iframe"},
        {name for name in tags.attributes if name[:2] == "on"},
    ) == (
        set(),
        set(),
    )


@pytest.mark.parametrize("path", ["/", "/decisions/{id}", "/login"])
def test_a_page_needs_nothing_that_its_policy_forbids(browser, hostile, path):
    tags = Tags(browser("GET", path.format(id=hostile)).text)

    assert (tags.names & {"script", "style"}, "style" in tags.attributes) == (set(), False)


def test_the_page_lists_decisions_and_links_to_their_explanation(browser, remember):
    decision_id = remember(action=Action.CHALLENGE)

    assert f'href="/decisions/{decision_id}"' in browser("GET", "/").text


def test_the_page_tells_what_monitor_mode_spared(browser, remember):
    remember(would_action=Action.BLOCK, mode=Mode.MONITOR)

    assert "would block" in browser("GET", "/").text


def test_an_explanation_names_every_finding(browser, remember):
    text = browser("GET", f"/decisions/{remember()}").text

    assert [word for word in ("trap_link", "+3.20", "solved_challenge", "-1.10") if word not in text] == []


def test_an_order_is_told_and_can_be_lifted(browser, admin):
    def csrf():
        return re.search(r'name="csrf" value="([0-9a-f]+)"', browser("GET", "/").text)[1]

    answer = browser(
        "POST", "/bans", data={"key": "203.0.113.7", "ttl": "1h", "order": "let pass", "csrf": csrf()}
    )
    told = "in force on every node" in browser("GET", answer.headers["Location"]).text
    passes = admin.orders.orders.bans["203.0.113.7"].allow
    browser("POST", "/bans/lift", data={"key": "203.0.113.7", "csrf": csrf()})

    assert (told, passes, admin.orders.orders.bans) == (True, True, {})


def test_a_mode_is_set_by_its_form(browser, admin):
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser("GET", "/").text)[1]
    browser("POST", "/mode", data={"site": "shop", "mode": "enforce", "ttl": "", "csrf": csrf})

    assert admin.orders.orders.modes["shop"].mode is Mode.ENFORCE


def test_nobody_overlooks_that_all_may_pass(browser, admin):
    before = browser("GET", "/").text
    until = time.time() + 600.0
    admin.orders.orders.put("mode:*", ModeOrder("*", Mode.ALLOW_ALL, until))
    after = browser("GET", "/").text

    said = time.strftime(
        "shop: every request is allowed by order until %Y-%m-%d %H:%M UTC", time.gmtime(until)
    )
    assert (said in before, said in after, 'class="emergency"' in after) == (False, True, True)


def test_a_notice_cannot_be_made_up(browser):
    assert "owned" not in browser("GET", "/?notice=owned").text


def test_leaving_ends_the_session(browser):
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser("GET", "/").text)[1]
    browser("POST", "/logout", data={"csrf": csrf})

    assert browser("GET", "/").status_code == 401


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_real_browser_draws_the_page_with_its_style(admin, tmp_path):
    picture = tmp_path / "login.png"
    command = [
        CHROMIUM,
        *FLAGS,
        f"--user-data-dir={tmp_path}/profile",
        f"--screenshot={picture}",
        admin.url + "/login",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    style = requests.get(admin.url + "/assets/admin.css", timeout=10)

    assert (picture.stat().st_size > 5000, style.headers["Content-Type"].startswith("text/css")) == (
        True,
        True,
    )


def test_the_login_page_does_not_tell_the_token(admin):
    assert TOKEN not in requests.get(admin.url + "/login", timeout=10).text
