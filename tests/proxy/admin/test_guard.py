"""Without the token nothing is told and nothing is ordered."""

import re

import pytest
import requests

from proxy.admin.guard import Guard
from tests.support.admin import TOKEN

CLOSED = [
    ("GET", "/"),
    ("GET", "/api/decisions"),
    ("GET", "/api/decisions/x"),
    ("GET", "/decisions/x"),
    ("GET", "/api/bans"),
    ("POST", "/api/bans"),
    ("DELETE", "/api/bans/203.0.113.7"),
    ("GET", "/api/mode"),
    ("POST", "/api/mode"),
    ("POST", "/bans"),
    ("POST", "/bans/lift"),
    ("POST", "/mode"),
    ("POST", "/logout"),
    ("GET", "/nowhere"),
    ("GET", "/healthz/"),
    ("GET", "//healthz"),
    ("GET", "/api/../healthz/../api/bans"),
]
WRONG = {
    "no token": {},
    "a wrong token": {"Authorization": "Bearer nothing"},
    "an empty token": {"Authorization": "Bearer "},
    "half a token": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "bytes": {"Authorization": b"Bearer \xff\xfe"},
    "a made-up cookie": {"Cookie": "stile_admin=99999999999.abc"},
    "an empty cookie": {"Cookie": "stile_admin=."},
}
OPEN = ["/healthz", "/readyz", "/metrics", "/login", "/assets/admin.css"]
FORM = {"key": "203.0.113.7", "order": "ban", "ttl": "1h"}


@pytest.mark.parametrize(("method", "path"), CLOSED, ids=[f"{method} {path}" for method, path in CLOSED])
def test_everything_asks_for_the_token(admin, method, path):
    assert requests.request(method, admin.url + path, timeout=10).status_code == 401


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_only_the_token_will_do(admin, headers):
    assert requests.get(admin.url + "/api/bans", headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_the_login_need_none(admin, path):
    assert requests.get(admin.url + path, timeout=10).status_code == 200


def test_a_refusal_names_the_scheme(admin):
    answer = requests.get(admin.url + "/api/bans", timeout=10)

    assert (answer.headers["WWW-Authenticate"], answer.headers["Content-Type"]) == (
        'Bearer realm="stile"',
        "application/problem+json",
    )


def test_a_browser_is_shown_the_login_form(admin):
    answer = requests.get(admin.url + "/", headers={"Accept": "text/html"}, timeout=10)

    assert (answer.status_code, 'name="token"' in answer.text) == (401, True)


def test_the_cookie_is_for_this_site_and_no_script(admin):
    answer = requests.post(admin.url + "/login", data={"token": TOKEN}, allow_redirects=False, timeout=10)

    assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["Set-Cookie"].split("; "))


def test_the_cookie_does_not_hold_the_token(browser):
    assert TOKEN not in browser.session.cookies["stile_admin"]


def test_a_wrong_token_gives_no_session(admin):
    answer = requests.post(admin.url + "/login", data={"token": "x"}, allow_redirects=False, timeout=10)

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)


def test_a_session_ends():
    now = [1000.0]
    guard = Guard(TOKEN, lambda: now[0])
    cookie = guard.session()
    now[0] += 12 * 3600

    assert not guard.covers(cookie)


def test_a_session_ends_with_its_token():
    assert not Guard("another-token-altogether").covers(Guard(TOKEN).session())


def test_a_form_of_the_page_is_obeyed(browser, admin):
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser("GET", "/").text)[1]
    answer = browser("POST", "/bans", data={**FORM, "csrf": csrf})

    assert (answer.status_code, list(admin.orders.orders.bans)) == (303, ["203.0.113.7"])


def test_a_form_without_its_token_is_refused(browser, admin):
    answer = browser("POST", "/bans", data=FORM)

    assert (answer.status_code, admin.orders.orders.bans) == (403, {})


def test_a_form_from_another_site_is_refused(browser, admin):
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser("GET", "/").text)[1]
    answer = browser("POST", "/bans", data={**FORM, "csrf": csrf}, headers={"Origin": "https://evil.example"})

    assert (answer.status_code, admin.orders.orders.bans) == (403, {})


def test_the_interface_is_guarded_against_forms_too(browser, admin):
    answer = browser("POST", "/api/mode", json={"mode": "monitor"})

    assert (answer.status_code, admin.orders.orders.modes) == (403, {})


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/login"])
def test_every_answer_carries_the_security_headers(ask, path):
    headers = ask("GET", path).headers

    assert ("default-src 'none'" in headers["Content-Security-Policy"], headers["Cache-Control"]) == (
        True,
        "no-store",
    )
