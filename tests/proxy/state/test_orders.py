import asyncio
import time
from math import inf

import pytest

from config.decision import Mode
from detectors.visit import Ban
from proxy.state import order_book
from proxy.state.order import Forget, order_of, read
from proxy.state.order_book import Kind
from proxy.state.orders import ModeOrder, OrderBook
from proxy.state.slices import emptied, in_slices
from tests.support.stores import NOW, Clock

FEW = 100

CASES = {
    "the address itself": ("203.0.113.7", "203.0.113.7", "", True),
    "another address": ("203.0.113.7", "203.0.113.8", "", False),
    "an IPv6 neighbour in the same /64": ("2001:db8:1:2::/64", "2001:db8:1:2::9", "", True),
    "inside a CIDR": ("10.0.0.0/8", "10.200.3.4", "", True),
    "outside a CIDR": ("10.0.0.0/8", "11.0.0.1", "", False),
    "inside a wide IPv6 prefix": ("2001:db8::/32", "2001:db8:ffff::1", "", True),
    "everybody of one version": ("0.0.0.0/0", "203.0.113.7", "", True),
    "nobody of the other version": ("0.0.0.0/0", "2001:db8::1", "", False),
    "a session by its client key": ("shop/s=abc", "203.0.113.7", "shop/s=abc", True),
    "a session by its bare id": ("abc", "203.0.113.7", "shop/s=abc", True),
    "another session": ("abc", "203.0.113.7", "shop/s=abd", False),
    "an address that is none": ("10.0.0.0/8", "unix:", "", False),
}


def a_book(*orders: Ban | ModeOrder) -> OrderBook:
    book = OrderBook()
    for order in orders:
        book.put(order.key if isinstance(order, Ban) else order.site, order)
    return book


@pytest.mark.parametrize(("key", "address", "session", "banned"), CASES.values(), ids=CASES)
def test_an_order_is_about_those_it_names(key, address, session, banned):
    book = a_book(Ban(key, inf, "scraper"))

    assert (book.ban_for(address, session, NOW) is not None) is banned


@pytest.mark.parametrize("swapped", [False, True])
def test_an_order_to_let_pass_beats_every_ban(swapped):
    orders = [Ban("10.0.0.0/8", inf, "scrapers"), Ban("10.1.1.1", inf, "partner", allow=True)]
    book = a_book(*(reversed(orders) if swapped else orders))

    assert book.ban_for("10.1.1.1", "", NOW).allow


def test_a_wide_order_to_let_pass_beats_a_narrow_ban():
    book = a_book(Ban("10.0.0.0/8", inf, "office", allow=True), Ban("10.1.1.1", inf, "scraper"))

    assert book.ban_for("10.1.1.1", "", NOW).allow


def test_an_order_ends_with_its_time():
    book = a_book(Ban("203.0.113.7", NOW, "scraper"))

    assert (book.ban_for("203.0.113.7", "", NOW - 1) is not None, book.ban_for("203.0.113.7", "", NOW)) == (
        True,
        None,
    )


def test_a_ban_that_ran_out_does_not_hide_one_in_force():
    book = a_book(Ban("10.1.1.1", NOW - 1, "over"), Ban("10.0.0.0/8", inf, "scrapers"))

    assert book.ban_for("10.1.1.1", "", NOW).reason == "scrapers"


@pytest.mark.parametrize("key", ["203.0.113.7", "10.0.0.0/8"])
def test_a_lifted_order_is_forgotten(key):
    book = a_book(Ban(key, inf, "scraper"))
    book.put(key, None)

    assert (book.ban_for("203.0.113.7", "", NOW), book.ban_for("10.1.1.1", "", NOW)) == (None, None)


MODES = {
    "its own order": ((ModeOrder("shop", Mode.MONITOR, inf),), Mode.MONITOR),
    "the order for every site": ((ModeOrder("*", Mode.MONITOR, inf),), Mode.MONITOR),
    "its own before the one for all": (
        (ModeOrder("*", Mode.MONITOR, inf), ModeOrder("shop", Mode.ENFORCE, inf)),
        Mode.ENFORCE,
    ),
    "all may pass, before its own": (
        (ModeOrder("*", Mode.ALLOW_ALL, inf), ModeOrder("shop", Mode.ENFORCE, inf)),
        Mode.ALLOW_ALL,
    ),
    "its own, once all may not pass any more": (
        (ModeOrder("*", Mode.ALLOW_ALL, NOW), ModeOrder("shop", Mode.MONITOR, inf)),
        Mode.MONITOR,
    ),
    "another site's order": ((ModeOrder("blog", Mode.MONITOR, inf),), Mode.ENFORCE),
    "an order that ran out": ((ModeOrder("shop", Mode.MONITOR, NOW),), Mode.ENFORCE),
}


@pytest.mark.parametrize(("orders", "mode"), MODES.values(), ids=MODES)
def test_a_site_has_the_mode_that_was_ordered(orders, mode):
    assert a_book(*orders).mode_of("shop", Mode.ENFORCE, NOW) is mode


