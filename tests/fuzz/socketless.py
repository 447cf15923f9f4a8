"""One client's connection without sockets: the gateway's own protocols, with paper at both ends."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from types import SimpleNamespace

from config.decision import Action, Band, Decision, Mode
from config.routes import Routes
from config.settings import Limits, Site
from config.settings import Upstream as Address
from detectors.identity.bot_claim import BotClaim
from detectors.request import UNKNOWN_NETWORK
from proxy.carry_out import CarryOut
from proxy.downstream import Downstream
from proxy.exchange import Exchange
from proxy.faults import ClientFault, UpstreamFault
from proxy.http1.response_head import ResponseHead
from proxy.pool import Origin
from proxy.request_facts import request_of
from proxy.server import Server
from proxy.tls.certificates import Certificates
from proxy.upstream import UpstreamConnection
from tests.support.strict import Message, read_request
from tests.support.upstream import OK

KIB = 1024
LIMITS = Limits(
    max_line_bytes=8 * KIB,
    max_head_bytes=16 * KIB,
    max_headers=100,
    max_body_bytes=None,
    head_timeout_s=10.0,
    body_idle_timeout_s=30.0,
    keep_alive_timeout_s=75.0,
    write_stall_timeout_s=60.0,
    connections_per_address=10,
    max_connections=10,
    handshake_timeout_s=10.0,
    handshakes_per_address=64,
    max_handshakes=1000,
    drain_timeout_s=1.0,
)
STOREFRONT = Address("http", "127.0.0.1", 80)
ALLOWED = Decision(
    action=Action.ALLOW,
    would_action=Action.ALLOW,
    mode=Mode.ENFORCE,
    rule="",
    ruleset="",
    category="",
    reason="",
    risk=1.0,
    band=Band.TRUSTED,
    evidence=(),
    bot=BotClaim(),
    fingerprint="",
)
ROUTES = Routes({})


class Paper:
    """A transport that keeps what is written. As a socket does, it takes nothing after it was closed."""

    def __init__(self, peer: str = "203.0.113.7") -> None:
        self.peer = peer
        self.written = b""
        self.closed = False

    def get_extra_info(self, name: str) -> object:
        return (self.peer, 1) if name == "peername" else None

    def write(self, data: bytes) -> None:
        assert not self.closed, "written after the close"
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading

    def get_write_buffer_size(self) -> int:
        return 0


class PaperPool:
    """Opens a new connection to the storefront for every request, and keeps them all."""

    def __init__(self) -> None:
        self.origins = [self]
        self.name = "storefront"
        self.connections: list[UpstreamConnection] = []
        self.origin = Origin(STOREFRONT)

    def choose(self, *_: object) -> "PaperPool":
        return self

    def take_idle(self) -> UpstreamConnection:
        connection = UpstreamConnection(self.origin)
        connection.connection_made(Paper())  # type: ignore[arg-type]
        self.connections.append(connection)
        return connection

    def failed(self, *_: object) -> None:
        pass


@dataclass(slots=True)
class Desk:
    """Stands where the gate stands, and allows everything."""

    pool: PaperPool
    site: Site
    server: SimpleNamespace | None = None
    refusals: list[ClientFault] = field(default_factory=list)
    begun: list[Exchange] = field(default_factory=list)
    ended_ids: list[int] = field(default_factory=list)

    def receive(self, exchange: Exchange) -> None:
        head, line = exchange.head, exchange.downstream
        assert head is not None
        self.begun.append(exchange)
        exchange.id = "id"
        exchange.site = self.site
        exchange.request = request_of(head, line.peer, line.scheme, 0.0, None, UNKNOWN_NETWORK, ROUTES)
        visit = SimpleNamespace(request=exchange.request)
        services = SimpleNamespace(pool_of=lambda _: self.pool, robots=SimpleNamespace(links=False))
        CarryOut(services).forward(exchange, visit, ALLOWED, self.site)  # type: ignore[arg-type]

    def refuse(self, exchange: Exchange, fault: ClientFault) -> None:
        self.refusals.append(fault)
        exchange.keep_alive = False
        exchange.reply(fault.status, [], b"")

    def upstream_failed(self, exchange: Exchange, fault: UpstreamFault) -> None:
        exchange.reply(fault.status, [], b"")

    def answer_lines(self, *_: object) -> bytes:
        return b""

    def passed_on(self, _: Exchange, head: ResponseHead) -> bytes:
        return head.lines

    def ended(self, exchange: Exchange) -> None:
        self.ended_ids.append(id(exchange))


class Socketless:
    """Feed bytes in; see what each storefront connection and the client got.

    With `before`, what the gateway remembers of that connection's requests is still in its memory.
    """

    def __init__(
        self, *, peer: str = "203.0.113.7", proxy_protocol: bool = False, before: "Socketless | None" = None
    ) -> None:
        site = Site("shop", ("*",), (STOREFRONT,), Mode.ENFORCE, None, False, frozenset(), None, None)  # type: ignore[arg-type]
        self.pool = PaperPool()
        self.desk = Desk(self.pool, site)
        config = SimpleNamespace(
            limits=LIMITS,
            listeners=(),
            trusted_proxies=(ip_network("127.0.0.0/8"),),
            client_address_header="X-Forwarded-For",
        )
        loop = SimpleNamespace(time=lambda: 100.0)
        server = Server(config, self.desk, loop, Certificates(config, "", ""))  # type: ignore[arg-type]
        if before is not None:
            server.parser = before.line.server.parser
        self.client = Paper(peer)
        self.line = Downstream(server, "http", proxy_protocol=proxy_protocol)
        self.line.connection_made(self.client)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        """Let the client send, then every storefront that has a whole request answer."""
        if not self.client.closed:
            self.line.data_received(data)
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        for connection in self.pool.connections:
            if (
                connection.receiver is not None
                and not connection.closed
                and read_request(sent_to(connection))
            ):
                connection.data_received(OK)
                return True
        return False

    @property
    def requests(self) -> list[bytes]:
        """What went to each storefront connection."""
        return [sent_to(connection) for connection in self.pool.connections]

    @property
    def messages(self) -> list[Message | None]:
        """Each connection's one request; None where it was never finished. Raises NotHttpError."""
        return [read_request(data) for data in self.requests]


def sent_to(connection: UpstreamConnection) -> bytes:
    transport = connection.transport
    assert isinstance(transport, Paper)
    return transport.written
