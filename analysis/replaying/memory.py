"""The clients of a replay, counted as the gateway counts them, by one process and without a store."""

from collections import OrderedDict
from zlib import crc32

from analysis.records import Record
from analysis.replaying.unshared import UnsharedClient, UnsharedCrowd
from detectors.behaviour.client import DISALLOWED, Client
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.login import is_login, is_refused
from detectors.behaviour.merge import as_told
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import API, PAGE, Step, referrer_of, step_of
from detectors.behaviour.usual import Usual
from detectors.identity.prefix import subnet_of, subscriber_of
from detectors.request import Request
from detectors.value import value
from detectors.visit import Visit

MAX_CLIENTS = 100_000  # at most 2 KB each; who was silent longest goes first
SILENCE_S = 48 * 3600.0  # a client silent for longer starts again, as in the store
FOLD_AFTER = 8  # requests of a member; live, its sharing folds it, at the latest after ten seconds
MAX_NAMES = 8192


@value
class Names:
    """What an address with a user agent is called, and the bits that it leaves in sketches."""

    ip: str
    subnet: str
    session: str  # where no cookie came back
    shared: str  # whom a session with a cookie may have begun as
    ip_bit: int
    session_bit: int
    agent_bit: int


class Memory:
    """Bounded, and forgetful of the silent."""

    def __init__(self, most: int = MAX_CLIENTS, *, crowds: bool = True) -> None:
        """`crowds` is false where nobody will ask for a subnet or a network, and nothing else is known."""
        self._most = most
        self._has_crowds = crowds
        self._clients: OrderedDict[str, Client] = OrderedDict()
        self._crowds: OrderedDict[str, Crowd] = OrderedDict()
        self._first: OrderedDict[str, Client] = OrderedDict()
        self._usual: dict[str, Usual] = {}
        self._names: dict[tuple[str, str, bytes], Names] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def visit(self, record: Record, request: Request, site: str = "") -> Visit:
        """The visit to `site` that a record tells of, with its route in `request`, counted."""
        now = request.arrived
        agent = request.fields.get(b"user-agent", b"")
        names = self._names_of(site, request.address, agent)
        ip = self._client(names.ip, now)
        if record.session:  # an access log knows of no cookie
            session, session_bit = self._with_cookie(record, site, names.shared, now)
        else:
            session, session_bit = self._client(names.session, now), names.session_bit
        ip.addresses |= names.ip_bit
        session.sessions |= session_bit
        step = step_of(request)
        if self._has_crowds:
            self._join(request, ip, names.subnet, site)
        kind = step.kind
        if kind is PAGE or kind is API:  # parts of pages come with other headers
            if self._has_crowds:
                self._acquaint(record, request, session, site)
            _introduce(ip, session, names, session_bit)
        _arrive(record, request, step, (ip, session))
        if self._has_crowds:
            for crowd in _crowds_of(ip, session):
                crowd.arrive(now, request.route, page=kind is PAGE)
        unlike = self._usual_on(site).unlike(session)
        return Visit(
            request, ip, session, record.clearance, step=step, disallowed=record.disallowed, unlike=unlike
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
            if self._has_crowds and client.requests >= client.share_at:
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

    def _join(self, request: Request, ip: Client, subnet: str, site: str) -> None:
        ip.subnet = self._crowd(subnet, request.arrived)
        if request.network.asn:
            ip.asn = self._crowd(f"{site}/a={request.network.asn}", request.arrived)

    def _names_of(self, site: str, address: str, agent: bytes) -> Names:
        names = self._names.get((site, address, agent))
        if names is None:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            names = self._names[site, address, agent] = names_of(site, address, agent)
        return names

    def _with_cookie(self, record: Record, site: str, shared: str, now: float) -> tuple[Client, int]:
        """The session that a cookie names, and its bit."""
        key = f"{site}/s={record.session}"
        begins = key not in self._clients
        session, bit = self._client(key, now), bit_of_text(record.session)
        self._lead_on(shared, session, bit, record, begins=begins)
        return session, bit

    def _client(self, key: str, now: float) -> Client:
        clients = self._clients
        client = clients.get(key)
        if client is None or now - client.last_seen > SILENCE_S:
            client = clients[key] = UnsharedClient(key, now)
            client.known = True
            clients.move_to_end(key)
            _let_go(clients, self._most, now)
        else:
            clients.move_to_end(key)
        return client

    def _lead_on(self, shared: str, session: Client, bit: int, record: Record, *, begins: bool) -> None:
        """A session that begins with a cookie began on a page of whoever at this address had none yet."""
        if not record.returned:
            self._first[shared] = session
            self._first.move_to_end(shared)
            if len(self._first) > self._most:
                self._first.popitem(last=False)
        elif begins and shared in self._first:
            self._first[shared].sessions |= bit

    def _acquaint(self, record: Record, request: Request, session: Client, site: str) -> None:
        now, tls = request.arrived, request.tls
        if record.recorded is not None and record.recorded.fingerprint:
            session.fingerprint = self._crowd(f"{site}/f={record.recorded.fingerprint}", now)
        if tls is not None and tls.ja4:
            session.tls = self._crowd(f"{site}/t={tls.ja4}", now)
        session.account = self._crowd(f"{site}/u={record.account}", now) if record.account else NOBODY

    def _crowd(self, key: str, now: float) -> Crowd:
        crowds = self._crowds
        crowd = crowds.get(key)
        if crowd is None:
            crowd = crowds[key] = UnsharedCrowd(key, now)
            if len(crowds) > self._most:
                crowds.popitem(last=False)
        crowds.move_to_end(key)
        return crowd


def names_of(site: str, address: str, agent: bytes) -> Names:
    """How the memory calls an address with a user agent on a site."""
    subscriber = subscriber_of(address)
    ip, named = f"{site}/{subscriber}", f"{subscriber}~{crc32(agent):08x}"
    return Names(
        ip,
        f"{site}/n={subnet_of(address)}",
        f"{site}/s={named}",
        f"{site}/{named}",
        bit_of_text(ip),
        bit_of_text(named),
        bit_of_text(agent.decode("latin-1")),
    )


def _arrive(record: Record, request: Request, step: Step, clients: tuple[Client, Client]) -> None:
    now, route, referrer, tries = request.arrived, request.route, referrer_of(request), is_login(request)
    for client in clients:
        client.arrive(step, now, route, referrer)
        if tries:
            client.note("logins")
        if record.disallowed and route != DISALLOWED:
            client.note("disallowed")


def _introduce(ip: Client, session: Client, names: Names, session_bit: int) -> None:
    """Who was seen together, as far as sketches tell; a session's bit is that of its name in events."""
    account = session.account
    ip.agents |= names.agent_bit
    session.agents |= names.agent_bit
    ip.sessions |= session_bit
    session.addresses |= names.ip_bit
    if account is not NOBODY:
        ip.accounts |= bit_of_text(account.key)
        session.accounts |= bit_of_text(account.key)


def _let_go(clients: OrderedDict[str, Client], most: int, now: float) -> None:
    """Drop who was silent for too long, and beyond that who was silent longest."""
    while clients:
        oldest = next(iter(clients))
        if len(clients) <= most and now - clients[oldest].last_seen <= SILENCE_S:
            return
        del clients[oldest]


def _crowds_of(ip: Client, session: Client) -> list[Crowd]:
    crowds = (ip.subnet, ip.asn, session.fingerprint, session.tls, session.account)
    return [crowd for crowd in crowds if crowd is not NOBODY]


def _fold(client: Client) -> None:
    delta = client.cut()
    if delta is not None:
        news = as_told(delta)
        for crowd in _crowds_of(client, client):
            crowd.fold(news)
