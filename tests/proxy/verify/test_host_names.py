"""Forward-confirmed reverse DNS, against a table and a real server: it cannot be fooled, and never blocks."""

import asyncio
from collections.abc import Mapping

import dns.rcode
import dns.resolver
import pytest

from detectors.identity.host_name import lies_below
from detectors.identity.proof import HostName
from proxy.verify.host_names import HostNames
from proxy.verify.resolver import Answer, DnsTroubleError, SystemResolver
from tests.support.name_server import NameServer, reversed_name

ADDRESS, CRAWLER = "8.8.4.4", "crawl-8-8-4-4.googlebot.com."
GOOGLE = ("googlebot.com", "google.com")


class Table:
    """A resolver that answers from tables; `None` is trouble."""

    def __init__(
        self, names: Mapping[str, tuple[str, ...] | None], addresses: Mapping[str, tuple[str, ...] | None]
    ) -> None:
        self.names, self.addresses = names, addresses
        self.asked = 0

    async def names_of(self, address: str) -> Answer:
        self.asked += 1
        return self._answer(self.names, address)

    async def addresses_of(self, name: str, *, version: int) -> Answer:  # noqa: ARG002
        self.asked += 1
        return self._answer(self.addresses, name)

    def _answer(self, table: Mapping[str, tuple[str, ...] | None], key: str) -> Answer:
        found = table.get(key, ())
        if found is None:
            raise DnsTroubleError("down")
        return Answer(found, 300.0)


async def found_out(resolver: object, address: str = ADDRESS, *, sound: bool = True) -> HostName:
    names = HostNames(resolver, wait_s=0.0, per_second=100)  # type: ignore[arg-type]
    if sound:
        names._sound_until = float("inf")
    names.ask("googlebot", address, GOOGLE, lambda: None)
    await asyncio.gather(*names._running.values())
    return names.known("googlebot", address)


def many(count: int) -> tuple[str, ...]:
    return tuple(f"a{number}.googlebot.com." for number in range(count))


CASES = {
    "the crawler": ({ADDRESS: (CRAWLER,)}, {CRAWLER: (ADDRESS,)}, HostName.CONFIRMED),
    "in capitals": ({ADDRESS: (CRAWLER.upper(),)}, {CRAWLER.upper(): (ADDRESS,)}, HostName.CONFIRMED),
    "without its final dot": ({ADDRESS: (CRAWLER[:-1],)}, {CRAWLER[:-1]: (ADDRESS,)}, HostName.CONFIRMED),
    "one name of several": (
        {ADDRESS: ("host.example.net.", CRAWLER)},
        {CRAWLER: ("8.8.8.8", ADDRESS)},
        HostName.CONFIRMED,
    ),
    "a name that leads elsewhere": ({ADDRESS: (CRAWLER,)}, {CRAWLER: ("8.8.8.8",)}, HostName.FOREIGN),
    "a name that leads nowhere": ({ADDRESS: (CRAWLER,)}, {}, HostName.FOREIGN),
    "a domain in front": (
        {ADDRESS: ("googlebot.com.evil.net.",)},
        {"googlebot.com.evil.net.": (ADDRESS,)},
        HostName.FOREIGN,
    ),
    "a domain that ends alike": (
        {ADDRESS: ("x.evilgooglebot.com.",)},
        {"x.evilgooglebot.com.": (ADDRESS,)},
        HostName.FOREIGN,
    ),
    "the rented part of Google": (
        {ADDRESS: ("4.4.8.8.bc.googleusercontent.com.",)},
        {"4.4.8.8.bc.googleusercontent.com.": (ADDRESS,)},
        HostName.FOREIGN,
    ),
    "the domain itself": ({ADDRESS: ("googlebot.com.",)}, {"googlebot.com.": (ADDRESS,)}, HostName.FOREIGN),
    "two final dots": (
        {ADDRESS: ("x.googlebot.com..",)},
        {"x.googlebot.com..": (ADDRESS,)},
        HostName.FOREIGN,
    ),
    "a dot that is escaped": (
        {ADDRESS: ("evil\\.googlebot.com.",)},
        {"evil\\.googlebot.com.": (ADDRESS,)},
        HostName.FOREIGN,
    ),
    "no name": ({}, {}, HostName.FOREIGN),
    "more names than are asked about": ({ADDRESS: many(40)}, {}, HostName.UNKNOWN),
    "no resolver": ({ADDRESS: None}, {}, HostName.UNKNOWN),
    "trouble on the way back": ({ADDRESS: (CRAWLER,)}, {CRAWLER: None}, HostName.UNKNOWN),
    "an address that is no address": ({ADDRESS: (CRAWLER,)}, {CRAWLER: ("evil",)}, HostName.UNKNOWN),
}


