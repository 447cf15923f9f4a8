"""Only who has the token makes Stile forget, one person at a time, and what was not reached is said."""

import asyncio
from dataclasses import replace

import pytest
import requests

from proxy.account import hashed_account
from proxy.admin import client
from proxy.admin.forgetter import somebody_from
from proxy.admin.problem import Problem
from proxy.faults import OwnFault
from proxy.state.envelope import opened
from proxy.state.link import StoreFault
from proxy.state.order_book import MOST, Kind
from proxy.state.orders import Forget
from tests.support.admin import SECRET, TOKEN

ADDRESS = "203.0.113.7"
HASHED = hashed_account(b"anne", SECRET)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("proxy.admin.forgetter.CONFIRM_S", 0.3)
    monkeypatch.setattr("proxy.admin.forgetter.POLL_S", 0.02)


def forget(admin, what: str, account: bool | None = None) -> str:
    return asyncio.run(client.forget(admin.address, TOKEN, what, account=account))


def subjects_of(kind: str, named: str) -> frozenset[str]:
    return somebody_from({kind: named}, SECRET).subjects


def account(name: str) -> str:
    return f"u={hashed_account(name.encode(), SECRET)}"


SIGNS = "*?[a]\\\n%00"
WHO = {
    "an address": ("ip", ADDRESS, {ADDRESS}),
    "the same, written otherwise": ("ip", "::ffff:203.0.113.7", {ADDRESS}),
    "a household": ("ip", "2001:DB8:1:2:0::9", {"2001:db8:1:2::/64"}),
    "an account by its name": ("account", "anne", {account("anne")}),
    "an account by its hash": ("account", HASHED, {f"u={HASHED}", account(HASHED)}),
    "an account that looks like an address": ("account", ADDRESS, {account(ADDRESS)}),
    "an account of signs": ("account", SIGNS, {account(SIGNS)}),
    "an account in another script": ("account", "Łucja 🛒", {account("Łucja 🛒")}),
}
REFUSED = {
    "nothing": {},
    "both": {"ip": ADDRESS, "account": "anne"},
    "something else": {"session": "x"},
    "something more": {"ip": ADDRESS, "why": "asked"},
    "an empty address": {"ip": ""},
    "an empty account": {"account": ""},
    "a number": {"account": 17},
    "many": {"ip": [ADDRESS]},
    "a network": {"ip": "10.0.0.0/8"},
    "a household's network": {"ip": "2001:db8::/64"},
    "a pattern": {"ip": "203.0.113.*"},
    "almost an address": {"ip": "203.0.113.777"},
    "ten kilobytes of address": {"ip": "1" * 10_000},
    "ten kilobytes of account": {"account": "a" * 10_000},
    "an account just too long": {"account": "é" * 257},
}


@pytest.mark.parametrize(("kind", "named", "subjects"), WHO.values(), ids=WHO)
def test_whom_is_meant(kind, named, subjects):
    assert subjects_of(kind, named) == subjects


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_wrong_thing_is_refused_with_its_reason(ask, admin, body):
    answer = ask("POST", "/api/forget", json=body)

    assert (answer.status_code, bool(answer.json()["detail"]), len(answer.text) < 400) == (422, True, True)
    assert (admin.orders.forgets, admin.eraser.asked) == ([], [])


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_a_problem_of_the_request(body):
    with pytest.raises(Problem):
        somebody_from(body, SECRET)


ANYBODY = {"nobody": {}, "a wrong token": {"Authorization": "Bearer guess"}}


@pytest.mark.parametrize("headers", ANYBODY.values(), ids=ANYBODY)
def test_without_the_token_nobody_is_forgotten(admin, headers):
    answer = requests.post(f"{admin.url}/api/forget", json={"ip": ADDRESS}, headers=headers, timeout=5)

    assert (answer.status_code, admin.orders.forgets) == (401, [])


def test_another_site_s_form_makes_nobody_forget(browser, admin):
    answer = browser("POST", "/api/forget", json={"ip": ADDRESS}, headers={"Origin": "http://elsewhere.test"})

    assert (answer.status_code, admin.orders.forgets) == (403, [])


