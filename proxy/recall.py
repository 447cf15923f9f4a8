"""What we remember of a sender, found or begun: one client for the address, one for the session."""

from collections.abc import Callable

from config.settings import Site
from detectors.behaviour.client import Client
from detectors.behaviour.step import Kind
from detectors.request import Request
from detectors.visit import Visit
from proxy.client_address import forwarded_lines
from proxy.downstream import Downstream
from proxy.http1.request_head import RequestHead
from proxy.request_facts import bare_request
from proxy.sender import Sender, client_scheme, session_id, unnamed_session
from proxy.services import Services
from proxy.state.keys import ip_key, session_key

LOOKS_LIKE_A_PART = frozenset((Kind.ASSET, Kind.IMAGE, Kind.OTHER))
TRAP_ROUTE = "trap"
LOGIN_ROUTE = "login"


def note_route(request: Request, session: Client) -> None:
    """Count what the names of routes tell, on the session alone: others share the address."""
    if request.route == TRAP_ROUTE:
        session.note("traps")
    elif request.route == LOGIN_ROUTE and request.method == "POST":
        session.note("logins")


def note_answer(request: Request, session: Client, status: int) -> None:
    """Count a login that the storefront refused."""
    if request.route == LOGIN_ROUTE and request.method == "POST" and status in {401, 403, 422}:
        session.note("logins_failed")


class Recall:
    """The local table in front of the shared store."""

    def __init__(self, services: Services) -> None:
        self.table = services.table
        self.store = services.store
        self._services = services

    def sender_of(self, head: RequestHead, site: Site, connection: Downstream, now: float) -> Sender:
        """Work out who sent these fields."""
        services, trust = self._services, connection.server.trust
        peer, trusted = connection.peer, connection.trusted
        address = trust.client_of(peer, head.block) if trusted else peer
        scheme = client_scheme(head, trusted=trusted, scheme=connection.scheme)
        probe = bare_request(head, address, now)
        key = held = None
        if b"cookie" in head.fields:
            key = services.sessions.key_of(probe)
            held = services.clearances.held(probe, site.name, now)
        session = unnamed_session(probe, site.name) if key is None else session_key(key, site.name)
        return Sender(
            site=site,
            trust=trust,
            address=address,
            scheme=scheme,
            ip_key=ip_key(address, site.name),
            session_key=session,
            session_id=session_id(session, services.address_key),
            returned=key is not None,
            held=held,
            authority=head.authority,
            forwarded=forwarded_lines(address, peer, head.authority, scheme),
            sightings={},
        )

    def client(self, key: str, now: float) -> Client:
        """The client of this key, new where nobody remembers it here."""
        found = self.table.find(key)
        if found is None:
            found = Client(key, now)
            self.table.add(found)
        return found

    def count(self, visit: Visit) -> None:
        """Count an arriving request on both clients, and have that shared."""
        request, ip, session = visit.request, visit.ip, visit.session
        if visit.step is not None:
            ip.arrive(visit.step, request.arrived)
            session.arrive(visit.step, request.arrived)
        self.store.touch(ip)
        self.store.touch(session)
        if request.route:
            note_route(request, session)

    def count_page(self, visit: Visit) -> None:
        """The storefront answered with a page: `/product/7/x.png` is what it turns out to be."""
        step = visit.step
        if step is None or step.kind in LOOKS_LIKE_A_PART:
            for client in (visit.ip, visit.session):
                if step is not None:
                    client.count_page(step, visit.request.arrived)
            visit.session.assessment = None

    def watch(self, visit: Visit) -> None:
        """A client that is not let pass is kept longer here, and shared with the others at once."""
        for client in (visit.ip, visit.session):
            self.table.suspect(client)
            self.store.hurry(client)

    def load(self, clients: tuple[Client, ...], ready: Callable[[], None]) -> int:
        """Ask the store about clients that are new here; how many answers are still to come.

        `ready` is called once for each of them, some perhaps before this returns.
        """
        unknown = [client for client in clients if not client.known]
        for client in unknown:
            self.store.first_sight(client, ready)
        return len(unknown)
