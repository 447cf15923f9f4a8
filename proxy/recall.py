"""What we remember of a sender, found or begun: clients for address and session, and their crowds."""

from collections.abc import Callable

from challenges.login import login_of
from config.settings import Site
from detectors.behaviour.client import DISALLOWED, Client
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.login import is_login, is_refused
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import Kind, referrer_of
from detectors.behaviour.usual import Usual
from detectors.identity.bot_claim import NO_CLAIM
from detectors.identity.prefix import subnet_of
from detectors.visit import Visit
from proxy.account import account_of
from proxy.client_address import forwarded_lines
from proxy.downstream import Downstream
from proxy.http1.request_head import RequestHead
from proxy.request_facts import bare_request
from proxy.sender import Known, Sender, client_scheme, session_id, unnamed_session
from proxy.services import Services
from proxy.state.keys import ACCOUNT, ASN, FINGERPRINT, SESSION, SUBNET, TLS, identity_of, ip_key, key_of
from proxy.state.pace import Shared
from proxy.tls.front import told_tls, without_fields

LOOKS_LIKE_A_PART = frozenset((Kind.ASSET, Kind.IMAGE, Kind.OTHER))
RESTED_AT_ONCE = 200  # packing so many clients takes a millisecond; as many may begin between two turns


def crowds_of(visit: Visit) -> list[Crowd]:
    """The crowds of an address and of a session, as far as they are known."""
    ip, session = visit.ip, visit.session
    crowds = (ip.subnet, ip.asn, session.fingerprint, session.tls, session.account)
    return [crowd for crowd in crowds if crowd is not NOBODY]


def note(visit: Visit, name: str) -> None:
    """Count something on the session and on its address."""
    visit.session.note(name)
    visit.ip.note(name)


