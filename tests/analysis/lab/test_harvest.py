"""Waits are put in where they were written down, and nowhere else; every event finds its own note."""

from typing import Any

import pytest

from analysis.lab.door import read_head
from analysis.lab.harvest import session_of, with_waits
from analysis.lab.plan import Plan, plans_of
from analysis.lab.sessions import Asked

HEAD = b"%b HTTP/1.1\r\nHost: 127.0.0.1:81\r\n%b\r\n"
REFERRERS = {
    "none": (b"", None),
    "a page of the shop": (b"Referer: http://127.0.0.1:81/search?q=lamp\r\n", "/search"),
    "the front door": (b"Referer: http://127.0.0.1:81/\r\n", "/"),
    "another site": (b"referer: https://www.google.com/\r\n", "*"),
}
FACTS = {
    "cookie": b"Cookie: a=b\r\n",
    "conditional": b'If-None-Match: "x"\r\n',
    "ranged": b"Range: bytes=0-1\r\n",
    "by_script": b"Sec-Fetch-Dest: empty\r\n",
    "upgrade": b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
}


def a_plan(family: str, pace: str) -> Plan:
    return next(plan for plan in plans_of([family], 6, 1) if plan.order.pace == pace)


def an_event(second: float, path: str) -> dict[str, Any]:
    return {
        "@timestamp": f"2026-01-01T00:00:{second:09.6f}Z",
        "client": {"ip": "198.18.0.1"},
        "url": {"path": path},
        "http": {"request": {"method": "GET"}, "response": {"status_code": 200, "bytes": 5}},
        "stile": {"route": ""},
    }


def a_note(path: str, query: str = "") -> Asked:
    note, _ = read_head(HEAD % (f"GET {path}?{query}".encode(), b""))
    return note


def test_waits_shift_what_comes_after_them_and_leave_the_rest_alone() -> None:
    times = with_waits([1.0, 1.2, 2.0, 2.1], [(1.5, 30.0), (2.05, 4.0)])

    assert times == [1.0, 1.2, 32.0, 36.1]


def test_times_count_from_the_first_request() -> None:
    events = [an_event(10.0, "/"), an_event(10.25, "/cart")]
    session = session_of(a_plan("requests", "full"), events, [a_note("/"), a_note("/cart")], [])

    assert [act.at_ms for act in session.acts] == [0, 250]


def test_the_same_page_asked_for_twice_keeps_its_queries_in_order() -> None:
    events = [an_event(1.0, "/search"), an_event(2.0, "/search")]
    notes = [a_note("/search", "q=lamp"), a_note("/search", "q=oak")]
    session = session_of(a_plan("requests", "full"), events, notes, [])

    assert [act.query for act in session.acts] == ["q=lamp", "q=oak"]


def test_a_tool_that_tells_nobody_when_it_waits_gets_its_waits_between_all_requests() -> None:
    plan = a_plan("wget", "fixed")
    events = [an_event(second, "/") for second in (1.0, 2.0, 3.0)]
    session = session_of(plan, events, [a_note("/")] * 3, [])

    gap_ms = 1000 + round(plan.order.wait_s * 1000)
    assert [act.at_ms for act in session.acts] == [0, gap_ms, 2 * gap_ms]


def test_an_event_that_nobody_noted_is_refused() -> None:
    with pytest.raises(ValueError, match="no note"):
        session_of(a_plan("requests", "full"), [an_event(1.0, "/")], [], [])


@pytest.mark.parametrize(("line", "referrer"), REFERRERS.values(), ids=REFERRERS)
def test_a_referrer_is_a_path_of_the_shop_or_elsewhere(line: bytes, referrer: str | None) -> None:
    note, _ = read_head(HEAD % (b"GET /cart", line))

    assert note.referrer == referrer


@pytest.mark.parametrize(("fact", "lines"), FACTS.items(), ids=FACTS)
def test_a_door_notes_what_events_do_not_tell(fact: str, lines: bytes) -> None:
    noted, plain = (read_head(HEAD % (b"GET /", more))[0] for more in (lines, b""))

    assert (getattr(noted, fact), getattr(plain, fact)) == (True, False)


def test_a_door_knows_how_long_a_body_is() -> None:
    note, length = read_head(HEAD % (b"POST /cart/add", b"Content-Length: 22\r\n"))

    assert (note.method, length) == ("POST", 22)
