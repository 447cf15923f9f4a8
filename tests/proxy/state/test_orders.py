from math import inf

import pytest

from config.decision import Mode
from detectors.visit import Ban
from proxy.state.orders import ModeOrder, OrderBook

NOW = 1_790_000_000.0

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
    "another site's order": ((ModeOrder("blog", Mode.MONITOR, inf),), Mode.ENFORCE),
    "an order that ran out": ((ModeOrder("shop", Mode.MONITOR, NOW),), Mode.ENFORCE),
}


@pytest.mark.parametrize(("orders", "mode"), MODES.values(), ids=MODES)
def test_a_site_has_the_mode_that_was_ordered(orders, mode):
    assert a_book(*orders).mode_of("shop", Mode.ENFORCE, NOW) is mode
