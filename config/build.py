"""A checked document becomes settings: paths made whole, and checked for what only the whole can tell."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from config.addresses import AddressFault, check_host, host_and_port, upstream_of
from config.build_policy import PolicyBuilder
from config.decision import Mode
from config.fault import Fault, did_you_mean, dotted
from config.policy import Policy
from config.schema import ConfigDocument, SiteSection
from config.sections import AdminSection, LimitsSection, ListenSection, UpstreamLimitsSection
from config.settings import (
    Admin,
    ChallengeSettings,
    Config,
    Geoip,
    Limits,
    Listener,
    Log,
    Site,
    State,
    TlsFiles,
    UpstreamLimits,
)
from config.sources import Sources
from config.yaml_tree import Path as KeyPath

T = TypeVar("T")
S = TypeVar("S")


def build(sources: Sources) -> Config | None:
    """The configuration in `sources`; what is wrong joins their faults. None where it cannot be built."""
    if sources.config is None:
        return None
    policies = PolicyBuilder(sources, sources.config).build()
    return _Builder(sources, sources.config).build(policies)


class _Builder:
    def __init__(self, sources: Sources, config: ConfigDocument) -> None:
        self._sources = sources
        self._config = config

    def build(self, policies: dict[KeyPath, Policy]) -> Config | None:
        config = self._config
        listeners = [self._listener(place, section) for place, section in enumerate(config.listen)]
        sites = [self._site(place, section, policies) for place, section in enumerate(config.sites)]
        admin = self._admin(config.admin)
        self._check_sites()
        if self._sources.faults:
            return None
        return Config(
            version=self._sources.version,
            listeners=tuple(filter(None, listeners)),
            trusted_proxies=tuple(ip_network(text) for text in config.trusted_proxies),
            client_address_header=config.client_address_header,
            limits=_limits(config.limits),
            upstream_limits=_upstream_limits(config.upstream_limits),
            admin=admin,
            state=self._state(),
            geoip=Geoip(self._path(config.geoip.city), self._path(config.geoip.asn)),
            log=self._log(),
            key_file=self._path(config.secrets.key_file),
            challenge=self._challenge(),
            sites=tuple(filter(None, sites)),
        )

    def _listener(self, place: int, section: ListenSection) -> Listener | None:
        address = self._read(("listen", place, "address"), host_and_port, section.address)
        tls = section.tls
        files = TlsFiles(self._whole(tls.certificate), self._whole(tls.key)) if tls else None
        return Listener(*address, files, section.proxy_protocol) if address else None

    def _admin(self, section: AdminSection | None) -> Admin | None:
        if section is None:
            return None
        address = self._read(("admin", "address"), host_and_port, section.address)
        return Admin(*address, self._path(section.token_file)) if address else None

    def _site(self, place: int, section: SiteSection, policies: dict[KeyPath, Policy]) -> Site | None:
        at: KeyPath = ("sites", place)
        hosts = [
            self._read((*at, "hosts", each), check_host, host) for each, host in enumerate(section.hosts)
        ]
        upstreams = [
            self._read((*at, "upstreams", each), upstream_of, text)
            for each, text in enumerate(section.upstreams)
        ]
        policy = policies.get((*at, "policy")) or policies.get(("policy",))
        if policy is None:
            return None
        return Site(
            name=site_name(section),
            hosts=tuple(filter(None, hosts)),
            upstreams=tuple(filter(None, upstreams)),
            mode=Mode(section.mode),
            max_body_bytes=section.max_body if section.max_body is not None else self._config.limits.max_body,
            session_cookie=section.session_cookie,
            upstream_headers=frozenset(section.upstream_headers),
            policy=policy,
        )

    def _check_sites(self) -> None:
        """No host and no name belongs to two sites."""
        hosts: dict[str, int] = {}
        names: dict[str, int] = {}
        for place, section in enumerate(self._config.sites):
            for each, host in enumerate(section.hosts):
                other = hosts.setdefault(host.lower(), place)
                if other != place:
                    self._fault(("sites", place, "hosts", each), f"sites[{other}] has this host already")
            other = names.setdefault(site_name(section), place)
            if other != place and section.name is not None:
                self._fault(("sites", place, "name"), f"sites[{other}] has this name already")

    def _state(self) -> State:
        state = self._config.state
        if state.redis is not None:
            schemes = ("redis", "rediss", "unix")
            scheme = urlsplit(state.redis).scheme if state.redis.isascii() else ""
            if scheme not in schemes:
                advice = did_you_mean(scheme, schemes)
                self._fault(("state", "redis"), f"must begin with redis://, rediss:// or unix://{advice}")
        directory = self._whole(state.directory)
        return State(state.redis, state.timeout, directory, state.key_prefix, state.max_clients)

    def _log(self) -> Log:
        log = self._config.log
        path = log.path if log.path == "-" else str(self._whole(log.path))
        return Log(path, log.hash_addresses, frozenset(log.query_values))

    def _challenge(self) -> ChallengeSettings:
        challenge = self._config.challenge
        return ChallengeSettings(
            pow_bits=challenge.pow_bits,
            form_wait_s=challenge.form_wait,
            ticket_ttl_s=challenge.ticket_ttl,
            clearance_ttl_s=challenge.clearance_ttl,
            status=challenge.status,
        )

    def _whole(self, text: str) -> Path:
        return self._sources.folder / text

    def _path(self, text: str | None) -> Path | None:
        return None if text is None else self._whole(text)

    def _read(self, path: KeyPath, read: Callable[[S], T], given: S) -> T | None:
        """What `read` makes of `given`; None, and a fault at `path`, where it refuses."""
        try:
            return read(given)
        except AddressFault as fault:
            self._fault(path, str(fault))
            return None

    def _fault(self, path: KeyPath, message: str) -> None:
        self._sources.faults.append(Fault(self._sources.document.place(path), dotted(path), message))


def site_name(section: SiteSection) -> str:
    """What events call a site."""
    if section.name is not None:
        return section.name
    return "default" if section.hosts[0] == "*" else section.hosts[0].lower()


def _limits(limits: LimitsSection) -> Limits:
    return Limits(
        max_line_bytes=limits.max_line,
        max_head_bytes=limits.max_head,
        max_headers=limits.max_headers,
        max_body_bytes=limits.max_body,
        head_timeout_s=limits.head_timeout,
        body_idle_timeout_s=limits.body_idle_timeout,
        keep_alive_timeout_s=limits.keep_alive_timeout,
        write_stall_timeout_s=limits.write_stall_timeout,
        connections_per_address=limits.connections_per_address,
        max_connections=limits.max_connections,
        drain_timeout_s=limits.drain_timeout,
    )


def _upstream_limits(limits: UpstreamLimitsSection) -> UpstreamLimits:
    return UpstreamLimits(
        connect_timeout_s=limits.connect_timeout,
        first_byte_timeout_s=limits.first_byte_timeout,
        idle_timeout_s=limits.idle_timeout,
        keep_alive_s=limits.keep_alive,
        eject_s=limits.eject,
        max_eject_s=limits.max_eject,
    )
