"""What the command line asks and how it tells the answer."""

import asyncio
import math

import pytest

from config.decision import Action
from proxy.admin import client
from proxy.faults import OwnFault
from tests.support.admin import TOKEN
from tests.support.requests import CHROME, a_request


def run(admin, verb, *words, token=TOKEN, **more):
    return asyncio.run(verb(admin.address, token, *words, **more))


def test_explains_a_decision(admin, remember):
    decision_id = remember(action=Action.BLOCK, reason="more than 60 product pages a minute")
    text = run(admin, client.explain, decision_id)

    assert [
        part
        for part in ("BLOCK", "more than 60", decision_id, "trap_link", "+3.20", "-1.10")
        if part not in text
    ] == []


def test_explains_the_latest_decisions_of_an_address(admin, remember):
    made = [remember(address="203.0.113.9") for _ in range(3)]
    text = run(admin, client.explain, "203.0.113.9")

    assert all(decision_id in text for decision_id in made)


def test_tells_what_a_reload_changed(admin):
    told = run(admin, client.reload)

    assert told == (
        "version 5f1c0de5f1c0de in place of 0ldc0de0ldc0de, on 2 of 2 workers\nrule price-scraping added"
    )


def test_a_refused_reload_is_told_with_its_faults(admin):
    admin.parent.answer["faults"] = ["stile.yaml:1:1: sitez: unknown key"]

    with pytest.raises(OwnFault, match=r"nothing changed:\nstile\.yaml:1:1"):
        run(admin, client.reload)


def test_versions_are_listed_and_the_one_in_force_is_marked(admin):
    kept = {"version": "5f1c0de5f1c0de", "since": 0.0, "cause": "admin", "changes": ["rule a\x1b[2J added"]}
    older = {"version": "0ldc0de0ldc0de", "since": 0.0, "cause": "start", "changes": []}
    admin.parent.answer = {"versions": [kept, older]}

    assert run(admin, client.versions).splitlines() == [
        "* 5f1c0de5f1c0de  1970-01-01 00:00:00 UTC  by admin",
        "    rule a\N{REPLACEMENT CHARACTER}[2J added",
        "  0ldc0de0ldc0de  1970-01-01 00:00:00 UTC  by start",
    ]


def test_a_hostile_client_cannot_drive_the_terminal(admin, remember):
    headers = (*CHROME[:6], (b"User-Agent", b"\x1b[2J[bold red]x[/] \xff"))
    decision_id = remember(request=a_request("/\x1b]0;owned\x07", headers=headers))
    text = run(admin, client.explain, decision_id)

    assert ("\x1b" in text, "\x07" in text, "[bold red]x[/] \\xff" in text) == (False, False, True)


def test_colors_are_ours(admin, remember):
    text = run(admin, client.explain, remember(), color=True)

    assert "\x1b[" in text


def test_says_where_older_decisions_are(admin):
    with pytest.raises(OwnFault, match="event log"):
        run(admin, client.explain, "01a20712-a550-77c2-8c06-211703ebd664")


def test_says_that_an_address_is_unknown(admin):
    with pytest.raises(OwnFault, match=r"203\.0\.113\.200"):
        run(admin, client.explain, "203.0.113.200")


def test_bans_and_lifts(admin):
    said = run(admin, client.ban, "203.0.113.0/24", "1h", "scrapes")
    banned = list(admin.orders.orders.bans)
    lifted = run(admin, client.unban, "203.0.113.0/24")

    assert (said, banned, lifted, admin.orders.orders.bans) == (
        "203.0.113.0/24 is banned for 1h",
        ["203.0.113.0/24"],
        "203.0.113.0/24 is under no order any more",
        {},
    )


def test_lets_pass(admin):
    assert run(admin, client.ban, "203.0.113.7", "7d", "partner", allow=True) == "203.0.113.7 passes for 7d"


def test_sets_a_mode_until_it_is_lifted(admin):
    said = run(admin, client.set_mode, "enforce", "shop")

    assert (said, admin.orders.orders.modes["shop"].until) == ("shop: enforce", math.inf)


def test_says_that_an_order_holds_only_here(admin):
    admin.orders.there = False

    assert "on this node only" in run(admin, client.ban, "203.0.113.7", "1h", "")


def test_tells_the_cure_of_a_refusal(admin):
    with pytest.raises(OwnFault, match="30m, 1h or 7d"):
        run(admin, client.ban, "203.0.113.7", "soon", "")


def test_tells_that_the_token_is_wrong(admin):
    with pytest.raises(OwnFault, match="admin token"):
        run(admin, client.unban, "203.0.113.7", token="wrong")


def test_tells_that_nobody_answers():
    with pytest.raises(OwnFault, match="does not answer"):
        asyncio.run(client.unban("127.0.0.1:9", TOKEN, "203.0.113.7"))
