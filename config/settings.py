"""What a loaded configuration is: values with units, no defaults to guess, nothing left to parse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from challenges.look import DEFAULT_LOOK, Look
from challenges.rung import Rung
from config.decision import Mode
from config.policy import Policy
from config.where import Where
from detectors.identity.operators import SignedAgent
from detectors.value import value

Prefix = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of one certificate; `keys` is where the document names them."""

    certificate: Path
    key: Path
    keys: tuple[str | int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen on. `proxy_protocol` expects a PROXY v1 or v2 header from trusted addresses.

    `tls` holds its certificates, the one for unknown names first; without any it speaks plain HTTP.
    """

    host: str
    port: int
    tls: tuple[TlsFiles, ...]
    proxy_protocol: bool


@value
class Limits:
    """What one client may use up. Times in seconds, sizes in bytes; `max_body_bytes` None is unlimited."""

    max_line_bytes: int
    max_head_bytes: int
    max_headers: int
    max_body_bytes: int | None
    head_timeout_s: float
    body_idle_timeout_s: float
    keep_alive_timeout_s: float
    write_stall_timeout_s: float
    connections_per_address: int
    max_connections: int
    handshake_timeout_s: float
    handshakes_per_address: int
    max_handshakes: int
    drain_timeout_s: float


@value
class UpstreamLimits:
    """How long to wait for a storefront, and how long to leave a failed one alone. Seconds."""

    connect_timeout_s: float
    first_byte_timeout_s: float
    idle_timeout_s: float
    keep_alive_s: float
    eject_s: float
    max_eject_s: float


@value
class Upstream:
    """Where allowed traffic goes. `scheme` is http or https; https is verified."""

    scheme: str
    host: str
    port: int


@value
class AccountSource:
    """Who names the account of a request; header names in lower case, each name empty where there is none.

    `header` counts only where a trusted proxy sends it. `response_header` is the storefront's word to Stile
    and never reaches the client. `cookie` is what a browser has while it is logged in, or else, where it is
    all there is, a secret that stands for the account.
    """

    cookie: str
    header: str
    response_header: str


@value
class Site:
    """Some hosts, their storefronts and how they are judged. `hosts` may hold `*.example.com` or `*`."""

    name: str
    hosts: tuple[str, ...]
    upstreams: tuple[Upstream, ...]
    mode: Mode
    max_body_bytes: int | None
    session_cookie: bool
    upstream_headers: frozenset[str]  # which of risk, band, bot, decision-id are sent to the upstream
    account: AccountSource | None
    policy: Policy
    look: Look = DEFAULT_LOOK


@value
class State:
    """`redis` None means the embedded store, which lives in `directory`."""

    redis: Where | None
    password_file: Path | None
    timeout_s: float
    directory: Path
    key_prefix: str
    max_clients: int
    retention_s: float  # how long the store keeps a client after its last request
    hash_rotation_s: float | None  # how often the names of clients change; None: never


@value
class Geoip:
    """MaxMind databases, None where the operator named none, and lists of networks by their kind."""

    city: Path | None
    country: Path | None
    asn: Path | None
    anonymous: Path | None
    lists: Mapping[str, tuple[Path, ...]]


@value
class Bots:
    """How names of bots are verified. `lists` are addresses to try in turn, by the bot's name. Seconds.

    `mirrors` are the bots whose list the operator named. `agents` are empty where no signature is verified.
    """

    refresh_s: float | None
    stale_after_s: float
    lists: Mapping[str, tuple[str, ...]]
    mirrors: frozenset[str]
    dns: bool
    dns_wait_s: float
    dns_per_second: float
    dns_servers: tuple[tuple[str, int], ...]
    key_refresh_s: float
    agents: Mapping[str, SignedAgent]


@value
class Robots:
    """`disallow` are paths closed to all, `agents` those that are asked to stay away. In seconds."""

    managed: bool
    disallow: tuple[str, ...]
    agents: tuple[str, ...]
    refresh_s: float
    trap: bool
    trap_link: bool


@value
class ModelFiles:
    """The bundles that are followed; None where the operator named none, or the model is not enabled."""

    champion: Path | None = None
    challenger: Path | None = None


@value
class Log:
    """`path` "-" is standard output. `query_values` names the parameters that are logged unredacted."""

    path: str
    hash_addresses: bool
    query_values: frozenset[str]


class Watch(StrEnum):
    """Which files are read again when they change."""

    LISTS = "lists"
    ALL = "all"
    OFF = "off"


@value
class Admin:
    """The admin listener; None for `token_file` means a token made once in the state directory."""

    host: str
    port: int
    token_file: Path | None


@value
class Captcha:
    """A captcha service as the operator has it."""

    site_key: str
    secret_file: Path
    verify_url: str


@value
class ChallengeSettings:
    """What visitors are asked; see `challenges/settings.py`."""

    pow_bits: int
    pow_budget_s: float
    browser_limit: float
    form_wait_s: float
    form_ttl_s: float
    refresh_wait_s: float
    ticket_ttl_s: float
    clearance_ttl_s: float
    status: int
    captchas: Mapping[Rung, Captcha]
    captcha_timeout_s: float
    captcha_fallback: Rung


@value
class TarpitSettings:
    """How a tarpit drips, in seconds, and how many clients one worker keeps in it, in all and per address."""

    pause_s: float
    longest_s: float
    most: int
    per_address: int


@value
class Mitigation:
    """`decoy` holds the server that misleads, as a pool has its storefronts; empty for the maze."""

    tarpit: TarpitSettings
    decoy: tuple[Upstream, ...]


@value
class Config:
    """Everything. `version` is the hash of all files that were read, shown in every event."""

    version: str
    listeners: tuple[Listener, ...]
    trusted_proxies: tuple[Prefix, ...]
    client_address_header: str
    tls_fingerprint_headers: tuple[bytes, ...]  # lower case; the first that holds one counts
    limits: Limits
    upstream_limits: UpstreamLimits
    admin: Admin | None
    state: State
    geoip: Geoip
    bots: Bots
    robots: Robots
    model_files: ModelFiles
    log: Log
    key_file: Path | None
    challenge: ChallengeSettings
    mitigation: Mitigation
    sites: tuple[Site, ...]
    look: Look  # of pages that belong to no site
    watch: Watch = Watch.LISTS