@pytest.mark.parametrize(("names", "addresses", "verdict"), CASES.values(), ids=CASES)
def test_a_host_name_proves_only_what_both_directions_say(names, addresses, verdict):
    assert asyncio.run(found_out(Table(names, addresses))) is verdict


def test_a_resolver_that_knows_no_names_at_all_accuses_nobody():
    assert asyncio.run(found_out(Table({}, {}), sound=False)) is HostName.UNKNOWN


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "203.0.113.7", "fe80::1", "unix:", "100.64.0.1"]
)
def test_nobody_is_asked_about_an_address_that_is_not_public(address):
    table = Table({}, {})
    asyncio.run(found_out(table, address))

    assert table.asked == 0


def test_many_names_cost_few_questions():
    table = Table({ADDRESS: many(200)}, {})
    asyncio.run(found_out(table))

    assert table.asked == 1 + 5


def test_a_flood_of_claims_asks_no_more_than_the_budget():
    async def flood() -> tuple[int, int, int]:
        table = Table({}, {})
        names = HostNames(table, wait_s=0.03, per_second=20)
        for number in range(100_000):
            names.ask(
                "googlebot", f"8.{number >> 16}.{number >> 8 & 255}.{number & 255}", GOOGLE, lambda: None
            )
        running = len(names._running)
        await asyncio.gather(*names._running.values())
        return table.asked, running, names.counts["dns", "dropped"]

    asked, running, dropped = asyncio.run(flood())

    assert (asked, running) == (16, 16)
    assert dropped == 100_000 - 16


def test_memory_is_bounded():
    async def fill() -> int:
        names = HostNames(Table({}, {}), wait_s=0.0, per_second=1e9)
        for number in range(60_000):
            names.ask("googlebot", f"8.8.{number >> 8}.{number & 255}", GOOGLE, lambda: None)
            if number % 10 == 0:
                await asyncio.gather(*names._running.values())
        return len(names._known)

    assert asyncio.run(fill()) <= 20_000


ALIASES = {
    (reversed_name(ADDRESS), "CNAME"): ("4.0-24.4.8.8.in-addr.arpa.",),  # RFC 2317
    ("4.0-24.4.8.8.in-addr.arpa.", "PTR"): (CRAWLER,),
    (CRAWLER, "A"): (ADDRESS,),
}
REAL = {
    "the crawler": (
        {(reversed_name(ADDRESS), "PTR"): (CRAWLER,), (CRAWLER, "A"): (ADDRESS,)},
        HostName.CONFIRMED,
    ),
    "through aliases": (ALIASES, HostName.CONFIRMED),
    "a name that leads elsewhere": (
        {(reversed_name(ADDRESS), "PTR"): (CRAWLER,), (CRAWLER, "A"): ("8.8.8.8",)},
        HostName.FOREIGN,
    ),
    "a name with addresses of the other kind": (
        {(reversed_name(ADDRESS), "PTR"): (CRAWLER,), (CRAWLER, "AAAA"): ("2001:4860::1",)},
        HostName.FOREIGN,
    ),
    "googlebot.com.evil.net": (
        {
            (reversed_name(ADDRESS), "PTR"): ("googlebot.com.evil.net.",),
            ("googlebot.com.evil.net.", "A"): (ADDRESS,),
        },
        HostName.FOREIGN,
    ),
    "an alias from elsewhere into the domain": (
        {
            (reversed_name(ADDRESS), "PTR"): ("x.evil.net.",),
            ("x.evil.net.", "CNAME"): (CRAWLER,),
            (CRAWLER, "A"): (ADDRESS,),
        },
        HostName.FOREIGN,
    ),
    "a label with a dot in it": (
        {
            (reversed_name(ADDRESS), "PTR"): ("evil\\.googlebot.com.",),
            ("evil\\.googlebot.com.", "A"): (ADDRESS,),
        },
        HostName.FOREIGN,
    ),
    "thirty names": (
        {
            (reversed_name(ADDRESS), "PTR"): (*[f"h{n}.evil.net." for n in range(30)], CRAWLER),
            (CRAWLER, "A"): (ADDRESS,),
        },
        HostName.CONFIRMED,
    ),
}


