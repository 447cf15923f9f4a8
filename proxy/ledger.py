"""Exactly one line for every request, whatever became of it."""

from time import perf_counter_ns

from config.settings import Config, Site
from proxy.events.fields import Privacy
from proxy.events.outcome import Outcome, Refusal
from proxy.events.record import Origin, Recorder
from proxy.exchange import Exchange
from proxy.http1.request_head import RequestHead
from proxy.logs import logger
from proxy.services import Services
from proxy.state.keys import ip_key
from proxy.version import VERSION

NO_SITE = "-"
_LEFT = "the client left before a decision"


class Ledger:
    """Writes events and counts them, for one worker."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._recorders: dict[str, Recorder] = {}
        self._nobody: Recorder | None = None
        self._version = ""

    def reload(self, config: Config) -> None:
        """Name the new policy in the events from now on."""
        self._version = config.version
        privacy = Privacy(config.log.hash_addresses, self.services.address_key, config.log.query_values)
        self._recorders = {site.name: self._recorder(site, privacy, config) for site in config.sites}
        self._nobody = Recorder(Origin("", self.services.node, VERSION, config.version), privacy)

    def _recorder_of(self, site: Site | None) -> Recorder | None:
        """A request that began under an earlier configuration is told with that one's version."""
        if site is None:
            return self._nobody
        if site.policy.version == self._version:
            return self._recorders.get(site.name) or self._nobody
        services = self.services
        log = services.config.log
        privacy = Privacy(log.hash_addresses, services.address_key, log.query_values)
        return Recorder(Origin(site.name, services.node, VERSION, site.policy.version), privacy)

    def _recorder(self, site: Site, privacy: Privacy, config: Config) -> Recorder:
        return Recorder(Origin(site.name, self.services.node, VERSION, config.version), privacy)

    def write(self, exchange: Exchange) -> None:
        """The event of an exchange that has ended. One that cannot be rendered costs nobody else anything."""
        try:
            self._write(exchange)
        except Exception as error:  # noqa: BLE001  the last border before a request would be failed by its log line
            logger().error("events.unwritable", decision_id=exchange.id, error=str(error))

    def _write(self, exchange: Exchange) -> None:
        site, visit, decision = exchange.site, exchange.visit, exchange.decision
        outcome = _outcome(exchange)
        name = "" if site is None else site.name
        recorder = self._recorder_of(site)
        if recorder is None:
            return
        if visit is not None and decision is not None and not exchange.refused:
            line = recorder.record(exchange.id, visit, decision, outcome)
        else:
            line = recorder.refusal(exchange.id, _refusal(exchange), outcome)
        services = self.services
        services.events.emit(line)
        services.recent.add(exchange.id, line, _sender(exchange, name))
        services.counters.count(name, decision, outcome, visit, returned=outcome.returned)


def _outcome(exchange: Exchange) -> Outcome:
    sender, account = exchange.sender, exchange.account
    if account is None:
        account = "" if sender is None else sender.account
    return Outcome(
        exchange.status,
        exchange.sent,
        perf_counter_ns() - exchange.started_ns,
        exchange.judge_ns / 1000,
        exchange.state_ns / 1000,
        exchange.upstream_ns / 1000,
        exchange.challenge,
        "" if sender is None else sender.session_id,
        account,
        False,
        exchange.faults,
        sender is not None and sender.returned,
    )


def _sender(exchange: Exchange, site: str) -> str:
    """The client key of the address."""
    sender = exchange.sender
    return ip_key(exchange.downstream.peer, site or NO_SITE) if sender is None else sender.ip_key


def _refusal(exchange: Exchange) -> Refusal:
    head: RequestHead | None = exchange.head
    request = exchange.request
    return Refusal(
        reason=exchange.refused or _LEFT,
        address=request.address if request else exchange.downstream.peer,
        arrived=exchange.started_s,
        method=head.method if head else "",
        target=head.target if head else b"",
        host=head.host if head else "",
        scheme=request.scheme if request else exchange.downstream.scheme,
        http_version=head.http_version if head else "",
        user_agent=head.fields.get(b"user-agent", b"") if head else b"",
    )
