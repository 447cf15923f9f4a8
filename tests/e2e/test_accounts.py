"""Who is logged in is what the storefront says, on every worker, until it says something else."""

import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from proxy.account import hashed_account
from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.upstream import OK, Script, Upstream

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
ALICE, BOB, CAROL, STRANGER = "192.0.2.50", "192.0.2.60", "192.0.2.70", "198.51.100.9"
RULES = [
    {"name": "members", "when": 'request.path == "/check" && client.count("account", "requests") > 0.0'},
    {"name": "rate", "when": 'request.path == "/shop" && client.rate("account", "1m") > 30.0'},
    {"name": "many", "when": 'request.path == "/many" && client.count("account", "successes") > 10.0'},
    {"name": "share", "when": 'request.path == "/share"'},  # whoever is not let pass is shared at once
]


def sent_on(account: str = "", more: str = "") -> Script:
    """A storefront's answer to a login or a logout."""
    lines = (
        f"HTTP/1.1 303 See Other\r\nLocation: /\r\nX-Account: {account}\r\n{more}Content-Length: 0\r\n\r\n"
    )
    return (lines.encode(),)


@pytest.fixture(scope="module")
def shop() -> Iterator[Upstream]:
    with Upstream((PAGE,)) as upstream:
        upstream.remember = False
        upstream.scripts |= {
            b"/login/alice": sent_on("alice", "Set-Cookie: uid=alice\r\n"),
            b"/login/carol": sent_on("carol", "Set-Cookie: uid=carol\r\n"),
            b"/login/bob": sent_on("bob", "Set-Cookie: uid=bob\r\n"),
            b"/logout": sent_on(),
            b"/forgetful": sent_on("alice", "Set-Cookie: uid=; Max-Age=0\r\n"),
            b"/cached": sent_on("alice", "Age: 0\r\n"),
            b"/plain": (OK,),
        }
        yield upstream


def a_gateway(
    folder: Path, shop: Upstream, account: dict[str, str], *, workers: int = 2, **site: object
) -> Gateway:
    """A gateway that turns accounts away with 429."""
    section = {"name": "shop", "hosts": ["*"], "upstreams": [shop.address], "account": account, **site}
    changes = {
        "policy": {"import": [], "rules": [{**rule, "action": "throttle"} for rule in RULES]},
        "trusted_proxies": ["127.0.0.0/8"],
        "sites": [{**section, "mode": "enforce"}],
    }
    return Gateway(folder, shop.address, changes, workers=workers)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, shop: Upstream) -> Iterator[Gateway]:
    with a_gateway(tmp_path_factory.mktemp("word"), shop, {"response_header": "X-Account"}) as running:
        yield running


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory, shop: Upstream) -> Iterator[Gateway]:
    source = {"response_header": "X-Account", "cookie": "uid"}
    with a_gateway(tmp_path_factory.mktemp("both"), shop, source) as running:
        yield running


class Visitor:
    """Keeps cookies as a browser does; every request comes on a new connection, so both workers are met."""

    def __init__(self, gateway: Gateway, address: str, cookies: dict[str, str] | None = None) -> None:
        self.gateway = gateway
        self.address = address
        self.cookies = dict(cookies or {})
        self.keeps = True
        self.set: list[str] = []

    def ask(self, path: str, method: str = "GET") -> int:
        """The status; `set` has the Set-Cookie fields."""
        line = HTTPConnection("127.0.0.1", self.gateway.port, timeout=10)
        headers = {"User-Agent": "Mozilla/5.0", "X-Forwarded-For": self.address}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={content}" for name, content in self.cookies.items())
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        assert answer.getheader("X-Account") is None
        self.set = answer.headers.get_all("Set-Cookie") or []
        for field in self.set if self.keeps else ():
            name, _, content = field.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in field:
                self.cookies[name] = content
        return answer.status

    def log_in(self, name: str) -> None:
        assert self.ask(f"/login/{name}", "POST") == 303


def statuses(visitor: Visitor, path: str, times: int = 12) -> set[int]:
    return {visitor.ask(path) for _ in range(times)}


def spent(visitor: Visitor) -> int:
    """The status after many requests, once workers have heard of each other."""
    for _ in range(80):
        visitor.ask("/shop")
    time.sleep(0.3)
    return visitor.ask("/shop")


@pytest.mark.parametrize("which", ["gateway", "gated"], ids=["the storefront's word", "and a cookie"])
def test_a_stranger_does_not_use_up_a_customer_s_limit(which: str, request: pytest.FixtureRequest) -> None:
    running = request.getfixturevalue(which)
    carol, stranger = Visitor(running, CAROL), Visitor(running, STRANGER, {"uid": "carol"})
    carol.log_in("carol")  # no other test does: the order of tests is any
    copied = Visitor(running, STRANGER, {**carol.cookies, "stile_session": "", "uid": "carol"})

    got = spent(stranger), spent(copied)

    assert (*got, carol.ask("/shop")) == (200, 200, 200)


@pytest.mark.parametrize("which", ["gateway", "gated"], ids=["the storefront's word", "and a cookie"])
def test_whoever_logs_in_uses_up_their_own_limit(which: str, request: pytest.FixtureRequest) -> None:
    bob = Visitor(request.getfixturevalue(which), BOB)
    bob.log_in("bob")

    assert spent(bob) == 429