class Recall:
    """The local tables in front of the shared store."""

    def __init__(self, services: Services) -> None:
        self.clients = services.clients
        self.crowds = services.crowds
        self.store = services.store
        self._services = services
        self._usual: dict[str, Usual] = {}

    def sender_of(self, head: RequestHead, site: Site, connection: Downstream, now: float) -> Sender:
        """Work out who sent these fields."""
        services, trust = self._services, connection.server.trust
        peer, trusted, told = connection.peer, connection.trusted, services.config.tls_fingerprint_headers
        address = trust.client_of(peer, head.block) if trusted else peer
        scheme = client_scheme(head, trusted=trusted, scheme=connection.scheme)
        probe = bare_request(head, address, now)
        key = held = None
        if b"cookie" in head.fields:
            key = services.sessions.key_of(probe)
            held = services.clearances.held(probe, site.name, now)
        first = unnamed_session(probe, site.name)
        session = first if key is None else key_of(site.name, SESSION, key)
        source, secret, login = site.account, services.address_key, None
        if key is not None and source is not None and source.response_header:
            login = login_of(probe, session, services.keyring, now)
        name = ip_key(address, site.name)
        account = "" if source is None else account_of(probe, source, secret, trusted=trusted, login=login)
        return Sender(
            site=site,
            trust=trust,
            address=address,
            scheme=scheme,
            ip_key=name,
            session_key=session,
            first_key=first,
            session_id=session_id(session, secret),
            returned=key is not None,
            held=held,
            authority=head.authority,
            forwarded=forwarded_lines(address, peer, head.authority, scheme),
            tls=told_tls(head.block, told) if trusted else None,
            passed=head.block.forwarded if trusted else without_fields(head.block.forwarded, told),
            agent_bit=bit_of_text(head.fields.get(b"user-agent", b"").decode("latin-1")),
            account=account,
            sightings={},
            known=Known(name, account),
            login=login,
        )

    def ip_of(self, sender: Sender, now: float) -> Client:
        """The client of the sender's address, new where nobody remembers it here."""
        client = self.clients.find(sender.ip_key)
        if client is None:
            client = Client(sender.ip_key, now)
            client.addresses = bit_of_text(sender.ip_key)
            self.clients.add(client)
        if client.subnet is NOBODY or client.subnet.gone or client.asn.gone:
            site = sender.site.name
            client.network = network = self._services.geo.network_of(sender.address)
            client.subnet = self.crowd(key_of(site, SUBNET, subnet_of(sender.address)), now)
            client.asn = self.crowd(key_of(site, ASN, str(network.asn)), now) if network.asn else NOBODY
        return client

    def session_of(self, sender: Sender, now: float) -> Client:
        """The client of the sender's session."""
        client = self.clients.find(sender.session_key)
        if client is None:
            client = Client(sender.session_key, now)
            client.sessions = bit_of_text(sender.session_id)
            self.clients.add(client)
            if sender.returned:
                self._led_on(sender)
        return client

    def _led_on(self, sender: Sender) -> None:
        """A session that is new here began on a page that was counted on whoever has no cookie yet."""
        first = self.clients.find(sender.first_key)
        if first is not None:
            first.sessions |= bit_of_text(sender.session_id)
            self.store.touch(first)

    def crowd(self, key: str, now: float) -> Crowd:
        """The crowd of this key. Nobody waits for what others know of it."""
        found = self.crowds.find(key)
        if found is None:
            found = Crowd(key, now)
            self.crowds.add(found)
            self.store.first_sight(found, _nothing)
        return found

    def count(self, visit: Visit, sender: Sender) -> None:
        """Count an arriving request on its clients and crowds, and have that shared."""
        request, ip, session, step = visit.request, visit.ip, visit.session, visit.step
        now, touch = request.arrived, self.store.touch
        if step is not None:
            if session.sender is not sender.known and step.kind not in LOOKS_LIKE_A_PART:
                self._acquaint(visit, sender)
            self._find_again(session, now)
            referrer = referrer_of(request) if step.kind is Kind.PAGE and step.has_referrer else 0
            ip.arrive(step, now, request.route, referrer)
            session.arrive(step, now, request.route, referrer)
        if is_login(request):
            note(visit, "logins")
        if visit.disallowed and request.route != DISALLOWED:
            note(visit, "disallowed")
        page = step is not None and step.kind is Kind.PAGE
        for crowd in crowds_of(visit):
            crowd.arrive(now, request.route, page=page)
            touch(crowd)
        touch(ip)
        touch(session)
        if request.route and (identities := self.store.limited_on(request.route)):
            self._share_first_of(request.route, identities, visit)

    def usual_on(self, site: Site) -> Usual:
        """What is usual on `site`, as far as this worker has seen it."""
        usual = self._usual.get(site.name)
        if usual is None:
            usual = self._usual[site.name] = Usual()
        return usual

    def count_page(self, visit: Visit) -> None:
        """The storefront answered with a page: `/product/7/x.png` is what it turned out to be."""
        step = visit.step
        if step is not None:
            for client in (visit.ip, visit.session):
                client.count_page(step, visit.request.arrived)
        for crowd in crowds_of(visit):
            crowd.count_page()
        visit.session.assessment = None

    def count_answer(self, visit: Visit, status: int, size: int) -> None:
        """Count what became of a request that the storefront answered."""
        for client in (visit.ip, visit.session):
            client.respond(status, size, visit.step)
        if is_refused(visit.request, status):
            note(visit, "logins_failed")
            self.share(visit)

    def log_in(self, visit: Visit, account: str) -> None:
        """The storefront's answer said whose request this was, which had not been known.

        It alone counts on the account. The session goes with the account once the cookie comes back that says
        so, and what it counted before is shared first, so as not to be counted on the account.
        """
        request, step, site = visit.request, visit.step, visit.session.key.partition("/")[0]
        crowd = self.crowd(key_of(site, ACCOUNT, account), request.arrived)
        crowd.arrive(request.arrived, request.route, page=step is not None and step.kind is Kind.PAGE)
        self.store.touch(crowd)
        _introduce(visit, crowd.key)
        self.store.hurry(visit.session)

    def watch(self, visit: Visit) -> None:
        """A client that is not let pass is kept longer here, and shared with the others at once."""
        self.clients.suspect(visit.ip)
        self.clients.suspect(visit.session)
        self.share(visit)

    def share(self, visit: Visit) -> None:
        """Let the other workers know at once, and learn what they know."""
        self.store.hurry(visit.ip)
        self.store.hurry(visit.session)

    def load(self, clients: tuple[Client, ...], ready: Callable[[], None]) -> int:
        """Ask the store about clients that are new here; how many answers are still to come.

        `ready` is called once for each of them, some perhaps before this returns.
        """
        unknown = [client for client in clients if not client.known]
        for client in unknown:
            self.store.first_sight(client, ready)
        return len(unknown)

    def rest(self, now: float) -> None:
        """Pack some of those who fell silent; share what the store does not know yet."""
        for table in (self.clients, self.crowds):
            for unshared in table.rest(RESTED_AT_ONCE, now):
                self.store.touch(unshared)

    def _share_first_of(self, route: str, identities: frozenset[str], visit: Visit) -> None:
        """Whoever comes to a route that is limited for them may soon reach that limit: tell the others."""
        now = visit.request.arrived
        shared: list[Shared] = [visit.ip, visit.session, *crowds_of(visit)]
        for client in shared:
            if identity_of(client.key)[1] in identities and client.rate("10s", now, route) <= 1.0:
                self.store.hurry(client)

    def _find_again(self, session: Client, now: float) -> None:
        """The crowds of a session whose table has let go of them: others may have begun them anew."""
        if session.fingerprint.gone:
            session.fingerprint = self.crowd(session.fingerprint.key, now)
        if session.tls.gone:
            session.tls = self.crowd(session.tls.key, now)
        if session.account.gone:
            session.account = self.crowd(session.account.key, now)

    def _acquaint(self, visit: Visit, sender: Sender) -> None:
        """Take down with whom a session goes, whenever its fields have changed."""
        ip, session, request = visit.ip, visit.session, visit.request
        session.sender = sender.known
        now, site = request.arrived, sender.site.name
        if visit.sighting is not None:
            ip.claims = session.claims = visit.sighting.claim is not NO_CLAIM
            key = key_of(site, FINGERPRINT, visit.sighting.id)
            if session.fingerprint.key != key or session.fingerprint.gone:
                session.fingerprint = self.crowd(key, now)
        if request.tls is not None and request.tls.ja4:
            session.tls = self.crowd(key_of(site, TLS, request.tls.ja4), now)
        if sender.account:
            session.account = self.crowd(key_of(site, ACCOUNT, sender.account), now)
            _introduce(visit, session.account.key)
        else:
            session.account = NOBODY
        ip.sessions |= bit_of_text(sender.session_id)  # by the name that events know
        ip.agents |= sender.agent_bit
        session.agents |= sender.agent_bit
        session.addresses |= bit_of_text(ip.key)


def _introduce(visit: Visit, account: str) -> None:
    bit = bit_of_text(account)
    visit.session.accounts |= bit
    visit.ip.accounts |= bit


def _nothing() -> None:
    """Nobody waits for a crowd's past."""