@pytest.mark.parametrize(("zone", "verdict"), REAL.values(), ids=REAL)
def test_a_real_server_is_asked_and_believed_no_further(zone, verdict):
    with NameServer(zone) as server:
        resolver = SystemResolver([("127.0.0.1", server.port)], timeout_s=1.0)
        assert asyncio.run(found_out(resolver)) is verdict


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_server_that_fails_accuses_nobody(code):
    with NameServer() as server:
        server.code = code
        resolver = SystemResolver([("127.0.0.1", server.port)], timeout_s=0.5)
        assert asyncio.run(found_out(resolver)) is HostName.UNKNOWN


def test_a_dead_server_accuses_nobody():
    with NameServer(silent=True) as server:
        resolver = SystemResolver([("127.0.0.1", server.port)], timeout_s=0.3)
        assert asyncio.run(found_out(resolver)) is HostName.UNKNOWN


def test_nobody_waits_for_a_server_that_has_not_answered_yet_and_others_wait_to_the_bound_at_most():
    async def wait(names: HostNames, address: str) -> float | None:
        loop = asyncio.get_running_loop()
        answered, began = loop.create_future(), loop.time()
        if not names.ask("googlebot", address, GOOGLE, lambda: answered.set_result(None)):
            return None
        await answered
        return loop.time() - began

    async def story(server: NameServer) -> list[float | None]:
        resolver = SystemResolver([("127.0.0.1", server.port)], timeout_s=0.5)
        names = HostNames(resolver, wait_s=0.03, per_second=99)
        first = await wait(names, ADDRESS)
        await asyncio.gather(*names._running.values())
        second = await wait(names, "8.8.4.5")
        server.silent = True
        third = await wait(names, "8.8.4.6")
        await asyncio.gather(*names._running.values())
        return [first, second, third, await wait(names, "8.8.4.7")]

    with NameServer({(reversed_name(ADDRESS), "PTR"): (CRAWLER,), (CRAWLER, "A"): (ADDRESS,)}) as server:
        first, second, third, fourth = asyncio.run(story(server))

    assert (first, fourth) == (None, None)
    assert second is not None
    assert second < 0.03
    assert third is not None
    assert 0.02 < third < 0.1


@pytest.mark.parametrize("name", ["crawl.googlebot.com", "CRAWL.GoogleBot.com.", "a.b.googlebot.com"])
def test_a_name_below_the_domain_is_one(name):
    assert lies_below(name, GOOGLE)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "googlebot.com", ".googlebot.com", "a..googlebot.com", "agooglebot.com"),
        *("a.googlebot.com.evil", "a.googlebot.com..", "a\\.googlebot.com", "a\n.googlebot.com"),
        *("ä.googlebot.com", "x." * 130 + "googlebot.com"),
    ],
)
def test_any_other_is_not(name):
    assert not lies_below(name, GOOGLE)


def test_a_system_that_names_no_servers_starts_and_accuses_nobody(monkeypatch):
    def nobody(*_):
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", nobody)

    assert asyncio.run(found_out(SystemResolver())) is HostName.UNKNOWN
