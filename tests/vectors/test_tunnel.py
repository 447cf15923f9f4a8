"""What one answer at a time cannot show: waiting for 100, tunnels, and answers in the order of requests."""

from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway
from tests.support.raw import Line
from tests.support.upstream import OK, Do, Pause, Upstream
from tests.vectors.case import GOOD, answer, get, post
from tests.vectors.upgrades import ASKS

SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Gateway]:
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    changes = {"policy": {"import": [], "rules": []}, "sites": [{**site, "session_cookie": False}]}
    with Gateway(tmp_path_factory.mktemp("tunnel"), upstream.address, changes) as gateway:
        yield gateway


@pytest.fixture
def line(gateway: Gateway, upstream: Upstream) -> Iterator[Line]:
    upstream.forget()
    with Line(gateway.port) as line:
        yield line


def test_a_client_that_waits_for_100_gets_it(line: Line, upstream: Upstream) -> None:
    upstream.forget((Do.CONTINUE, Do.READ_BODY, OK))
    line.send(post(b"Expect: 100-continue", b"Content-Length: 3"))
    first = line.interim()
    line.send(b"abc")
    final = line.answer()

    assert first is not None
    assert final is not None
    assert (first.start[:12], final.status, upstream.seen[0].body) == (b"HTTP/1.1 100", 200, b"abc")


def test_a_client_that_waits_for_100_may_be_refused_at_once(line: Line, upstream: Upstream) -> None:
    upstream.forget((answer(b"HTTP/1.1 413 No", b"Content-Length: 0"), Do.READ_BODY))
    line.send(post(b"Expect: 100-continue", b"Content-Length: 3"))
    final = line.answer()

    assert final is not None
    assert (final.status, final.interim) == (413, ())


def test_a_websocket_passes_both_ways(line: Line, upstream: Upstream) -> None:
    upstream.forget((SWITCHED, Do.ECHO))
    line.send(get(*ASKS))
    switched = line.answer()
    line.send(b"\x81\x02hi")
    echoed = read_exactly(line, 4)
    line.send(b"\x81\x03you")
    more = read_exactly(line, 5)

    assert switched is not None
    assert (switched.status, switched.values(b"upgrade")) == (101, [b"websocket"])
    assert switched.values(b"sec-websocket-accept") == [b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
    assert (echoed, more) == (b"\x81\x02hi", b"\x81\x03you")


def test_a_websocket_takes_what_was_sent_too_early(line: Line, upstream: Upstream) -> None:
    upstream.forget((Pause(0.1), SWITCHED + b"\x81\x01!", Do.ECHO))
    line.send(get(*ASKS) + b"\x81\x02hi")
    switched = line.answer()

    assert switched is not None
    assert read_exactly(line, 7) == b"\x81\x01!\x81\x02hi"


def test_a_websocket_that_was_refused_is_no_tunnel(line: Line, upstream: Upstream) -> None:
    line.send(get(*ASKS) + GOOD)
    first, second = line.answer(), line.answer()

    assert first is not None
    assert second is not None
    assert [seen.raw.split(b" ")[1] for seen in upstream.seen] == [b"/a", b"/after"]


def test_a_websocket_whose_client_leaves_ends_at_the_storefront(line: Line, upstream: Upstream) -> None:
    upstream.forget((SWITCHED, Do.ECHO))
    line.send(get(*ASKS))
    assert line.answer() is not None
    line.reset()

    assert upstream.wait(lambda one: bool(one.seen) and one.seen[0].left, 2.0)


def test_a_websocket_whose_storefront_ends_ends_at_the_client(line: Line, upstream: Upstream) -> None:
    upstream.forget((SWITCHED, Pause(0.1), b"\x88\x00", Do.CLOSE))
    line.send(get(*ASKS))
    assert line.answer() is not None

    assert line.rest() == b"\x88\x00"


def test_answers_come_in_the_order_of_requests(line: Line, upstream: Upstream) -> None:
    for name, pause in ((b"/slow", 0.3), (b"/middle", 0.1), (b"/fast", 0.0)):
        body = answer(b"Content-Length: %d" % len(name), body=name)
        upstream.scripts[name] = (Pause(pause), body)
    line.send(get(target=b"/slow") + get(target=b"/middle") + get(target=b"/fast"))
    heard = [line.answer() for _ in range(3)]

    assert [one.body for one in heard if one] == [b"/slow", b"/middle", b"/fast"]


def test_a_refusal_waits_for_the_answers_before_it(line: Line, upstream: Upstream) -> None:
    upstream.scripts[b"/slow"] = (Pause(0.2), OK)
    line.send(get(target=b"/slow") + b"GET / HTTP/1.1\r\nHost : x\r\n\r\n" + GOOD)
    first, second = line.answer(), line.answer()

    assert first is not None
    assert second is not None
    assert (first.status, second.status, line.closes()) == (200, 400, True)


def test_a_hundred_requests_on_one_connection(line: Line) -> None:
    for _ in range(100):
        line.send(GOOD)
        one = line.answer()

        assert one is not None
        assert one.status == 200


def test_five_hundred_requests_at_once(line: Line, upstream: Upstream) -> None:
    line.send(b"".join(get(target=b"/%d" % n) for n in range(500)))
    heard = [line.answer() for _ in range(500)]

    assert [one.status for one in heard if one] == [200] * 500
    assert [seen.raw.split(b" ")[1] for seen in upstream.seen] == [b"/%d" % n for n in range(500)]


def read_exactly(line: Line, size: int) -> bytes:
    while len(line.ahead) < size and line.more():
        pass
    data, line.ahead = line.ahead[:size], line.ahead[size:]
    return data
