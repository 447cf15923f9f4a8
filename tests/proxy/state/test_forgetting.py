"""Whom an order names is neither loaded nor shared while it is held, and nothing old of them comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from proxy.state.embedded import EmbeddedStore
from proxy.state.envelope import opened, sealed
from proxy.state.hold import Hold
from proxy.state.keys import subject_of
from proxy.state.orders import FORGET, Forget, Lift
from proxy.state.store import Store
from proxy.state.table import FORGOTTEN, ClientTable
from tests.support.sharing import Worker
from tests.support.stores import Clock, a_client, a_server, eventually, plain, pushed, run, sight, workers

SECRET = b"a secret of at least 16 bytes"
KEY = "shop/203.0.113.7"
OTHER = "shop/203.0.113.8"
SUBJECT = "203.0.113.7"

SUBJECTS = {
    "an address": (KEY, SUBJECT),
    "a visitor without a cookie": ("shop/v=203.0.113.7~0badcafe", SUBJECT),
    "a household": ("shop/2001:db8:1:2::/64", "2001:db8:1:2::/64"),
    "a visitor of a household": ("shop/v=2001:db8:1:2::/64~0badcafe", "2001:db8:1:2::/64"),
    "an account": ("shop/u=0123456789abcdef", "u=0123456789abcdef"),
    "a session": ("shop/s=abcdefghijklmnop", "s=abcdefghijklmnop"),
    "a subnet": ("shop/n=203.0.113.0/24", "n=203.0.113.0/24"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[EmbeddedStore]:
    server = a_server(tmp_path_factory.mktemp("store"))
    yield server
    server.stop()


@pytest.fixture
def url(server: EmbeddedStore) -> str:
    with plain(server.url) as store:
        store.flushall()
    return server.url


def an_order(*subjects: str, held: bool = True, lasts_s: float = 60.0, secret: bytes = SECRET) -> Forget:
    return Forget(f"{FORGET}1", sealed(subjects or (SUBJECT,), secret), time.time() + lasts_s, held)


def left(url: str) -> int:
    """How many clients the store remembers."""
    with plain(url) as store:
        return sum(b"receipt" not in key and b"orders" not in key for key in store.keys("*"))


class Swept:
    """A worker's table, and the sweep that empties it."""

    def __init__(self, store: Store, *clients: Any) -> None:
        self.table = ClientTable(1000, type(a_client()).wake)
        for client in clients:
            self.table.add(client)
        self.asked: list[frozenset[str]] = []
        store.forgetting.sweep = self

    async def __call__(self, subjects: frozenset[str]) -> list[str]:
        self.asked.append(subjects)
        known = [key for key in self.table.all_keys() if subject_of(key) in subjects]
        for key in known:
            self.table.forget(key)
        return known


@asynccontextmanager
async def two(url: str) -> AsyncIterator[list[Store]]:
    async with workers(url, 2, secret=SECRET, timeout_s=1.0) as stores:
        yield stores


async def obeyed(store: Store, order: Forget) -> bool:
    return await eventually(lambda: store.forgetting.has_forgotten(order.name))


@pytest.mark.parametrize(("key", "subject"), SUBJECTS.values(), ids=SUBJECTS)
def test_a_key_is_about(key, subject):
    assert subject_of(key) == subject


def test_who_is_taken_twice_is_let_go_twice():
    hold = Hold()
    hold.take([SUBJECT])
    hold.take([SUBJECT, "u=1"])
    hold.let_go([SUBJECT])
    seen = [hold.covers(KEY), hold.covers("any/u=1"), hold.covers(OTHER)]
    hold.let_go([SUBJECT, "u=1"])

    assert (seen, bool(hold)) == ([True, True, False], False)


def test_only_the_same_secret_opens_an_order():
    text = sealed((SUBJECT, "u=1"), SECRET)

    assert opened(text, SECRET) == {SUBJECT, "u=1"}
    assert (opened(text, b"another secret of 16"), opened("x", SECRET), opened("", SECRET)) == (
        None,
        None,
        None,
    )


def test_the_store_never_holds_what_is_to_be_forgotten(url):
    async def scene():
        async with two(url) as (one, _):
            await one.publish_order(an_order(SUBJECT, "u=0123456789abcdef"))
            with plain(url) as store:
                kept = store.execute_command("HGETALL", next(iter(store.keys("*orders"))))

        assert kept
        assert not [text for text in kept if b"203.0.113" in text or b"0123456789abcdef" in text]

    run(scene())


def test_every_worker_obeys_once_and_confirms(url):
    async def scene():
        async with two(url) as (one, other):
            swept = Swept(one, a_client(KEY)), Swept(other, a_client(KEY), a_client(OTHER))
            order = an_order()
            async with one.confirmations(order.name) as confirmations:
                await one.publish_order(order)
                heard = [await confirmations.hear(2.0) for _ in range(2)]
                await one.publish_order(replace(order, held=False))
                again = await confirmations.hear(0.3)

        assert (len(heard), None in heard, again) == (2, False, None)
        assert [each.asked for each in swept] == [[frozenset((SUBJECT,))]] * 2
        assert [each.table.all_keys() for each in swept] == [[], [OTHER]]

    run(scene())


