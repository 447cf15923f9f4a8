"""Parts of an event that return from request to request, each rendered once and kept in a bounded memo."""

from itertools import product
from typing import Any

from orjson import Fragment, dumps

from config.decision import Action, Mode
from detectors.identity.bot_claim import BotClaim
from detectors.request import Network, Tls
from detectors.value import value
from proxy.events.redaction import hashed_address, safe_bytes, safe_referrer, safe_text

MAX_MEMO = 4096  # entries; a full memo starts again from nothing, so no client can fill the memory
MAX_AGENT = 512
MAX_REFERRER = 1024
MAX_NAME = 255  # a host, a server name, a rule
MAX_KEPT = 512  # bytes; longer texts are rendered anew each time, so that the memo stays small

_KINDS = {Action.ALLOW: "allowed", Action.CHALLENGE: "info"}
TYPES = {action: Fragment(dumps(["access", _KINDS.get(action, "denied")])) for action in Action}
CATEGORIES = {
    action: Fragment(dumps(["web"] if action is Action.ALLOW else ["web", "intrusion_detection"]))
    for action in Action
}
DECISIONS = {
    (mode, would, done): Fragment(dumps({"mode": mode, "would_action": would, "enforced": would is done}))
    for mode, would, done in product(Mode, Action, Action)
}


@value
class Privacy:
    """What the log may show. `address_key` is read only where `hash_addresses` is set."""

    hash_addresses: bool = False
    address_key: bytes = b""
    query_values: frozenset[str] = frozenset()


class FieldCache:
    """Renders the repeating parts of one worker's events."""

    __slots__ = ("_agents", "_bots", "_clients", "_referrers", "_rules", "privacy")

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self._agents: dict[tuple[bytes, str], Fragment] = {}
        self._bots: dict[tuple[str, ...], Fragment] = {}
        self._clients: dict[str, tuple[Network, Fragment]] = {}
        self._referrers: dict[bytes, str] = {}
        self._rules: dict[tuple[str, str, str], Fragment] = {}

    def client(self, address: str, network: Network) -> Fragment:
        """`client`: the address, raw or hashed, and who owns it."""
        kept = self._clients.get(address)
        if kept is not None and (kept[0] is network or kept[0] == network):
            return kept[1]
        fragment = Fragment(dumps(self._client(address, network)))
        _keep(self._clients, address, (network, fragment))
        return fragment

    def user_agent(self, raw: bytes, name: str) -> Fragment:
        """`user_agent`: as sent, made readable, and the name behind it."""
        key = (raw, name)
        fragment = self._agents.get(key)
        if fragment is None:
            fields = {"original": safe_bytes(raw, MAX_AGENT)}
            if name:
                fields["name"] = safe_text(name, MAX_NAME)
            fragment = Fragment(dumps(fields))
            if len(raw) <= MAX_KEPT:
                _keep(self._agents, key, fragment)
        return fragment

    def referrer(self, raw: bytes) -> str:
        """`http.request.referrer`, redacted."""
        text = self._referrers.get(raw)
        if text is None:
            text = safe_referrer(raw, self.privacy.query_values, MAX_REFERRER)
            if len(raw) <= MAX_KEPT:
                _keep(self._referrers, raw, text)
        return text

    def rule(self, name: str, ruleset: str, category: str) -> Fragment:
        """`rule`: the rule that decided."""
        key = (name, ruleset, category)
        fragment = self._rules.get(key)
        if fragment is None:
            fields = {"name": name, "ruleset": ruleset, "category": category}
            fragment = Fragment(
                dumps({field: safe_text(text, MAX_NAME) for field, text in fields.items() if text})
            )
            _keep(self._rules, key, fragment)
        return fragment

    def bot(self, claim: BotClaim) -> Fragment:
        """`stile.bot`: what the client says it is, and how far that is proven."""
        key = (claim.name, claim.category, claim.status, claim.method)
        fragment = self._bots.get(key)
        if fragment is None:
            names = ("claimed", "category", "status", "method")
            fields = {name: safe_text(text, MAX_NAME) for name, text in zip(names, key, strict=True) if text}
            fragment = Fragment(dumps(fields))
            _keep(self._bots, key, fragment)
        return fragment

    def _client(self, address: str, network: Network) -> dict[str, Any]:
        shown = address
        if self.privacy.hash_addresses:
            shown = hashed_address(address, self.privacy.address_key)
        fields: dict[str, Any] = {"ip": shown, "address": shown}
        if network.asn:
            fields["as"] = {"number": network.asn}
            if network.organization:
                fields["as"]["organization"] = {"name": safe_text(network.organization, MAX_NAME)}
        if network.country:
            fields["geo"] = {"country_iso_code": network.country}
        return fields


def tls_fields(tls: Tls) -> dict[str, Any]:
    """`tls`: the facts of the connection that are known."""
    fields: dict[str, Any] = {"version": tls.version} if tls.version else {}
    client = {}
    if tls.ja4:
        client["ja4"] = tls.ja4
    if tls.server_name:
        client["server_name"] = safe_text(tls.server_name, MAX_NAME)
    if client:
        fields["client"] = client
    return fields


def _keep(memo: dict[Any, Any], key: object, entry: object) -> None:
    if len(memo) >= MAX_MEMO:
        memo.clear()
    memo[key] = entry
