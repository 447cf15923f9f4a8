"""The sections of the YAML that say how Stile runs: one model each, every key described, no key unknown."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from config.units import Address, Duration, RedisUrl, Size


class Section(BaseModel):
    """A mapping that takes exactly its own keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)


class CertificateSection(Section):
    """One certificate and its key."""

    certificate: str = Field(description="PEM file with the certificate chain.")
    key: str = Field(description="PEM file with the private key, without a passphrase.")


class TlsSection(Section):
    """The certificates of one listener: one pair, or a list of them."""

    certificate: str | None = Field(None, description="PEM file with the certificate chain.")
    key: str | None = Field(None, description="PEM file with the private key, without a passphrase.")
    certificates: list[CertificateSection] | None = Field(
        None,
        min_length=1,
        description="Several, in place of the one: chosen by the name that the client asks for, which a "
        'certificate holds as it is or as "*.example.com". The first serves all other names.',
    )

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise PydanticCustomError("pair", "certificate and key go together")
        if (self.certificate is None) is (self.certificates is None):
            raise PydanticCustomError("pair", "takes either certificate and key, or certificates")
        return self


class ListenSection(Section):
    """One address that takes visitors' connections."""

    address: Address = Field(description="host:port, for example 0.0.0.0:8080 or [::]:8080.")
    tls: TlsSection | None = Field(None, description="Speak TLS on this address.")
    proxy_protocol: bool = Field(
        False,
        description="Expect a PROXY protocol header (v1 or v2), taken only from `trusted_proxies`.",
    )


class AdminSection(Section):
    """The listener for operators: health, metrics, bans, explanations. Never reachable through the proxy."""

    address: Address = Field("127.0.0.1:9090", description="host:port of the admin listener.")
    token_file: str | None = Field(
        None,
        description="File with the bearer token; without it a token is made once in the state directory.",
    )


class StateTlsSection(Section):
    """How the store is known, and how it knows us; for addresses that begin with `rediss`."""

    ca: str | None = Field(
        None, description="PEM file with the authority of the store's certificate; the system's without it."
    )
    certificate: str | None = Field(
        None, description="PEM file with our own certificate, where the store asks for one."
    )
    key: str | None = Field(None, description="PEM file with the private key of our certificate.")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise PydanticCustomError("pair", "certificate and key go together")
        return self


class StateSection(Section):
    """Where the memory of clients is shared."""

    redis: RedisUrl | None = Field(
        None,
        description="Address of a Redis (6.2 or later) or Valkey (7.2 or later): redis://host:6379/0, "
        "unix:///path, redis+sentinel://host:26379,host:26379/service/0 or "
        "redis+cluster://host:6379,host:6379; with TLS rediss://, rediss+sentinel:// or rediss+cluster://. "
        "A user stands before the host, as in redis://stile@host. Without an address Stile starts a private "
        "store of its own.",
    )
    password_file: str | None = Field(
        None, description="File with the store's password, so that it need not stand in the address."
    )
    tls: StateTlsSection | None = Field(None, description="Certificates, for an address with TLS.")
    timeout: Duration = Field(
        "5ms",  # type: ignore[assignment]  # defaults are written as operators write them
        description="The longest that a request may wait for the memory of a client not seen before.",
    )
    directory: str = Field(
        ".stile", description="Folder for the embedded store, the key and the admin token."
    )
    key_prefix: str = Field("stile:", description="What every key in the store begins with.")
    max_clients: Annotated[int, Field(ge=1000, le=10_000_000)] = Field(
        200_000,
        description="How many clients one worker remembers; the longest unseen are forgotten first.",
    )
    retention: Duration = Field(
        "48h",  # type: ignore[assignment]
        description="How long the store keeps a client after its last request; at least 1h.",
    )
    hash_rotation: Duration | None = Field(
        None,
        description="How often the keyed hash changes under which the store keeps identities; at least 1h. "
        "What was kept under the old hash is forgotten. Without it the hash never changes.",
    )


class ReloadSection(Section):
    """When files are read again without being asked; docs/operations.md."""

    watch: Literal["lists", "all", "off"] = Field(
        "lists",
        description="lists follows the files that hold lists; all follows the YAML and its pages as well; "
        "off waits to be asked.",
    )


class NetworkListsSection(Section):
    """Files with networks of one kind: a prefix, an address or `first,last` per line."""

    tor: list[str] = Field(default_factory=list, description="Exits of Tor.")
    vpn: list[str] = Field(default_factory=list, description="VPN services.")
    proxy: list[str] = Field(default_factory=list, description="Open and residential proxies.")
    hosting: list[str] = Field(default_factory=list, description="Data centres.")


class GeoipSection(Section):
    """What tells the country and the network of an address. Files are read again when they change."""

    city: str | None = Field(None, description="GeoLite2-City.mmdb.")
    country: str | None = Field(None, description="GeoLite2-Country.mmdb, where the cities are not needed.")
    asn: str | None = Field(None, description="GeoLite2-ASN.mmdb.")
    anonymous: str | None = Field(None, description="GeoIP2-Anonymous-IP.mmdb, for `request.network`.")
    lists: NetworkListsSection = Field(
        default_factory=lambda: NetworkListsSection.model_validate({}),
        description="Lists of networks by their kind, for `request.network`.",
    )