def test_nobody_is_loaded_or_shared_while_held(url):
    async def scene():
        async with two(url) as (one, other):
            await pushed(one, a_client(KEY, 20))
            order = an_order()
            await other.publish_order(order)
            await obeyed(other, order)
            newcomer, bystander = a_client(KEY, 1), a_client(OTHER, 1)
            await sight(other, newcomer)
            other.hurry(newcomer)
            await pushed(other, bystander)
            await asyncio.sleep(0.3)
            during = newcomer.requests, newcomer.shares
            await other.publish_order(Lift(order.name))
            await pushed(other, newcomer)

        assert during == (1, 0)
        assert newcomer.requests == 21  # nobody erased the store in this test

    run(scene())


def test_what_was_counted_before_never_reaches_the_store_again(url):
    async def scene():
        async with two(url) as (one, _):
            old, queued = a_client(KEY, 20), a_client("shop/v=203.0.113.7~0badcafe", 2)
            Swept(one, old, queued)
            await pushed(one, old)
            one.touch(queued)
            order = an_order()
            await one.publish_order(order)
            await obeyed(one, order)
            with plain(url) as store:
                store.delete(*[key for key in store.keys("*") if not key.endswith(b"orders")])
            await one.publish_order(Lift(order.name))
            for client in (old, queued):  # requests that were under way all the time
                client.note("logins_failed")
                one.hurry(client)
            await pushed(one, a_client(OTHER, 1))

        assert (old.rank, queued.rank) == (FORGOTTEN, FORGOTTEN)
        assert left(url) == 1

    run(scene())


def test_a_batch_whose_answer_was_lost_brings_nobody_back(url):
    async def scene():
        worker = Worker(url, Clock())
        forgotten, other = a_client(KEY, 5), a_client(OTHER, 5)
        worker.link.loses = 1
        lost = await worker.share(forgotten, other)
        with plain(url) as store:
            store.flushall()
        worker.push._hold.take([SUBJECT])
        await worker.push.forget_held()
        worker.push._hold.let_go([SUBJECT])
        await worker.share_everything()
        await worker.close()

        assert not lost
        assert left(url) == 1

    run(scene())


def test_a_batch_of_nobody_else_is_dropped_as_a_whole(url):
    async def scene():
        worker = Worker(url, Clock())
        worker.link.refuses = 1
        await worker.share(a_client(KEY, 5))
        worker.push._hold.take([SUBJECT])
        await worker.push.forget_held()
        worker.push._hold.let_go([SUBJECT])
        await worker.share(a_client(OTHER, 5))
        await worker.close()

        assert left(url) == 1

    run(scene())


def test_what_a_store_has_lost_is_not_given_back_about_the_forgotten(url):
    async def scene():
        async with two(url) as (one, _):
            old = a_client(KEY, 20)
            await pushed(one, old)
            with plain(url) as store:
                store.flushall()
            await one.publish_order(an_order())
            old.note("logins_failed")
            one.hurry(old)
            await pushed(one, a_client(OTHER, 1))

        assert left(url) == 1

    run(scene())


def test_who_could_not_hear_it_obeys_on_return_and_erases_what_it_had_shared(url):
    async def scene():
        async with two(url) as (one, _):
            await one.publish_order(an_order(held=False))
            late = Store(url, secret=SECRET)
            client = a_client(KEY, 20)
            swept = Swept(late, client)
            await late._push.round()
            late.hurry(client)
            await late._push.round()
            shared = left(url)
            await late.start()
            erased = await eventually(lambda: left(url) == 0)
            await late.close()

        assert (shared, erased, swept.table.all_keys()) == (1, True, [])
        assert left(url) == 0

    run(scene())


def test_whose_order_nobody_lifts_is_let_go_in_the_end(url):
    async def scene():
        async with two(url) as (one, _):
            order = an_order(lasts_s=0.5)
            await one.publish_order(order)
            await obeyed(one, order)
            held = a_client(KEY, 1)
            one.hurry(held)
            waited = held.waiting
            await asyncio.sleep(0.6)
            await pushed(one, held)

        assert (waited, left(url)) == (False, 1)

    run(scene())


IGNORED = {
    "another installation's": an_order(secret=b"another secret of 16"),
    "nonsense": replace(an_order(), sealed="203.0.113.7"),
    "over": an_order(lasts_s=-1.0),
}


@pytest.mark.parametrize("order", IGNORED.values(), ids=IGNORED)
def test_no_other_order_makes_anybody_forget(url, order):
    async def scene():
        async with two(url) as (one, other):
            swept = Swept(other, a_client(KEY))
            await one.publish_order(order)
            await asyncio.sleep(0.2)

        assert (swept.asked, swept.table.all_keys()) == ([], [KEY])

    run(scene())


def test_a_worker_that_starts_meanwhile_heeds_the_order(url):
    async def scene():
        async with two(url) as (one, _):
            await pushed(one, a_client(KEY, 20))
            await one.publish_order(an_order())
            async with workers(url, 1, secret=SECRET, timeout_s=1.0) as (late,):
                newcomer = a_client(KEY, 1)
                await sight(late, newcomer)

        assert newcomer.requests == 1

    run(scene())
