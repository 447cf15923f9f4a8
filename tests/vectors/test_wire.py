"""Every case, through a real gateway: sent whole, byte by byte, and with a good request right behind it."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.processes import free_port
from tests.support.raw import Answer, Line
from tests.support.strict import (
    STATUS_LINE,
    Fields,
    Message,
    only_length,
    read_chunks,
    read_head,
    read_request,
)
from tests.support.upstream import OK, Seen, Upstream
from tests.vectors import (
    answers,
    broken_answers,
    field_lines,
    forwarding,
    framing,
    hosts,
    limits,
    persistence,
    request_lines,
    smuggling,
    upgrades,
)
from tests.vectors.case import GOOD, TRUSTED, Case

TABLES = (
    request_lines,
    hosts,
    field_lines,
    framing,
    smuggling,
    limits,
    forwarding,
    persistence,
    upgrades,
    answers,
    broken_answers,
)
CASES = {name: case for table in TABLES for name, case in table.CASES.items()}
RUNS = {f"{name} ({way})": (case, way) for name, case in CASES.items() for way in case.ways}

# What the gateway says by itself, or frames anew; cases speak of these through `adds`, `lacks` and `framing`.
SET_BY_US = frozenset(
    b"via x-forwarded-for x-forwarded-proto x-forwarded-host forwarded connection host expect".split()
    + b"content-length transfer-encoding te upgrade".split()
)
SAID_BY_US = frozenset(
    b"via connection keep-alive date stile-decision-id content-length transfer-encoding".split()
)
LONG = 3000  # bytes; longer cases are cut into larger pieces


class Wire:
    """One gateway that allows everything, so that only its HTTP is tested, and one scripted storefront."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.upstream = upstream
        self.ports = {"plain": free_port(), "proxy": free_port()}
        changes = {
            "listen": [
                {"address": f"127.0.0.1:{self.ports['plain']}"},
                {"address": f"127.0.0.1:{self.ports['proxy']}", "proxy_protocol": True},
            ],
            "trusted_proxies": [f"{TRUSTED}/32"],
            "limits": {"max_head": "16KiB", "max_body": "200KB", "connections_per_address": 5000},
            "upstream_limits": {"eject": "1ms", "max_eject": "2ms"},
            "routes": {},
            "policy": {"import": [], "rules": []},
            "sites": [
                {"hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor", "session_cookie": False}
            ],
        }
        self.gateway = Gateway(folder, upstream.address, changes)

    def line(self, case: Case) -> Line:
        """A connection as the case wants it."""
        return Line(self.ports[case.listener], source=case.peer)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream())
        wire = Wire(tmp_path_factory.mktemp("wire"), upstream)
        stack.enter_context(wire.gateway)
        yield wire


@pytest.mark.parametrize(("case", "way"), RUNS.values(), ids=RUNS)
def test_every_case_comes_out_as_it_says(wire: Wire, case: Case, way: str) -> None:
    wire.upstream.forget(case.plays)
    wire.upstream.scripts[b"/after"] = (OK,)
    with wire.line(case) as line:
        say(line, case, way)

        heard = [line.answer(case.method) for _ in range(case.answers)]
        check_answer(case, heard)
        check_connection(case, line, way)
    check_request(case, [seen for seen in wire.upstream.seen if not is_follower(seen)])


def say(line: Line, case: Case, way: str) -> None:
    """Send the case in one of its ways."""
    if way == "byte by byte":
        line.drip(case.sent, 1 if len(case.sent) < LONG else 127)
    else:
        line.send(case.sent + (GOOD if way == "followed" else b""))


def check_answer(case: Case, heard: list[Answer | None]) -> None:
    answer = heard[-1]
    assert answer is not None, "closed without an answer"
    assert answer.status in case.statuses, (answer.status, answer.body)
    if case.interim is not None:
        assert answer.interim == case.interim
    if answer.status != 101:
        assert len(answer.values(b"stile-decision-id")) <= 1
    if (case.reaches is None and case.answers == 1) or case.gets == b"":
        assert answer.whole
        assert answer.values(b"stile-decision-id") != []
    else:
        compare_answer(case, answer)


def compare_answer(case: Case, answer: Answer) -> None:
    expected = expected_answer(case)
    assert end_to_end(answer.fields, SAID_BY_US) == end_to_end(expected.fields, SAID_BY_US)
    assert answer.body == expected.body
    assert answer.trailers == expected.trailers
    assert answer.whole == case.whole
    assert not {name.lower() for name, _ in answer.fields} & (set(case.hides) - {b"stile-decision-id"})
    if case.framing not in {"", "any"}:
        assert answer.framing == case.framing
    elif not case.framing:
        assert framing_of(answer.fields) == framing_of(expected.fields)


def expected_answer(case: Case) -> Answer:
    """The expected bytes, read strictly; an answer that is not whole holds its content plainly."""
    data = case.expected_answer
    head = read_head(data, STATUS_LINE)
    assert head is not None
    rest, trailers = data[head.size :], ()
    if case.whole and head.values(b"transfer-encoding") and rest:
        chunks = read_chunks(rest)
        assert chunks is not None
        rest, trailers = chunks.content, chunks.trailers
    return Answer(int(head.start[9:12]), head.start, head.fields, rest, trailers, "", case.whole, ())


def check_connection(case: Case, line: Line, way: str) -> None:
    if case.stays is False:
        assert line.closes(), "stays open, or says more"
        return
    if way != "followed":
        line.send(GOOD)
    after = line.answer()
    if case.stays or after is not None:
        assert after is not None, "closed"
        assert (after.status, after.body) == (200, b"ok")
    assert line.ended or line.ahead == b""


def check_request(case: Case, seen: list[Seen]) -> None:
    assert [one.broken for one in seen if one.broken] == []
    if case.reaches is None:
        assert len([one for one in seen if one.whole]) == (case.answers if 200 in case.statuses else 0)
        return
    expected = read_request(case.expected_request or b"")
    assert expected is not None
    repeats = 2 if case.statuses == (502,) else 1  # a reused connection that died is tried once more
    assert 1 <= len(seen) <= repeats, [one.raw for one in seen]
    compare_request(case, expected, seen[0])


def compare_request(case: Case, expected: Message, seen: Seen) -> None:
    assert seen.head is not None
    assert seen.head.start == expected.head.start.replace(b"HTTP/1.0", b"HTTP/1.1")
    assert end_to_end(seen.head.fields, SET_BY_US) == end_to_end(expected.head.fields, SET_BY_US)
    assert (seen.body, seen.trailers) == (expected.body.content, expected.body.trailers)
    assert framing_of(seen.head.fields) == framing_of(expected.head.fields)
    if wanted := expected.head.values(b"host"):
        assert seen.head.values(b"host") == wanted
    names = {name.lower() for name, _ in seen.head.fields}
    assert not names & set(case.lacks)
    for name, pattern in case.adds:
        joined = b", ".join(seen.head.values(name))
        assert re.fullmatch(pattern, joined), (name, joined)


def end_to_end(fields: Fields, without: frozenset[bytes]) -> Fields:
    return tuple(
        (name, content)
        for name, content in fields
        if name.lower() not in without and not name.lower().startswith(b"x-stile-")
    )


def framing_of(fields: Fields) -> str:
    """How the body ends; no length and a length of zero are the same."""
    codings = [content.lower() for name, content in fields if name.lower() == b"transfer-encoding"]
    lengths = [content for name, content in fields if name.lower() == b"content-length"]
    return "chunked" if codings else str(only_length(lengths) or 0)


def is_follower(seen: Seen) -> bool:
    return seen.raw.startswith(b"GET /after ")
