"""One worker's memory without its sockets: Recall, called request by request as the gate calls it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from bench.pace import Shopper
from challenges.clearance import Clearances
from challenges.keyring import Keyring
from challenges.session import COOKIE, SESSION, Sessions
from config.loader import load
from config.settings import Config
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.step import step_of
from detectors.request import UNKNOWN_NETWORK, Network
from detectors.visit import Level, Visit
from proxy.client_address import Trust
from proxy.http1.request_head import RequestHead, RequestParser
from proxy.recall import Recall
from proxy.request_facts import request_of
from proxy.sender import Sender
from proxy.state.pace import limits_of
from proxy.state.store import Store
from proxy.state.table import ClientTable

SECRET = b"a secret that is known to all of this measurement"
PEER = "127.0.0.1"
IMAGES = 9  # that come with a page
NETWORKS = 50
BROWSERS = 40
IN_A_SUBNET = 2  # visitors: people of one /24 rarely shop at the same time
PRODUCTS = 3000
PATIENCE_S = 5.0  # for a first sight that nobody waits for


def a_config(folder: Path) -> Config:
    """The shipped policy on one site, as an operator has it who wrote nothing about it."""
    folder.mkdir(exist_ok=True)
    site = {"name": "shop", "hosts": ["*"], "upstreams": ["http://127.0.0.1:9"], "mode": "monitor"}
    routes = {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}}
    document = {
        "state": {"directory": str(folder / "state")},
        "trusted_proxies": [f"{PEER}/32"],
        "sites": [site],
        "routes": routes,
    }
    file = folder / "state.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(str(file))


class Off(Store):
    """No sharing at all, not even a queue: what remembering alone costs. Made inside a loop."""

    def __init__(self) -> None:
        super().__init__(None)
        self.touch = self.hurry

    def hurry(self, client: Client | Crowd) -> None:
        """Tell nobody."""

    def first_sight(self, client: Client | Crowd, ready: Callable[[], None]) -> None:
        """Nobody knows more."""
        client.known = True
        ready()


class Stepwise(Store):
    """Sharing whose rounds are called for, where time goes faster than the clock. It is never started."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        super().__init__(url, secret=SECRET, timeout_s=PATIENCE_S, clock=clock)
        self.round, self.probe = self._push.round, self._push.probe


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody's first head, and who that is."""

    head: RequestHead
    sender: Sender


class Worker:
    """Tables, crowds and store of one worker, and the visitors whose requests it is given."""

    def __init__(self, config: Config, store: Store) -> None:
        self.site, self.store = config.sites[0], store
        store.pace_by(limits_of((site.name, site.policy.limits) for site in config.sites))
        most = config.state.max_clients
        self.clients: ClientTable[Client] = ClientTable(most, Client.wake)
        self.crowds: ClientTable[Crowd] = ClientTable(most // 4, Crowd.wake)
        self._keyring = Keyring([SECRET])
        services: Any = SimpleNamespace(
            config=config,
            clients=self.clients,
            crowds=self.crowds,
            store=store,
            geo=SimpleNamespace(network_of=network_of),
            keyring=self._keyring,
            sessions=Sessions(self._keyring),
            clearances=Clearances(self._keyring),
            address_key=SECRET,
        )
        self.recall = Recall(services)
        self.served = 0
        self._parser = RequestParser(config.limits.max_headers)
        trust = Trust(config.trusted_proxies, config.client_address_header)
        self._connection: Any = SimpleNamespace(
            server=SimpleNamespace(trust=trust), peer=PEER, trusted=True, scheme="http", tls=None
        )

    def visitor(self, address: str, number: int, now: float, *, cookie: bool) -> Visitor:
        """Who asks from there, with one of some browsers, for the first time or with a session's cookie."""
        sealed = self._keyring.seal(SESSION, (number.to_bytes(16, "little"),)) if cookie else ""
        who = Shopper(address, f"{COOKIE.decode()}={sealed}" if cookie else "")
        head = self._parser.parse(who.request("/product/1000"))
        sender = self.recall.sender_of(head, self.site, self._connection, now)
        request = self._request(Visitor(head, sender), "/product/1000", now, UNKNOWN_NETWORK)
        sighting = sender.sighting(self.site.policy.inspector, request, head.host)
        assert sighting is not None
        sender.sightings[False] = replace(sighting, id=f"{number % BROWSERS:012x}")
        return Visitor(head, sender)

    def serve(self, who: Visitor, product: int, image: int, now: float) -> None:
        """A page of a product, or one of its images, asked for and answered."""
        recall, sender = self.recall, who.sender
        ip, session = recall.ip_of(sender, now), recall.session_of(sender, now)
        path = f"/images/{product}-{image}.svg" if image else f"/product/{product}"
        request = self._request(who, path, now, ip.network or UNKNOWN_NETWORK)
        degraded, sighting = self.store.degraded, sender.sightings[False]
        visit = Visit(request, ip, session, Level.NONE, None, degraded, step_of(request), sighting)
        recall.count(visit, sender)
        if not (ip.known and session.known):
            recall.load((ip, session), _go_on)
        if not image:
            recall.count_page(visit)
        recall.count_answer(visit, 200, 1024)
        self.served += 1

    def _request(self, who: Visitor, path: str, now: float, network: Network) -> Any:
        head = replace(who.head, target=path.encode())
        sender, routes = who.sender, self.site.policy.routes
        return request_of(head, sender.address, sender.scheme, now, None, network, routes)


def network_of(address: str) -> Network:
    """One of a few networks, as a GeoIP database would say."""
    number = sum(map(int, address.split("."))) % NETWORKS
    return Network("DE", 64_512 + number, "Example Networks")


def address_of(number: int) -> str:
    """The address of visitor `number`: neighbours by IN_A_SUBNET."""
    subnet, host = divmod(number, IN_A_SUBNET)
    return f"{11 + (subnet >> 16)}.{subnet >> 8 & 255}.{subnet & 255}.{host + 1}"


def _go_on() -> None:
    """The gate would judge now."""