def test_an_order_for_which_there_is_no_room_is_said_plainly(ask, admin, monkeypatch):
    monkeypatch.setitem(MOST, Kind.FORGET, 0)
    answer = ask("POST", "/api/forget", json={"ip": ADDRESS})

    assert (answer.status_code, f"{ADDRESS} is not forgotten" in answer.json()["detail"]) == (507, True)
    assert admin.eraser.asked == []


def test_workers_first_then_the_store_then_all_go_on(ask, admin):
    answer = ask("POST", "/api/forget", json={"ip": ADDRESS})
    held, later = admin.orders.forgets

    assert answer.json() == {"forgotten": ADDRESS, "erased": 4, "processes": 3, "ordered": False}
    assert admin.eraser.asked == [(frozenset((ADDRESS,)), frozenset(("shop", "api")))]
    assert opened(held.sealed, SECRET) == {ADDRESS}
    assert (held.held, later) == (True, replace(held, held=False))
    assert [worker.book.forgets for worker in admin.workers.workers] == [{later.name: later}] * 2


def test_a_ban_is_left_and_mentioned(ask):
    ask("POST", "/api/bans", json={"key": ADDRESS})
    answer = ask("POST", "/api/forget", json={"ip": ADDRESS})

    assert answer.json()["ordered"]
    assert [ban["key"] for ban in ask("GET", "/api/bans").json()["bans"]] == [ADDRESS]


def half(admin, **changes):
    """What the command line says where something is amiss, and what stays in force."""
    with pytest.raises(OwnFault) as refusal:
        forget(admin, ADDRESS)
    held = [
        order for order in admin.orders.orders.forgets.values() if isinstance(order, Forget) and order.held
    ]
    assert held == []
    return str(refusal.value)


def test_a_store_that_is_away_is_said_plainly(admin):
    admin.orders.there = False
    said = half(admin)

    assert "forgotten by the workers of this node" in said
    assert ("Connection refused" in said, "repeat the command" in said) == (True, True)
    assert [worker.book.forgets for worker in admin.workers.workers] == [{}, {}]


def test_a_store_that_forbids_it_is_said_with_the_cure(admin):
    admin.eraser.fault = StoreFault("redis://cache: no permissions; cure: ACL SETUSER stile +scan")

    assert "cure: ACL SETUSER stile +scan" in half(admin)


def test_processes_that_did_not_confirm_are_counted(admin):
    admin.orders.confirming = 2

    assert "only 2 of 3 processes confirmed" in half(admin)


def test_a_worker_that_did_not_confirm_is_no_success(admin):
    admin.workers.workers[1].obedient = False

    assert "1 of 2 workers of this node did not confirm" in half(admin)


TOLD_APART = {
    ADDRESS: "ip",
    "2001:db8::1": "ip",
    "anne": "account",
    "anne@shop.example": "account",
    "12345": "account",
    "first.middle.last@shop.example.com": "account",
    "user:17": "account",
    "0123456789abcdef": "account",
}
NEITHER = (
    "10.0.0.0/8",
    "203.0.113.777",
    "203.0.113.7:443",
    "2001:db8::/32",
    "[2001:db8::1]",
    "1.2.3",
    "2001:db8:::1",
)


@pytest.mark.parametrize(("what", "kind"), TOLD_APART.items(), ids=TOLD_APART)
def test_addresses_and_accounts_are_told_apart(admin, what, kind):
    said = forget(admin, what)

    assert said == f"{kind} {what} is forgotten: 4 keys erased, 3 processes confirmed"


@pytest.mark.parametrize("what", NEITHER)
def test_what_is_nearly_an_address_is_no_account_by_accident(admin, what):
    with pytest.raises(OwnFault, match="not one address"):
        forget(admin, what)

    assert forget(admin, what, account=True).startswith("account ")


@pytest.mark.parametrize(
    "what", ["", "x" * 10_000, "1." * 5000, "\udcff"], ids=["empty", "long", "long dots", "bytes"]
)
def test_a_wrong_thing_at_the_command_line_is_an_error_of_one_line(admin, what):
    with pytest.raises(OwnFault) as refusal:
        forget(admin, what)

    assert len(str(refusal.value)) < 200
