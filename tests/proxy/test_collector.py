"""A body that Stile keeps for itself: in one piece however it comes, and a fault in its use is answered."""

import asyncio
from typing import Any

import pytest

from proxy.collector import Collector, Room
from proxy.exchange import Exchange
from tests.support.asking_house import on_a_loop
from tests.support.inner_worker import an_inner_worker
from tests.support.raw import Line
from tests.support.stores import eventually
from tests.support.upstream import OK, Upstream

POST = b"POST /.stile/answer HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\n"
STEPS = {
    "more must come": ((b"ab",), False, None),
    "all is here": ((b"a", b"b"), True, "done"),
    "nothing was sent": ((), True, "done"),
    "the most": ((b"abcd",), True, "done"),
    "too much": ((b"abc", b"de"), False, "beyond"),
}


@pytest.mark.parametrize(("held", "ended", "use"), STEPS.values(), ids=STEPS)
def test_it_waits_until_a_body_is_whole_or_too_long(held, ended, use):
    used: list[tuple[str, bytes]] = []
    collector = Collector(
        4, lambda body: used.append(("done", body)), lambda body: used.append(("beyond", body))
    )
    step = collector.step(held, ended=ended)
    if step is not None:
        step()

    assert used == ([] if use is None else [(use, b"".join(held))])


@on_a_loop
async def test_a_body_that_comes_byte_by_byte_is_held_as_one_piece(tmp_path):
    with Upstream((OK,)) as upstream:
        async with an_inner_worker(tmp_path, upstream.address) as (_, server, port):
            with Line(port) as line:
                line.send(POST + b"Content-Length: 100\r\n\r\n")
                for sent in range(1, 40):
                    line.send(b"x")
                    assert await eventually(lambda sent=sent: held(server) == b"x" * sent)

                assert len(pieces(server)) == 1


def pieces(server: Any) -> tuple[bytes, ...]:
    (connection,) = server._connections
    return () if connection.exchange is None else tuple(connection.exchange._held)


def held(server: Any) -> bytes:
    return b"".join(pieces(server)) if server.connections else b""


class Clumsy:
    """Takes a body, and stumbles over it."""

    def answer(self, exchange: Exchange, *_: object) -> None:
        exchange.collect(100, self.stumble)

    def stumble(self, body: bytes) -> None:
        raise ValueError(body)


@on_a_loop
async def test_a_fault_of_ours_over_a_body_is_answered(tmp_path):
    def ask(port: int) -> int:
        with Line(port) as line:
            line.send(POST + b"Content-Length: 1\r\n\r\n")
            line.send(b"x")
            answer = line.answer(b"POST")
        assert answer is not None
        return answer.status

    with Upstream((OK,)) as upstream:
        async with an_inner_worker(tmp_path, upstream.address) as (gate, _, port):
            gate.own_paths = Clumsy()  # type: ignore[assignment]

            assert await asyncio.to_thread(ask, port) == 500


class Peek:
    """Looks at the beginning, then takes the rest; says nothing more."""

    def answer(self, exchange: Exchange, *_: object) -> None:
        def rest(_: bytes) -> None:
            exchange.collect(100, lambda body: exchange.reply(200, [], body))

        exchange.collect(1, rest, rest)


@on_a_loop
async def test_who_waits_for_leave_to_send_is_given_it_once(tmp_path):
    def ask(port: int) -> tuple[int, ...]:
        with Line(port) as line:
            line.send(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            assert line.interim() is not None
            line.send(b"ab")
            assert line.silent(0.1)
            line.send(b"cd")
            answer = line.answer(b"POST")
        assert answer is not None
        return (*answer.interim, answer.status)

    with Upstream((OK,)) as upstream:
        async with an_inner_worker(tmp_path, upstream.address) as (gate, _, port):
            gate.own_paths = Peek()  # type: ignore[assignment]

            assert await asyncio.to_thread(ask, port) == (200,)


class Sender:
    """Somebody who sends a body."""

    def __init__(self) -> None:
        self.ended = False


def test_only_so_many_bodies_are_kept_at_once_and_whoever_left_makes_room():
    room, first, second, third = Room(2), Sender(), Sender(), Sender()
    taken = [room.takes(first), room.takes(second), room.takes(third)]
    first.ended = True
    taken.append(room.takes(third))
    room.leave(second)
    taken.append(room.takes(Sender()))

    assert taken == [True, True, False, True, True]
