"""What we remember of a sender, found or begun: one client for the address, one for the session."""

from collections.abc import Callable
from zlib import crc32

from challenges.session import Sessions
from detectors.behaviour.client import Client
from detectors.behaviour.step import Step
from detectors.request import Request
from proxy.state.keys import ip_key, session_key
from proxy.state.store import Store
from proxy.state.table import ClientTable

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

    def __init__(self, table: ClientTable, store: Store, sessions: Sessions) -> None:
        self.table = table
        self.store = store
        self.sessions = sessions

    def session_of(self, request: Request, site: str) -> tuple[str, bool]:
        """The session's client key, and whether its cookie came back.

        Without the cookie the pair of address and user agent stands for the session.
        """
        if b"cookie" in request.fields:
            key = self.sessions.key_of(request)
            if key is not None:
                return session_key(key, site), True
        agent = crc32(request.fields.get(b"user-agent", b""))
        return f"{site}/v={ip_key(request.address)}~{agent:08x}", False

    def client(self, key: str, now: float) -> Client:
        """The client of this key, new where nobody remembers it here."""
        found = self.table.find(key)
        if found is None:
            found = Client(key, now)
            self.table.add(found)
        return found

    def count(self, clients: tuple[Client, ...], step: Step, now: float) -> None:
        """Count an arriving request on each client, and have it shared."""
        for client in clients:
            client.arrive(step, now)
            self.store.touch(client)

    def load(self, clients: tuple[Client, ...], ready: Callable[[], None]) -> int:
        """Ask the store about clients that are new here; how many answers are still to come.

        `ready` is called once for each of them, some perhaps before this returns.
        """
        unknown = [client for client in clients if not client.known]
        for client in unknown:
            self.store.first_sight(client, ready)
        return len(unknown)