def test_every_worker_knows_the_account_after_the_answer_to_a_login(gateway: Gateway) -> None:
    alice = Visitor(gateway, ALICE)
    before = statuses(alice, "/check")
    alice.log_in("alice")

    assert (before, statuses(alice, "/check")) == ({200}, {429})


def test_a_login_begins_a_session_where_there_was_none(gateway: Gateway) -> None:
    alice = Visitor(gateway, ALICE)
    alice.log_in("alice")

    assert {"stile_session", "stile_account"} <= alice.cookies.keys()
    assert statuses(alice, "/check") == {429}


def test_the_account_outlives_all_that_workers_remember(tmp_path: Path, shop: Upstream) -> None:
    source = {"response_header": "X-Account"}
    with a_gateway(tmp_path, shop, source) as running:
        alice = Visitor(running, ALICE)
        alice.log_in("alice")
    with a_gateway(tmp_path, shop, source) as again:
        alice.gateway = again
        alice.ask("/plain")

        assert statuses(alice, "/check") == {429}


def test_the_account_is_said_once(gateway: Gateway) -> None:
    alice = Visitor(gateway, ALICE)
    alice.log_in("alice")
    alice.log_in("alice")

    assert [field for field in alice.set if field.startswith("stile_")] == []


def test_a_logout_ends_it(gateway: Gateway) -> None:
    alice = Visitor(gateway, ALICE)
    alice.log_in("alice")
    known = statuses(alice, "/check")
    alice.ask("/logout", "POST")

    assert (known, statuses(alice, "/check")) == ({429}, {200})
    assert "stile_account" not in alice.cookies


def test_without_the_storefront_s_cookie_nobody_is_logged_in(gated: Gateway) -> None:
    alice = Visitor(gated, ALICE)
    alice.log_in("alice")
    known = statuses(alice, "/check")
    alice.ask("/forgetful")

    assert (known, statuses(alice, "/check")) == ({429}, {200})


def test_an_answer_from_a_cache_names_nobody(gateway: Gateway) -> None:
    visitor = Visitor(gateway, BOB)
    visitor.ask("/cached")

    assert (visitor.set, statuses(visitor, "/check")) == ([], {200})


def hashes(gateway: Gateway, address: str) -> list[str]:
    """Whom the events of an address are about, oldest first."""
    events = sorted(gateway.events(), key=lambda event: str(event["@timestamp"]))
    return [event.get("user", {}).get("hash", "") for event in events if event["client"]["ip"] == address]


def test_another_account_takes_its_place(gateway: Gateway) -> None:
    secret = (gateway.folder / "state" / "secret.key").read_bytes()
    alice, bob = hashed_account(b"alice", secret), hashed_account(b"bob", secret)
    visitor = Visitor(gateway, "192.0.2.71")
    visitor.log_in("alice")
    visitor.ask("/plain")
    visitor.log_in("bob")
    visitor.ask("/plain")
    visitor.ask("/logout")
    visitor.ask("/plain")

    assert wait_until(lambda: len(hashes(gateway, visitor.address)) == 6)
    assert hashes(gateway, visitor.address) == [alice, alice, bob, bob, "", ""]


def test_without_cookies_an_account_is_known_for_its_answer_alone(gateway: Gateway) -> None:
    visitor = Visitor(gateway, "192.0.2.72")
    visitor.keeps = False
    visitor.log_in("alice")
    after = statuses(visitor, "/check", 4)

    assert after == {200}
    assert wait_until(lambda: len(hashes(gateway, visitor.address)) == 5)
    assert [bool(each) for each in hashes(gateway, visitor.address)] == [True, *[False] * 4]


def test_a_site_without_our_cookies_gets_none_for_accounts(tmp_path: Path, shop: Upstream) -> None:
    with a_gateway(tmp_path, shop, {"response_header": "X-Account"}, session_cookie=False) as running:
        alice = Visitor(running, ALICE)
        alice.log_in("alice")

        assert alice.set == ["uid=alice"]


def test_an_account_is_not_blamed_for_what_came_before_it(tmp_path: Path, shop: Upstream) -> None:
    with a_gateway(tmp_path, shop, {"response_header": "X-Account"}, workers=1) as running:
        visitor = Visitor(running, BOB)
        visitor.ask("/plain")

        def look_around() -> None:
            for number in range(20):
                visitor.ask(f"/product/{number}")

        def shared() -> int:
            visitor.ask("/share")
            time.sleep(0.5)
            return visitor.ask("/many")

        look_around()
        statuses(visitor, "/share", 4)
        time.sleep(0.5)
        visitor.log_in("bob")
        time.sleep(0.5)
        before = shared()
        look_around()

        assert (before, shared()) == (200, 429)


def test_a_cookie_alone_stands_for_itself(tmp_path: Path, shop: Upstream) -> None:
    with a_gateway(tmp_path, shop, {"cookie": "sid"}) as running:
        known = Visitor(running, ALICE, {"sid": "9f3b1c77d0e4a5b2"})
        guessed = Visitor(running, STRANGER, {"sid": "alice"})

        assert (spent(guessed), known.ask("/shop")) == (429, 200)
