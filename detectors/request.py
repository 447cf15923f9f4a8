"""A request is what arrived on the wire, decoded once, and nothing that we think of it."""

from collections.abc import Mapping

from detectors.value import value


@value
class Tls:
    """Facts of the client's TLS connection; texts are empty where they are not known.

    `grease` tells whether the hello held GREASE values (RFC 8701); None where it was not read here, as behind
    a front that names only the `ja4`.
    """

    version: str
    server_name: str
    ja4: str
    grease: bool | None = None


@value
class Network:
    """Who owns the address, as the GeoIP databases and lists say. Empty or 0 where unknown.

    `kind` is one of `tor`, `vpn`, `proxy` and `hosting`, the first that applies.
    """

    country: str = ""
    asn: int = 0
    organization: str = ""
    kind: str = ""


UNKNOWN_NETWORK = Network()


@value
class Request:
    """Immutable facts of one HTTP request.

    `headers` holds (name, value) bytes in wire order and case, values without surrounding white space;
    `fields` maps each lower-case name to its first value. `path` is the target's path with unreserved
    percent-escapes decoded and dot segments removed (RFC 3986 section 6.2.2), decoded as UTF-8 with
    surrogateescape; `query` is as on the wire, without the question mark. `host` is lower case, without port.
    `address` is the client's, seen from the last trusted proxy. `arrived` is in Unix seconds.
    """

    method: str
    target: bytes
    path: str
    query: str
    host: str
    scheme: str
    http_version: str
    headers: tuple[tuple[bytes, bytes], ...]
    fields: Mapping[bytes, bytes]
    address: str
    arrived: float
    tls: Tls | None = None
    network: Network = UNKNOWN_NETWORK
    route: str = ""

    def text(self, name: bytes) -> str:
        """The first value of the lower-case header `name` as Latin-1 text; empty where it is absent."""
        return self.fields.get(name, b"").decode("latin-1")
