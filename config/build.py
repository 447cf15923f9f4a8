"""A checked document becomes settings: paths made whole, and checked for what only the whole can tell."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from challenges.look import Look
from challenges.rung import Rung
from config.account import AccountSection
from config.addresses import host_and_port, host_of, upstream_of
from config.bots import bots_of
from config.build_pages import looks
from config.build_policy import PolicyBuilder
from config.build_state import faults_of as state_faults
from config.build_state import state_of
from config.challenges import captcha_of, settings_of, unknown_services
from config.decision import Mode
from config.fault import Fault, dotted
from config.mitigation import mitigation_of
from config.policy import Policy
from config.robots import robots_of
from config.schema import ConfigDocument, SiteSection
from config.sections import (
    AdminSection,
    GeoipSection,
    LimitsSection,
    ListenSection,
    ModelSection,
    TlsSection,
    UpstreamLimitsSection,
)
from config.settings import (
    AccountSource,
    Admin,
    ChallengeSettings,
    Config,
    Geoip,
    Limits,
    Listener,
    Log,
    ModelFiles,
    Site,
    TlsFiles,
    UpstreamLimits,
    Watch,
)
from config.sources import Sources
from config.yaml_tree import Path as KeyPath


def build(sources: Sources, builder: PolicyBuilder | None = None) -> Config | None:
    """The configuration in `sources`; what is wrong joins their faults. None where it cannot be built.

    Give a `builder` of the same sources to learn from it what the policies were built of.
    """
    if sources.config is None:
        return None
    policies = (builder or PolicyBuilder(sources, sources.config)).build()
    return _Builder(sources, sources.config).build(policies)


class _Builder:
    def __init__(self, sources: Sources, config: ConfigDocument) -> None:
        self._sources = sources
        self._config = config

    def build(self, policies: dict[KeyPath, Policy]) -> Config | None:
        config = self._config
        self._check_sites()
        self._check_accounts()
        self._check_fingerprint_headers()
        for path, message in state_faults(config.state):
            self._fault(path, message)
        look, site_looks = looks(self._sources, config)
        if self._sources.faults:
            return None
        return Config(
            version=self._sources.version,
            listeners=tuple(self._listener(place, section) for place, section in enumerate(config.listen)),
            trusted_proxies=tuple(ip_network(text) for text in config.trusted_proxies),
            client_address_header=config.client_address_header,
            tls_fingerprint_headers=tuple(
                name.lower().encode("ascii") for name in config.tls_fingerprint_headers
            ),
            limits=_limits(config.limits),
            upstream_limits=_upstream_limits(config.upstream_limits),
            admin=self._admin(config.admin),
            state=state_of(config.state, self._sources.folder),
            geoip=self._geoip(config.geoip),
            bots=bots_of(config.bots),
            robots=robots_of(config.robots),
            model_files=self._model_files(config.model),
            log=self._log(),
            key_file=self._path(config.secrets.key_file),
            challenge=self._challenge(),
            mitigation=mitigation_of(config.mitigation),
            sites=tuple(
                self._site(place, section, policies, site_looks[place])
                for place, section in enumerate(config.sites)
            ),
            look=look,
            watch=Watch(config.reload.watch),
        )

    def _listener(self, place: int, section: ListenSection) -> Listener:
        files = tuple(
            TlsFiles(self._whole(certificate), self._whole(key), ("listen", place, "tls", *keys))
            for certificate, key, keys in _pairs(section.tls)
        )
        return Listener(*host_and_port(section.address), files, section.proxy_protocol)

    def _admin(self, section: AdminSection | None) -> Admin | None:
        if section is None:
            return None
        return Admin(*host_and_port(section.address), self._path(section.token_file))

    def _geoip(self, section: GeoipSection) -> Geoip:
        lists = section.lists.model_dump()
        return Geoip(
            city=self._path(section.city),
            country=self._path(section.country),
            asn=self._path(section.asn),
            anonymous=self._path(section.anonymous),
            lists={kind: tuple(map(self._whole, files)) for kind, files in lists.items() if files},
        )

    def _site(self, place: int, section: SiteSection, policies: dict[KeyPath, Policy], look: Look) -> Site:
        return Site(
            name=site_name(section),
            hosts=tuple(map(host_of, section.hosts)),
            upstreams=tuple(map(upstream_of, section.upstreams)),
            mode=Mode(section.mode or self._config.mode),
            max_body_bytes=section.max_body if section.max_body is not None else self._config.limits.max_body,
            session_cookie=section.session_cookie,
            upstream_headers=frozenset(section.upstream_headers),
            account=_account(section.account),
            policy=policies.get(("sites", place, "policy")) or policies[("policy",)],
            look=look,
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

    def _check_fingerprint_headers(self) -> None:
        if self._config.tls_fingerprint_headers and not self._config.trusted_proxies:
            message = "are taken only from trusted_proxies, and there are none"
            self._fault(("tls_fingerprint_headers",), message)

    def _check_accounts(self) -> None:
        """A header that no one may set would leave everybody without an account, silently."""
        for place, section in enumerate(self._config.sites):
            if section.account and section.account.header and not self._config.trusted_proxies:
                self._fault(
                    ("sites", place, "account", "header"),
                    "is taken only from trusted_proxies, and there are none",
                )

    def _model_files(self, section: ModelSection) -> ModelFiles:
        if not section.enabled:
            return ModelFiles()
        return ModelFiles(self._path(section.path), self._path(section.challenger))

    def _log(self) -> Log:
        log = self._config.log
        path = log.path if log.path == "-" else str(self._whole(log.path))
        return Log(path, log.hash_addresses, frozenset(log.query_values))

    def _challenge(self) -> ChallengeSettings:
        challenge = self._config.challenge
        for band, rung in unknown_services(challenge):
            self._fault(("challenge", "ladder", band), f"there is no challenge.captcha.{rung}")
        captchas = {
            Rung(name): captcha_of(Rung(name), section, self._whole(section.secret_file))
            for name, section in challenge.captcha.items()
        }
        return settings_of(challenge, captchas)

    def _whole(self, text: str) -> Path:
        return self._sources.folder / text

    def _path(self, text: str | None) -> Path | None:
        return None if text is None else self._whole(text)

    def _fault(self, path: KeyPath, message: str) -> None:
        self._sources.faults.append(Fault(self._sources.document.place(path), dotted(path), message))


def site_name(section: SiteSection) -> str:
    """What events call a site."""
    if section.name is not None:
        return section.name
    return "default" if section.hosts[0] == "*" else section.hosts[0].lower()


def _pairs(section: TlsSection | None) -> Iterator[tuple[str, str, KeyPath]]:
    """Certificate and key of each pair, and where the section names it."""
    if section is None:
        return
    if section.certificate is not None and section.key is not None:
        yield section.certificate, section.key, ()
    for place, each in enumerate(section.certificates or ()):
        yield each.certificate, each.key, ("certificates", place)


def _account(section: AccountSection | None) -> AccountSource | None:
    if section is None:
        return None
    return AccountSource(
        cookie=section.cookie or "",
        header=(section.header or "").lower(),
        response_header=(section.response_header or "").lower(),
    )


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
        handshake_timeout_s=limits.handshake_timeout,
        handshakes_per_address=limits.handshakes_per_address,
        max_handshakes=limits.max_handshakes,
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