# Room.


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, in a world where an order book has little room."""
    monkeypatch.setattr(order_book, "MOST", dict.fromkeys(Kind, FEW))
    return Clock()


def a_full_book(clock: Clock, until: float) -> OrderBook:
    book = OrderBook(clock)
    for number in range(FEW):
        assert book.put(f"10.0.0.{number}", Ban(f"10.0.0.{number}", until, "short"))
        assert book.put(f"mode:{number}", ModeOrder(str(number), Mode.MONITOR, until))
        assert book.put(f"forget:{number}", Forget(f"forget:{number}", "", until, held=True))
    return book


NEW = {
    "a ban": ("203.0.113.7", Ban("203.0.113.7", inf, "scraper")),
    "a ban of a network": ("203.0.113.0/24", Ban("203.0.113.0/24", inf, "scraper")),
    "a mode": ("mode:shop", ModeOrder("shop", Mode.ENFORCE, inf)),
    "an order to forget": ("forget:shop", Forget("forget:shop", "", inf, held=True)),
}


@pytest.mark.parametrize(("name", "order"), NEW.values(), ids=NEW)
def test_orders_that_are_over_take_no_room(clock, name, order):
    book = a_full_book(clock, NOW + 60.0)
    clock.pass_(61.0)

    assert (book.put(name, order), order in dict(book.all_orders()).values()) == (True, True)
    assert (len(book.all_orders()), len(book.over)) == (1, 3 * FEW)


@pytest.mark.parametrize(("name", "order"), NEW.values(), ids=NEW)
def test_where_all_are_in_force_there_is_no_room_and_that_is_said(clock, name, order):
    book = a_full_book(clock, NOW + 60.0)

    assert (book.put(name, order), order in dict(book.all_orders()).values()) == (False, False)


def test_an_order_to_let_pass_has_room_of_its_own(clock):
    book = a_full_book(clock, inf)

    assert book.put("203.0.113.7", Ban("203.0.113.7", inf, "partner", allow=True))
    assert book.ban_for("203.0.113.7", "", NOW).allow


@pytest.mark.parametrize("allow", [False, True])
def test_what_is_ordered_anew_needs_no_room(clock, allow):
    book = a_full_book(clock, inf)

    assert book.put("10.0.0.7", Ban("10.0.0.7", inf, "anew", allow=allow))
    assert book.ban_for("10.0.0.7", "", NOW).reason == "anew"


def test_a_lifted_order_leaves_its_room(clock):
    book = a_full_book(clock, inf)
    for name, order in dict(book.all_orders()).items():
        book.put(name, None)
        assert book.put(name, order)


def test_a_ban_that_is_lifted_lifts_no_mode_of_a_site_of_that_name():
    book = a_book(ModeOrder("shop", Mode.MONITOR, inf), Ban("shop", inf, "scraper"))
    book.put("shop", None)

    assert (book.mode_of("shop", Mode.ENFORCE, NOW), book.bans) == (Mode.MONITOR, {})


# Networks.


def test_one_more_network_costs_the_same_among_twenty_thousand():
    book = OrderBook()
    for number in range(20_000):
        name = f"10.{number >> 8}.{number & 255}.0/24"
        book.put(name, Ban(name, inf, "network"))
    began = time.perf_counter()
    for number in range(100):
        name = f"192.0.{number}.0/24"
        book.put(name, Ban(name, inf, "network"))
        book.put(name, None)

    assert time.perf_counter() - began < 0.1


def test_a_lifted_network_leaves_those_of_its_length():
    book = a_book(Ban("10.1.0.0/16", inf, "one"), Ban("10.2.0.0/16", inf, "two"))
    book.put("10.1.0.0/16", None)

    assert (book.ban_for("10.1.2.3", "", NOW), book.ban_for("10.2.2.3", "", NOW).reason) == (None, "two")


# The store's text.

NONE = {
    "no JSON": b"yes",
    "a number": b"1",
    "a list": b"[1,2]",
    "no end": b'{"reason": "", "allow": false}',
    "an end that is no number": b'{"until": "nan", "reason": "", "allow": false}',
    "an end that is a list": b'{"until": [], "reason": "", "allow": false}',
    "nothing": b"",
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_order_harms_nobody(text):
    assert (order_of("203.0.113.7", text), read(b"203.0.113.7", text)[1]) == (None, None)


def test_a_name_that_is_no_text_harms_nobody():
    assert read(b"\xff\xfe", b'{"until": null, "reason": "", "allow": false}') == ("", None)


# Long work.


def test_long_work_lets_others_run_and_loses_nothing(monkeypatch):
    monkeypatch.setattr("proxy.state.slices.SLICE_S", 0.0)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def scene() -> tuple[list[int], dict[str, int]]:
        task = asyncio.create_task(others())
        seen: list[int] = []
        async for some in in_slices(range(20_000)):
            seen += some
        held = dict.fromkeys(map(str, range(1000)), 1)
        await emptied(held, seen[:0])
        task.cancel()
        return seen, held

    seen, held = asyncio.run(scene())

    assert (seen, held, turns > 100) == (list(range(20_000)), {}, True)
