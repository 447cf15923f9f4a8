"""The clients of a replay, counted as the gateway counts them, by one process and without a store."""

from collections import OrderedDict
from typing import TypeVar
from zlib import crc32

from analysis.records import Record
from detectors.behaviour.client import DISALLOWED, Client
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.login import is_login, is_refused
from detectors.behaviour.merge import as_told
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import API, PAGE, referrer_of, step_of
from detectors.behaviour.usual import Usual
from detectors.identity.prefix import subnet_of, subscriber_of
from detectors.request import Request
from detectors.visit import Visit

MAX_CLIENTS = 100_000  # at most 2 KB each; who was silent longest goes first
SILENCE_S = 48 * 3600.0  # a client silent for longer starts again, as in the store
FOLD_AFTER = 8  # requests of a member; live, its sharing folds it, at the latest after ten seconds

Kind = TypeVar("Kind", Client, Crowd)


class Memory:
    """Bounded, and forgetful of the silent."""

    def __init__(self, most: int = MAX_CLIENTS) -> None:
        self._most = most
        self._clients: OrderedDict[str, Client] = OrderedDict()
        self._crowds: OrderedDict[str, Crowd] = OrderedDict()
        self._first: OrderedDict[str, Client] = OrderedDict()
        self._usual: dict[str, Usual] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def visit(self, record: Record, request: Request, site: str = "") -> Visit:
        """The visit to `site` that a record tells of, with its route in `request`, counted."""
        now, address = request.arrived, subscriber_of(request.address)
        agent = request.fields.get(b"user-agent", b"")
        named = record.session or f"{address}~{crc32(agent):08x}"
        ip = self._client(f"{site}/{address}", now)
        begins = f"{site}/s={named}" not in self._clients
        session = self._client(f"{site}/s={named}", now)
        if record.session:  # an access log knows of no cookie
            self._lead_on(f"{site}/{address}~{crc32(agent):08x}", session, named, record, begins=begins)
        ip.addresses |= bit_of_text(ip.key)
        session.sessions |= bit_of_text(named)
        step = step_of(request)
        self._join(request, ip, site)
        if step.kind is PAGE or step.kind is API:  # parts of pages come with other headers
            self._acquaint(record, request, session, site)
            _introduce(ip, session, agent.decode("latin-1"), named)
        for client in (ip, session):
            client.arrive(step, now, request.route, referrer_of(request))
            if is_login(request):
                client.note("logins")
            if record.disallowed and request.route != DISALLOWED:
                client.note("disallowed")
        for crowd in _crowds_of(ip, session):
            crowd.arrive(now, request.route, page=step.kind is PAGE)
        return Visit(
            request,
            ip,
            session,
            record.clearance,
            step=step,
            disallowed=record.disallowed,
            unlike=self._usual_on(site).unlike(session),
        )

    def answer(self, record: Record, visit: Visit) -> None:
        """Count what became of it."""
        if record.turned:
            for crowd in _crowds_of(visit.ip, visit.session):
                crowd.count_page()
        for client in (visit.ip, visit.session):
            if record.turned and visit.step is not None:
                client.count_page(visit.step, visit.request.arrived)
            if record.note:
                client.note(record.note)
            if record.forwarded:
                client.respond(record.status, record.size, visit.step)
                if is_refused(visit.request, record.status):
                    client.note("logins_failed")
            if client.requests >= client.share_at:
                client.share_at = client.requests + FOLD_AFTER
                _fold(client)

    def learn(self, visit: Visit, *, teaches: bool) -> None:
        """What an answered page teaches about what is usual on its site."""
        session, step = visit.session, visit.step
        if step is not None and step.kind is PAGE:
            usual = self._usual_on(session.key.partition("/")[0])
            usual.observe(session, step, visit.request.route, teaches=teaches)

    def _usual_on(self, site: str) -> Usual:
        usual = self._usual.get(site)
        if usual is None:
            usual = self._usual[site] = Usual()
        return usual

    def _client(self, key: str, now: float) -> Client:
        client = self._clients.get(key)
        if client is None or now - client.last_seen > SILENCE_S:
            client = self._clients[key] = Client(key, now)
            client.known = True
        _used(self._clients, key, self._most)
        return client

    def _lead_on(self, shared: str, session: Client, named: str, record: Record, *, begins: bool) -> None:
        """A session that begins with a cookie began on a page of whoever at this address had none yet."""
        if not record.returned:
            self._first[shared] = session
            self._first.move_to_end(shared)
            if len(self._first) > self._most:
                self._first.popitem(last=False)
        elif begins and shared in self._first:
            self._first[shared].sessions |= bit_of_text(named)

    def _join(self, request: Request, ip: Client, site: str) -> None:
        now = request.arrived
        ip.subnet = self._crowd(f"{site}/n={subnet_of(request.address)}", now)
        if request.network.asn:
            ip.asn = self._crowd(f"{site}/a={request.network.asn}", now)

    def _acquaint(self, record: Record, request: Request, session: Client, site: str) -> None:
        now, tls = request.arrived, request.tls
        if record.recorded is not None and record.recorded.fingerprint:
            session.fingerprint = self._crowd(f"{site}/f={record.recorded.fingerprint}", now)
        if tls is not None and tls.ja4:
            session.tls = self._crowd(f"{site}/t={tls.ja4}", now)
        session.account = self._crowd(f"{site}/u={record.account}", now) if record.account else NOBODY

    def _crowd(self, key: str, now: float) -> Crowd:
        crowd = self._crowds.get(key)
        if crowd is None:
            crowd = self._crowds[key] = Crowd(key, now)
        _used(self._crowds, key, self._most)
        return crowd


def _introduce(ip: Client, session: Client, agent: str, named: str) -> None:
    """Who was seen together, as far as sketches tell; `named` is how the session is called in events."""
    seen, account = bit_of_text(agent), session.account
    ip.agents |= seen
    session.agents |= seen
    ip.sessions |= bit_of_text(named)
    session.addresses |= bit_of_text(ip.key)
    if account is not NOBODY:
        ip.accounts |= bit_of_text(account.key)
        session.accounts |= bit_of_text(account.key)


def _used(table: OrderedDict[str, Kind], key: str, most: int) -> None:
    table.move_to_end(key)
    if len(table) > most:
        table.popitem(last=False)


def _crowds_of(ip: Client, session: Client) -> list[Crowd]:
    crowds = (ip.subnet, ip.asn, session.fingerprint, session.tls, session.account)
    return [crowd for crowd in crowds if crowd is not NOBODY]


def _fold(client: Client) -> None:
    delta = client.cut()
    if delta is not None:
        news = as_told(delta)
        for crowd in _crowds_of(client, client):
            crowd.fold(news)
