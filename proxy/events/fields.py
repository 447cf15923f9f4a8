"""Parts of an event that return from request to request, each rendered once and kept in a bounded memo."""

import json
from itertools import product
from json.encoder import encode_basestring_ascii
from typing import Any

from orjson import Fragment

from config.decision import Action, Mode
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim
from detectors.request import Network, Tls
from detectors.value import value
from proxy.events.redaction import hashed_address, safe_bytes, safe_referrer, safe_text

MAX_MEMO = 4096  # entries; a full memo starts again from nothing, so no client can fill the memory
MAX_KEPT = 512  # bytes; longer texts are rendered anew each time, so that the memo stays small
MAX_AGENT = 512
MAX_REFERRER = 1024
MAX_NAME = 255  # a host, a server name, a rule
MAX_EVIDENCE_REASON = 200

Fields = dict[str, Any]


def frozen(fields: object) -> Fragment:
    """JSON made ahead, in ASCII alone: such a line cannot upset any reader."""
    return Fragment(json.dumps(fields, separators=(",", ":")).encode())


def frozen_text(text: str) -> Fragment:
    """The same for one text."""
    return Fragment(encode_basestring_ascii(text).encode())


_KINDS = {Action.ALLOW: "allowed", Action.CHALLENGE: "info"}
TYPES = {action: frozen(["access", _KINDS.get(action, "denied")]) for action in Action}
CATEGORIES = {
    action: frozen(["web"] if action is Action.ALLOW else ["web", "intrusion_detection"]) for action in Action
}
DECISIONS = {
    (mode, would, done): frozen({"mode": mode, "would_action": would, "enforced": would is done})
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

    __slots__ = ("_agents", "_bots", "_clients", "_evidence", "_referrers", "_rules", "privacy")

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self._agents: dict[tuple[bytes, str], Fragment] = {}
        self._bots: dict[tuple[str, ...], Fragment] = {}
        self._clients: dict[str, tuple[Network, Fragment]] = {}
        self._evidence: dict[int, tuple[Evidence, Fragment]] = {}
        self._referrers: dict[bytes, Fragment] = {}
        self._rules: dict[tuple[str, str, str], Fragment] = {}

    def client(self, address: str, network: Network) -> Fragment:
        """`client`: the address, raw or hashed, and who owns it."""
        kept = self._clients.get(address)
        if kept is not None and (kept[0] is network or kept[0] == network):
            return kept[1]
        rendered = frozen(self._client(address, network))
        _keep(self._clients, address, (network, rendered))
        return rendered

    def user_agent(self, raw: bytes, name: str) -> Fragment:
        """`user_agent`: as sent, made readable, and the name behind it."""
        key = (raw, name)
        rendered = self._agents.get(key)
        if rendered is None:
            fields = {"original": safe_bytes(raw, MAX_AGENT)}
            if name:
                fields["name"] = safe_text(name, MAX_NAME)
            rendered = frozen(fields)
            if len(raw) <= MAX_KEPT:
                _keep(self._agents, key, rendered)
        return rendered

    def referrer(self, raw: bytes) -> Fragment:
        """`http.request.referrer`, redacted."""
        rendered = self._referrers.get(raw)
        if rendered is None:
            rendered = frozen_text(safe_referrer(raw, self.privacy.query_values, MAX_REFERRER))
            if len(raw) <= MAX_KEPT:
                _keep(self._referrers, raw, rendered)
        return rendered

    def rule(self, name: str, ruleset: str, category: str) -> Fragment:
        """`rule`: the rule that decided."""
        key = (name, ruleset, category)
        rendered = self._rules.get(key)
        if rendered is None:
            rendered = frozen(_known(("name", "ruleset", "category"), key))
            _keep(self._rules, key, rendered)
        return rendered

    def bot(self, claim: BotClaim) -> Fragment:
        """`stile.bot`: what the client says it is, and how far that is proven."""
        key = (claim.name, claim.category, claim.status, claim.method)
        rendered = self._bots.get(key)
        if rendered is None:
            rendered = frozen(_known(("claimed", "category", "status", "method"), key))
            _keep(self._bots, key, rendered)
        return rendered

    def evidence(self, items: tuple[Evidence, ...]) -> list[Fragment]:
        """`stile.evidence`. What the header fingerprint gave is the same object in every request."""
        memo = self._evidence
        rendered = []
        for item in items:
            kept = memo.get(id(item))
            if kept is None or kept[0] is not item:
                reason = safe_text(item.reason, MAX_EVIDENCE_REASON)
                kept = (item, frozen({"id": item.id, "log_odds": item.log_odds, "reason": reason}))
                _keep(memo, id(item), kept)
            rendered.append(kept[1])
        return rendered

    def _client(self, address: str, network: Network) -> Fields:
        shown = address
        if self.privacy.hash_addresses:
            shown = hashed_address(address, self.privacy.address_key)
        fields: Fields = {"ip": shown, "address": shown}
        if network.asn:
            fields["as"] = {"number": network.asn}
            if network.organization:
                fields["as"]["organization"] = {"name": safe_text(network.organization, MAX_NAME)}
        if network.country:
            fields["geo"] = {"country_iso_code": safe_text(network.country, MAX_NAME)}
        return fields


def tls_fields(tls: Tls) -> Fields:
    """`tls`: the facts of the connection that are known."""
    fields: Fields = {"version": tls.version} if tls.version else {}
    client = {}
    if tls.ja4:
        client["ja4"] = tls.ja4
    if tls.server_name:
        client["server_name"] = tls.server_name
    if client:
        fields["client"] = client
    return fields


def _known(names: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, str]:
    """The fields that say something."""
    return {name: safe_text(text, MAX_NAME) for name, text in zip(names, texts, strict=True) if text}


def _keep(memo: dict[Any, Any], key: object, entry: object) -> None:
    if len(memo) >= MAX_MEMO:
        memo.clear()
    memo[key] = entry