class LogSection(Section):
    """Where the events go and what they may hold."""

    path: str = Field("-", description='File for one JSON event per line; "-" is standard output.')
    hash_addresses: bool = Field(False, description="Log a keyed hash instead of the client's address.")
    query_values: list[str] = Field(
        default_factory=list,
        description="Query parameters whose values are logged as they are; all others are redacted.",
    )


class SecretsSection(Section):
    """Where the key stands that seals cookies and tickets."""

    key_file: str | None = Field(
        None,
        description="File with at least 32 random bytes, the same on every node; without it a key is made "
        "once in the state directory.",
    )


class LimitsSection(Section):
    """What one client may use up."""

    max_line: Size = Field("8KiB", description="Longest request line.")  # type: ignore[assignment]
    max_head: Size = Field("32KiB", description="Largest request head, all headers together.")  # type: ignore[assignment]
    max_headers: Annotated[int, Field(ge=10, le=1000)] = Field(100, description="Most header lines.")
    max_body: Size | None = Field(None, description="Largest request body; unlimited where it is left out.")
    head_timeout: Duration = Field("10s", description="Longest wait for a whole request head.")  # type: ignore[assignment]
    body_idle_timeout: Duration = Field("30s", description="Longest pause inside a request body.")  # type: ignore[assignment]
    keep_alive_timeout: Duration = Field("75s", description="How long an idle connection stays open.")  # type: ignore[assignment]
    write_stall_timeout: Duration = Field(
        "60s",  # type: ignore[assignment]
        description="How long a client may refuse to read its answer.",
    )
    connections_per_address: Annotated[int, Field(ge=1)] = Field(
        256, description="Most open connections from one address, for each worker."
    )
    max_connections: Annotated[int, Field(ge=1)] = Field(
        10_000, description="Most open connections, for each worker."
    )
    handshake_timeout: Duration = Field("10s", description="Longest wait for a whole TLS handshake.")  # type: ignore[assignment]
    handshakes_per_address: Annotated[int, Field(ge=1)] = Field(
        64,
        description="Most TLS handshakes under way from one address, for each worker. Beyond it the one that "
        "waits for longest is cut.",
    )
    max_handshakes: Annotated[int, Field(ge=1)] = Field(
        1000,
        description="Most TLS handshakes under way, for each worker. Beyond it the one that waits for "
        "longest is cut.",
    )
    drain_timeout: Duration = Field("30s", description="How long a stop waits for running requests.")  # type: ignore[assignment]


class UpstreamLimitsSection(Section):
    """How long to wait for a storefront, and how long to leave a failed one alone."""

    connect_timeout: Duration = Field("3s", description="Longest wait for a connection.")  # type: ignore[assignment]
    first_byte_timeout: Duration = Field("60s", description="Longest wait for the first byte of an answer.")  # type: ignore[assignment]
    idle_timeout: Duration = Field("60s", description="Longest pause inside an answer.")  # type: ignore[assignment]
    keep_alive: Duration = Field("30s", description="How long an idle connection is kept for reuse.")  # type: ignore[assignment]
    eject: Duration = Field("1s", description="How long a failed upstream rests the first time.")  # type: ignore[assignment]
    max_eject: Duration = Field("30s", description="The longest that a failed upstream rests.")  # type: ignore[assignment]


class ModelSection(Section):
    """The behaviour model, which contributes its margin as one piece of evidence."""

    path: str | None = Field(
        None, description="Model bundle written by `stile train`; the shipped one without it."
    )
    challenger: str | None = Field(
        None, description="A second bundle that is asked as well and only logged; see docs/model-serving.md."
    )
    enabled: bool = Field(True, description="Whether the model speaks at all.")
    min_pages: Annotated[int, Field(ge=1)] = Field(
        3, description="How many pages and calls a session must have asked for before the model speaks."
    )
    lower_limit: Annotated[float, Field(ge=-20.0, le=0.0)] = Field(
        -1.5, description="The most that the model may speak for a person, in log-odds."
    )
    upper_limit: Annotated[float, Field(ge=0.0, le=20.0)] = Field(
        4.0, description="The most that the model may speak for a bot, in log-odds."
    )


class BandsSection(Section):
    """Upper bounds of risk; above the last one is `certain`."""

    trusted: Annotated[float, Field(ge=0, le=100)] = Field(5.0, description="Up to this risk: trusted.")
    low: Annotated[float, Field(ge=0, le=100)] = Field(40.0, description="Up to this risk: low.")
    elevated: Annotated[float, Field(ge=0, le=100)] = Field(70.0, description="Up to this risk: elevated.")
    high: Annotated[float, Field(ge=0, le=100)] = Field(90.0, description="Up to this risk: high.")

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if not self.trusted < self.low < self.elevated < self.high:
            raise PydanticCustomError("bands", "the bounds must rise: trusted, low, elevated, high")
        return self
