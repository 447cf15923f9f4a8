"""The interface tells what workers know, orders what operators want, and explains what it refuses."""

import json
import time
from dataclasses import replace

import pytest

from config.decision import Action, Mode
from proxy.events.fields import Privacy
from proxy.state.order_book import MOST, Kind
from tests.support.requests import a_request

REFUSED = {
    "no key": ("/api/bans", {}),
    "a key with spaces": ("/api/bans", {"key": "a b"}),
    "a key that is almost an address": ("/api/bans", {"key": "203.0.113.777"}),
    "the field of the edition": ("/api/bans", {"key": "#edition"}),
    "the field of a mode": ("/api/bans", {"key": "mode:shop"}),
    "the field of an order to forget": ("/api/bans", {"key": "forget:1"}),
    "everybody": ("/api/bans", {"key": "0.0.0.0/0"}),
    "half of everybody": ("/api/bans", {"key": "::/1"}),
    "an endless ttl": ("/api/bans", {"key": "203.0.113.7", "ttl": 1e400}),
    "a ttl without a unit": ("/api/bans", {"key": "203.0.113.7", "ttl": "10"}),
    "a negative ttl": ("/api/bans", {"key": "203.0.113.7", "ttl": -1}),
    "a ttl that is true": ("/api/bans", {"key": "203.0.113.7", "ttl": True}),
    "a long reason": ("/api/bans", {"key": "203.0.113.7", "reason": "x" * 300}),
    "a pass that is text": ("/api/bans", {"key": "203.0.113.7", "allow": "yes"}),
    "an unknown mode": ("/api/mode", {"mode": "off"}),
    "all may pass for longer than a day": ("/api/mode", {"mode": "allow-all", "ttl": "25h"}),
    "a version that is no text": ("/api/rollback", {"version": 7}),
    "an unknown site": ("/api/mode", {"mode": "monitor", "site": "nowhere"}),
}
WRONG_QUERIES = [
    "limit=0",
    "limit=x",
    "limit=501",
    "limit=99999999999",
    "limit=٣",
    "action=maybe",
    "ip=localhost",
]


def ids(answer):
    return [event["event"]["id"] for event in answer.json()["decisions"]]


def test_a_decision_is_found_in_whichever_worker_made_it(ask, remember):
    decision_id = remember(worker=1)

    assert ask("GET", f"/api/decisions/{decision_id}").json()["event"]["id"] == decision_id


def test_a_decision_that_nobody_remembers_is_not_found(ask):
    assert ask("GET", "/api/decisions/01a20712").status_code == 404


def test_the_newest_decisions_of_all_workers_come_first(ask, remember):
    made = [remember(worker=number % 2, request=a_request(arrived=1.79e9 + number)) for number in range(6)]

    assert ids(ask("GET", "/api/decisions?limit=4")) == made[:1:-1]


def test_decisions_are_filtered_by_action(ask, remember):
    remember()
    blocked = remember(action=Action.BLOCK)

    assert ids(ask("GET", "/api/decisions?action=block")) == [blocked]


def test_decisions_are_filtered_by_address(ask, remember):
    remember()
    wanted = remember(address="2001:db8::1")

    assert ids(ask("GET", "/api/decisions?ip=2001:db8:0::1")) == [wanted]


def test_a_hashed_address_is_found_by_the_real_one(ask, admin, remember):
    admin.workers.workers[0].privacy = Privacy(hash_addresses=True, address_key=b"key")
    wanted = remember()

    assert ids(ask("GET", "/api/decisions?ip=203.0.113.7")) == [wanted]


