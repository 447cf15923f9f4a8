"""One worker's memory without its sockets: Recall, called request by request as the gate calls it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from bench.stages import fact_headers
from config.loader import load
from config.settings import Config
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import step_of
from detectors.request import UNKNOWN_NETWORK, Network, Request
from detectors.visit import Level, Visit
from proxy.client_address import forwarded_lines
from proxy.recall import Recall
from proxy.sender import Sender
from proxy.state.keys import SESSION, VISITOR, Names, ip_key, key_of
from proxy.state.link import Link
from proxy.state.pace import Pace, limits_of
from proxy.state.push import Push
from proxy.state.sight import FirstSight
from proxy.state.store import CLIENT_TTL_S, Store
from proxy.state.table import ClientTable

PREFIX = "bench:"
PATIENCE_S = 5.0  # for a first sight, where nobody waits for it
HOST = "shop.example.com"
IMAGES = 9  # that come with a page
NETWORKS = 50
BROWSERS = 40
IN_A_SUBNET = 2  # visitors: people of one /24 rarely shop at the same time
PRODUCTS = 3000


def a_config(folder: Path) -> Config:
    """The shipped policy on one site, as an operator has it who wrote nothing about it."""
    folder.mkdir(exist_ok=True)
    site = {"name": "shop", "hosts": ["*"], "upstreams": ["http://127.0.0.1:9"], "mode": "monitor"}
    routes = {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}}
    file = folder / "state.yaml"
    document = {"state": {"directory": str(folder / "state")}, "sites": [site], "routes": routes}
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(str(file))


class Off:
    """No sharing at all: what remembering alone costs."""

    degraded = True

    def touch(self, client: Client | Crowd) -> None:
        """Tell nobody."""

    hurry = touch

    def first_sight(self, client: Client | Crowd, ready: Callable[[], None]) -> None:
        """Nobody knows more."""
        client.known = True
        ready()

    def limited_on(self, route: str) -> frozenset[str]:  # noqa: ARG002  as Store has it
        """Nothing to hurry for."""
        return frozenset()


class Stepwise:
    """Sharing whose rounds are called for, where time goes faster than the clock. Made inside a loop."""

    degraded = False

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._link, names, self._pace = Link(url), Names(PREFIX, b"bench"), Pace()
        self._push = Push(self._link, names, self._pace, CLIENT_TTL_S, clock)
        self._sight = FirstSight(self._link, names, self._pace, PATIENCE_S, clock)
        self.touch, self.hurry, self.first_sight = self._push.touch, self._push.hurry, self._sight.see
        self.pace_by, self.round, self.probe = self._pace.follow, self._push.round, self._push.probe

    def is_limited(self, route: str) -> bool:
        """True where a rule sets a limit on this route."""
        return route in self._pace.routes

    async def close(self) -> None:
        """End the connection."""
        await self._sight.close()
        await self._link.close()


class Worker:
    """Tables, crowds and store of one worker, and the visitors whose requests it is given."""

    def __init__(self, config: Config, store: Store | Stepwise | Off) -> None:
        self.site, self.store = config.sites[0], store
        if not isinstance(store, Off):
            store.pace_by(limits_of((site.name, site.policy.limits) for site in config.sites))
        most = config.state.max_clients
        self.clients: ClientTable[Client] = ClientTable(most, Client.wake)
        self.crowds: ClientTable[Crowd] = ClientTable(most // 4, Crowd.wake)
        geo = SimpleNamespace(network_of=network_of)
        services: Any = SimpleNamespace(clients=self.clients, crowds=self.crowds, store=store, geo=geo)
        self.recall = Recall(services)
        self.served = 0
        self._headers = fact_headers()
        self._fields = {name.lower(): content for name, content in reversed(self._headers)}
        self._sightings = self._seen_before()

    def visitor(self, address: str, browser: int, *, session: str = "") -> Sender:
        """Who sends these requests, as the gate works it out from the fields of a first one.

        `session` is what the cookie says; without one, address and browser are the session.
        """
        site = self.site.name
        sighting = self._sightings[browser % BROWSERS]
        return Sender(
            site=self.site,
            trust=None,  # type: ignore[arg-type]  nobody looks
            address=address,
            scheme="http",
            ip_key=ip_key(address, site),
            session_key=key_of(site, SESSION, session)
            if session
            else key_of(site, VISITOR, f"{address}~{browser:08x}"),
            session_id=f"{browser:016x}",
            returned=bool(session),
            held=None,
            authority=HOST.encode(),
            forwarded=forwarded_lines(address, "127.0.0.1", HOST.encode(), "http"),
            agent_bit=bit_of_text(f"browser {browser}"),
            account="",
            sightings={True: sighting, False: sighting},
        )

    def serve(self, who: Sender, product: int, image: int, now: float) -> None:
        """A page of a product, or one of its images, asked for and answered."""
        recall, path = self.recall, f"/images/{product}-{image}.svg" if image else f"/product/{product}"
        ip, session = recall.ip_of(who, now), recall.session_of(who, now)
        network = ip.network or UNKNOWN_NETWORK
        request = Request(
            "GET", path.encode(), path, "", HOST, "http", "1.1", self._headers, self._fields,
            who.address, now, None, network, "" if image else "product",
        )  # fmt: skip
        sighting = who.sightings[not image]
        visit = Visit(request, ip, session, Level.NONE, None, self.store.degraded, step_of(request), sighting)
        recall.count(visit, who)
        if not (ip.known and session.known):
            recall.load((ip, session), _go_on)
        if not image:
            recall.count_page(visit)
        recall.count_answer(visit, 200, 1024)
        self.served += 1

    def _seen_before(self) -> list[Any]:
        """What the headers of some browsers tell."""
        request = Request(
            "GET", b"/", "/", "", HOST, "http", "1.1", self._headers, self._fields, "192.0.2.1", 0.0
        )
        one = self.site.policy.inspector.sighting(request)
        return [replace(one, id=f"{number:012x}") for number in range(BROWSERS)]


def network_of(address: str) -> Network:
    """One of a few networks, as a GeoIP database would say."""
    number = sum(map(int, address.split("."))) % NETWORKS
    return Network("DE", 64_512 + number, "Example Networks")


def address_of(number: int) -> str:
    """The address of visitor `number`: neighbours by IN_A_SUBNET."""
    subnet, host = divmod(number, IN_A_SUBNET)
    return f"{11 + (subnet >> 16)}.{subnet >> 8 & 255}.{subnet & 255}.{host + 1}"


def session_of(number: int) -> str:
    """A session's name, as long as a real one."""
    return f"{number:032x}"


def _go_on() -> None:
    """The gate would judge now."""
