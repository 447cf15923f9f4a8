"""An office opens the shop: one address, one user agent, and every first page comes without a cookie."""

from http.client import HTTPConnection

from tests.support.gateway import Event, Gateway, demo_changes
from tests.support.header_sets import Headers, changed
from tests.support.requests import CHROME
from tests.support.shop import Shop

VISITORS = 24
STYLE = changed(
    CHROME,
    {
        b"Accept": b"text/css,*/*;q=0.1",
        b"Sec-Fetch-Dest": b"style",
        b"Sec-Fetch-Mode": b"no-cors",
        b"Sec-Fetch-Site": b"same-origin",
        b"Sec-Fetch-User": None,
        b"Upgrade-Insecure-Requests": None,
    },
)


def get(port: int, path: str, headers: Headers, cookie: str = "") -> str:
    """The cookie that came with the answer, if any."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, content in headers:
        line.putheader(name, f"127.0.0.1:{port}".encode() if name == b"Host" else content)
    if cookie:
        line.putheader("Cookie", cookie)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    line.close()
    return "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or ())


def visit(port: int, number: int, *, keeps_cookies: bool) -> None:
    """Open one page, and what it is made of."""
    cookie = get(port, f"/product/{1000 + 17 * number}", CHROME)
    if keeps_cookies:
        get(port, "/assets/shop.css", STYLE, cookie)


def first_pages(gateway: Gateway) -> list[Event]:
    return [
        event for event in gateway.events_within(VISITORS) if event["url"]["path"].startswith("/product/")
    ]


def test_the_last_of_many_visitors_is_judged_as_the_first(tmp_path):
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, demo_changes()) as gateway:
        for number in range(VISITORS):
            visit(gateway.port, number, keeps_cookies=True)
        seen = first_pages(gateway)

    assert {event["event"]["action"] for event in seen} == {"allow"}
    assert not [found for event in seen for found in event["stile"]["evidence"] if found["log_odds"] > 0]


def test_a_program_that_keeps_no_cookie_is_one_visitor(tmp_path):
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, demo_changes()) as gateway:
        for number in range(VISITORS):
            visit(gateway.port, number, keeps_cookies=False)
        seen = first_pages(gateway)

    assert "asset_blindness" in {found["id"] for found in seen[-1]["stile"]["evidence"]}