@pytest.mark.parametrize("query", WRONG_QUERIES)
def test_a_wrong_query_is_a_problem(ask, query):
    answer = ask("GET", f"/api/decisions?{query}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_ban_for_which_there_is_no_room_is_refused_with_the_reason(ask, monkeypatch):
    monkeypatch.setitem(MOST, Kind.BAN, 0)
    answer = ask("POST", "/api/bans", json={"key": "203.0.113.7"})

    assert (answer.status_code, "100,000 bans in force" in answer.json()["detail"]) == (507, True)
    assert ask("POST", "/api/bans", json={"key": "203.0.113.7", "allow": True}).status_code == 201


def test_a_ban_is_ordered(ask, admin):
    answer = ask("POST", "/api/bans", json={"key": "203.0.113.7", "ttl": "1h", "reason": "scrapes"})

    assert (answer.status_code, admin.orders.orders.bans["203.0.113.7"].reason) == (201, "scrapes")


def test_a_pass_is_ordered(ask, admin):
    ask("POST", "/api/bans", json={"key": "203.0.113.7", "allow": True})

    assert admin.orders.orders.bans["203.0.113.7"].allow


@pytest.mark.parametrize("key", ["203.0.113.7", "203.0.113.0/24", "2001:db8::/32", "1f2e3d4c"])
def test_a_ban_is_listed_and_lifted(ask, key):
    ask("POST", "/api/bans", json={"key": key})
    listed = [ban["key"] for ban in ask("GET", "/api/bans").json()["bans"]]
    ask("DELETE", f"/api/bans/{key}")

    assert (listed, ask("GET", "/api/bans").json()["bans"]) == ([key], [])


def test_a_mode_is_ordered_for_one_site(ask):
    ask("POST", "/api/mode", json={"mode": "enforce", "site": "shop"})

    assert ask("GET", "/api/mode").json()["sites"] == {"shop": "enforce", "api": "enforce"}


def test_a_mode_is_ordered_for_all_sites(ask):
    ask("POST", "/api/mode", json={"mode": "monitor"})

    assert ask("GET", "/api/mode").json()["sites"] == {"shop": "monitor", "api": "monitor"}


TTLS = {"an hour": (None, 3600.0), "as ordered": ("30m", 1800.0), "at most a day": ("24h", 86400.0)}


@pytest.mark.parametrize(("ttl", "seconds"), TTLS.values(), ids=TTLS)
def test_all_may_pass_for_a_while_only(ask, ttl, seconds):
    began = time.time()
    told = ask("POST", "/api/mode", json={"mode": "allow-all", "ttl": ttl}).json()

    assert ask("GET", "/api/mode").json()["sites"] == {"shop": "allow-all", "api": "allow-all"}
    assert began + seconds <= told["until"] <= time.time() + seconds


def test_metrics_tell_where_all_may_pass(ask):
    ask("POST", "/api/mode", json={"mode": "allow-all", "site": "shop"})
    text = ask("GET", "/metrics").text

    assert 'stile_allow_all{site="shop"} 1.0' in text
    assert 'stile_allow_all{site="api"} 0.0' in text


def test_a_reload_is_confirmed_by_the_workers(ask, admin):
    told = ask("POST", "/api/reload").json()

    assert admin.parent.asked == [{"ask": "reload"}]
    assert told == {
        "version": "5f1c0de5f1c0de",
        "previous": "0ldc0de0ldc0de",
        "changes": ["rule price-scraping added"],
        "workers": 2,
        "workers_expected": 2,
    }


def test_a_refused_reload_names_every_fault(ask, admin):
    admin.parent.answer["faults"] = ["stile.yaml:1:1: sitez: unknown key", "stile.yaml:9:1: policy: no"]
    answer = ask("POST", "/api/reload")

    assert answer.status_code == 422
    assert answer.json()["detail"].splitlines()[1:] == admin.parent.answer["faults"]


def test_a_parent_that_does_not_answer_is_told(ask, admin):
    admin.parent.silent = True

    assert ask("POST", "/api/reload").status_code == 504


@pytest.mark.parametrize(("body", "version"), [({}, ""), ({"version": "0ldc0de"}, "0ldc0de")])
def test_a_rollback_names_the_version_or_leaves_it_open(ask, admin, body, version):
    ask("POST", "/api/rollback", json=body)

    assert admin.parent.asked == [{"ask": "rollback", "version": version}]


def test_a_mode_goes_back_to_the_configuration(ask):
    ask("POST", "/api/mode", json={"mode": "enforce"})
    ask("POST", "/api/mode", json={"mode": "configured"})

    assert ask("GET", "/api/mode").json()["sites"] == {"shop": "monitor", "api": "enforce"}


@pytest.mark.parametrize(("path", "body"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_order_is_a_problem(ask, path, body):
    text = json.dumps(body)
    answer = ask("POST", path, data=text, headers={"Content-Type": "application/json"})

    assert (answer.status_code in {400, 422}, answer.json()["title"] != "") == (True, True)


@pytest.mark.parametrize(("text", "status"), [("{", 400), ("[]", 400), ("", 400), ("x" * 70_000, 413)])
def test_a_body_that_is_no_order_is_a_problem(ask, text, status):
    answer = ask("POST", "/api/bans", data=text, headers={"Content-Type": "application/json"})

    assert answer.status_code == status


def test_a_body_of_another_type_is_refused(ask):
    assert ask("POST", "/api/bans", data={"key": "203.0.113.7"}).status_code == 415


def test_an_order_reaches_this_node_while_the_store_is_away(ask, admin):
    admin.orders.there = False
    answer = ask("POST", "/api/bans", json={"key": "203.0.113.7"})
    books = [list(worker.book.bans) for worker in admin.workers.workers]

    assert (answer.json()["everywhere"], books) == (False, [["203.0.113.7"]] * 2)


def test_an_order_is_lifted_on_this_node_while_the_store_is_away(ask, admin):
    admin.orders.there = False
    for body in ({"mode": "enforce"}, {"mode": "configured"}):
        ask("POST", "/api/mode", json=body)
    ask("POST", "/api/bans", json={"key": "203.0.113.7"})
    ask("DELETE", "/api/bans/203.0.113.7")

    assert [(worker.book.bans, worker.book.modes) for worker in admin.workers.workers] == [({}, {})] * 2


def test_it_is_healthy_while_it_lives(ask):
    assert ask("GET", "/healthz").text == "ok\n"


def test_it_is_ready_while_all_workers_accept(ask):
    assert ask("GET", "/readyz").status_code == 200


def test_it_is_not_ready_while_a_worker_is_missing(ask, admin):
    admin.workers.workers.pop()

    assert ask("GET", "/readyz").status_code == 503


def test_it_is_not_ready_while_a_worker_drains(ask, admin):
    worker = admin.workers.workers[0]
    worker.state = replace(worker.state, accepting=False)

    assert ask("GET", "/readyz").status_code == 503


def test_it_is_ready_without_the_shared_state_and_says_so(ask, admin):
    worker = admin.workers.workers[0]
    worker.state = replace(worker.state, degraded=True)
    answer = ask("GET", "/readyz")

    assert (answer.status_code, answer.json()["degraded"]) == (200, True)


def test_it_is_ready_after_a_refused_reload_and_says_so(ask, admin):
    admin.node = replace(admin.node, config_fault="stile.yaml:1:1: no")
    answer = ask("GET", "/readyz")

    assert (answer.status_code, answer.json()["config"]) == (200, "stile.yaml:1:1: no")


def test_a_mode_of_the_configuration_is_told(ask):
    assert ask("GET", "/api/mode").json() == {
        "sites": {"shop": Mode.MONITOR, "api": Mode.ENFORCE},
        "orders": [],
    }
