"""What the real Chromium sends, on localhost and on plain http: the ground that the detectors stand on."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from detectors.evidence import risk_of
from detectors.inspection import Inspector
from tests.support.programs import needs
from tests.support.wire import Ear, listening, request_of

PAGE = b"""<html><head><link rel=stylesheet href=/a.css><script src=/a.js></script></head><body>
<img src=/i.png><iframe src=/frame></iframe><video src=/film.mp4></video><script>
fetch('/api/items');
fetch('/api/cart', {method: 'POST', headers: {'X-A': '1', 'Accept': 'application/json'}});
var call = new XMLHttpRequest(); call.open('GET', '/api/price');
call.setRequestHeader('X-Requested-With', 'XMLHttpRequest'); call.send(); navigator.sendBeacon('/seen', 'x');
</script></body></html>"""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--dump-dom",
)
PRIOR = -3.0
ELEVATED = 40.0

pytestmark = [pytest.mark.browser, needs("chromium")]


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """Request heads by host: one visit to localhost, one to another name on plain http."""
    heads = {}
    for host in ("localhost", "shop.example.com"):
        with listening(PAGE) as ear:
            browse(ear, host, str(tmp_path_factory.mktemp("profile")))
            heads[host] = list(ear.heads)
    return heads


def browse(ear: Ear, host: str, profile: str) -> None:
    command = [
        shutil.which("chromium") or "chromium",
        *FLAGS,
        f"--user-data-dir={profile}",
        "--host-resolver-rules=MAP * 127.0.0.1",
        f"http://{host}:{ear.port}/",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def with_a_window(head: bytes) -> bytes:
    """The same head from the same browser with a window, which calls itself Chrome."""
    return head.replace(b"HeadlessChrome", b"Chrome")


@pytest.mark.parametrize("host", ["localhost", "shop.example.com"])
def test_a_real_browser_gives_no_evidence_on_any_request(visits, host):
    requests = [request_of(with_a_window(head)) for head in visits[host]]
    suspect = {}

    for request in requests:
        sighting = Inspector({}).sighting(request)
        if any(evidence.id != "page_accept" for evidence in sighting.evidence):
            suspect[request.path] = sighting.evidence

    assert len(requests) > 5
    assert suspect == {}


@pytest.mark.parametrize("host", ["localhost", "shop.example.com"])
def test_a_real_browser_stays_below_the_line_on_every_request(visits, host):
    inspector = Inspector({})

    risks = {
        request.path: risk_of(PRIOR + inspector.sighting(request).log_odds)
        for request in (request_of(with_a_window(head)) for head in visits[host])
    }

    assert max(risks.values()) < ELEVATED


def test_without_a_window_it_says_so(visits):
    sighting = Inspector({}).sighting(request_of(visits["localhost"][0]))

    assert [evidence.id for evidence in sighting.evidence] == ["headless"]


def test_its_page_load_does_not_look_like_a_librarys(visits):
    page = request_of(with_a_window(visits["shop.example.com"][0]))
    forged = replace(page, headers=(page.headers[0], *reversed(page.headers[1:])))

    assert Inspector({}).sighting(page).id != Inspector({}).sighting(forged).id
