"""Parts of an event that return from request to request, each rendered once and kept in a bounded memo.

All JSON here is ASCII: such a line cannot upset a reader, a terminal or a splitter of lines.
"""

from functools import lru_cache
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as quoted
from math import isfinite
from typing import Any

from config.decision import Action, Band, Decision, Mode, Verdict
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim
from detectors.request import Network, Tls
from detectors.value import value
from proxy.events.redaction import hashed_address, safe_bytes, safe_path, safe_referrer, safe_text

MAX_MEMO = 4096  # entries; a full memo starts again from nothing, so no client can fill the memory
MAX_KEPT = 512  # bytes; longer texts are rendered anew each time, so that the memo stays small
MAX_AGENT = 512
MAX_REFERRER = 1024
MAX_REASON = 512
MAX_PATH = 2048
MAX_NAME = 255  # a host, a server name, a rule
MAX_EVIDENCE_REASON = 200

Fields = dict[str, Any]

number = lru_cache(maxsize=1024, typed=True)(str)  # a risk has one decimal, so there are 1,001 of them

_encode = JSONEncoder(separators=(",", ":")).encode  # json.dumps would make an encoder for each call
_KINDS = {Action.ALLOW: "allowed", Action.CHALLENGE: "info"}


@value
class Privacy:
    """What the log may show. `address_key` is read only where `hash_addresses` is set."""

    hash_addresses: bool = False
    address_key: bytes = b""
    query_values: frozenset[str] = frozenset()


@value
class Said:
    """A decision's own words: the middle of `event`, `rule` as a whole, the head of `stile`."""

    event: str
    rule: str
    stile: str


def text(content: str, limit: int) -> str:
    """A JSON string of at most `limit` characters, quotes included in the result."""
    if content.isascii() and len(content) <= limit:
        return quoted(content)
    return quoted(safe_text(content, limit))


def rendered(fields: object) -> str:
    """A JSON value of ours."""
    return _encode(fields)


class FieldCache:
    """Renders the repeating parts of one worker's events.

    `words` and `paths` are for a look before the call of `word` and `path`.
    """

    __slots__ = (
        "_agents",
        "_bots",
        "_clients",
        "_evidence",
        "_findings",
        "_noted",
        "_referrers",
        "_said",
        "paths",
        "privacy",
        "words",
    )

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self._agents: dict[tuple[bytes, str], str] = {}
        self._bots: dict[tuple[str, ...], str] = {}
        self._clients: dict[str, tuple[Network, str]] = {}
        self._evidence: dict[int, tuple[tuple[Evidence, ...], str]] = {}
        self._findings: dict[int, tuple[Evidence, str]] = {}
        self._noted: dict[tuple[tuple[str, str], ...], str] = {}
        self._referrers: dict[bytes, str] = {}
        self.words: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self._said: dict[tuple[str | None, ...], Said] = {}

    def said(self, decision: Decision) -> Said:
        """What the decision says but for its evidence. Reasons repeat, for rules write them."""
        key = (
            decision.rule,
            decision.reason,
            decision.action,
            decision.would_action,
            decision.mode,
            decision.band,
            decision.ruleset,
            decision.category,
        )
        said = self._said.get(key)
        if said is None:
            rule = (decision.rule, decision.ruleset, decision.category)
            said = said_of(
                decision.action, decision.would_action, decision.mode, decision.reason, rule, decision.band
            )
            _keep(self._said, key, said)
        return said

    def word(self, content: str) -> str:
        """A name that returns often: a host, a method, a route."""
        word = self.words.get(content)
        if word is None:
            word = text(content, MAX_NAME)
            if len(content) <= MAX_KEPT:
                _keep(self.words, content, word)
        return word

    def path(self, path: str) -> str:
        """`url.path`: as it stands, but for the session ids in it."""
        rendered_path = text(safe_path(path, MAX_PATH) if ";" in path else path, MAX_PATH)
        if len(path) <= MAX_KEPT:
            _keep(self.paths, path, rendered_path)
        return rendered_path

    def client(self, address: str, network: Network) -> str:
        """`client`: the address, raw or hashed, and who owns it."""
        kept = self._clients.get(address)
        if kept is not None and (kept[0] is network or kept[0] == network):
            return kept[1]
        client = rendered(self._client(address, network))
        _keep(self._clients, address, (network, client))
        return client

    def user_agent(self, raw: bytes, name: str) -> str:
        """`user_agent` with its key and a comma: as sent, made readable, and the name behind it."""
        key = (raw, name)
        agent = self._agents.get(key)
        if agent is None:
            fields = {"original": safe_bytes(raw, MAX_AGENT)}
            if name:
                fields["name"] = safe_text(name, MAX_NAME)
            agent = f'"user_agent":{rendered(fields)},'
            if len(raw) <= MAX_KEPT:
                _keep(self._agents, key, agent)
        return agent

    def referrer(self, raw: bytes) -> str:
        """`http.request.referrer`, redacted."""
        referrer = self._referrers.get(raw)
        if referrer is None:
            referrer = quoted(safe_referrer(raw, self.privacy.query_values, MAX_REFERRER))
            if len(raw) <= MAX_KEPT:
                _keep(self._referrers, raw, referrer)
        return referrer

    def bot(self, claim: BotClaim) -> str:
        """`stile.bot`: what the client says it is, and how far that is proven."""
        key = (claim.name, claim.category, claim.status, claim.method)
        bot = self._bots.get(key)
        if bot is None:
            bot = rendered(_known(("claimed", "category", "status", "method"), key))
            _keep(self._bots, key, bot)
        return bot

    def noted(self, verdicts: tuple[Verdict, ...]) -> str:
        """`stile.noted`: what rules said that are only watched."""
        key = tuple((verdict.rule, verdict.ruleset) for verdict in verdicts)
        noted = self._noted.get(key)
        if noted is None:
            names = ("rule", "ruleset", "action")
            noted = rendered([_known(names, (each.rule, each.ruleset, each.action)) for each in verdicts])
            _keep(self._noted, key, noted)
        return noted

    def evidence(self, items: tuple[Evidence, ...]) -> str:
        """The inside of `stile.evidence`.

        What headers gave is the same object in every request, and what a page told is the same tuple in the
        events of all that it loads.
        """
        whole = self._evidence.get(id(items))
        if whole is None or whole[0] is not items:
            whole = (items, self._rendered(items))
            _keep(self._evidence, id(items), whole)
        return whole[1]

    def _rendered(self, items: tuple[Evidence, ...]) -> str:
        memo = self._findings
        parts = []
        for item in items:
            kept = memo.get(id(item))
            if kept is None or kept[0] is not item:
                kept = (item, _finding(item))
                _keep(memo, id(item), kept)
            parts.append(kept[1])
        return ",".join(parts)

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


def said_of(
    action: Action,
    would_action: Action,
    mode: Mode,
    reason: str,
    rule: tuple[str, str, str],
    band: Band | None = None,
) -> Said:
    """The words of a decision, or of a refusal that was none."""
    allowed = action is Action.ALLOW
    category = ["web"] if allowed else ["web", "intrusion_detection"]
    event = {
        "kind": "event",
        "category": category,
        "type": ["access", _KINDS.get(action, "denied")],
        "dataset": "stile.decision",
        "action": action,
        "reason": safe_text(reason, MAX_REASON),
    }
    decision = {"mode": mode, "would_action": would_action, "enforced": would_action is action}
    stile = {"decision": decision} if band is None else {"decision": decision, "band": band}
    return Said(
        event=rendered(event)[1:-1],
        rule=rendered(_known(("name", "ruleset", "category"), rule)),
        stile=rendered(stile)[1:-1] + ",",
    )


def tls_fields(tls: Tls) -> str:
    """`tls`: the facts of the connection that are known."""
    fields: Fields = _known(("version",), (tls.version,))
    client = _known(("ja4", "server_name"), (tls.ja4, tls.server_name))
    if client:
        fields["client"] = client
    return rendered(fields)


def _finding(item: Evidence) -> str:
    log_odds = item.log_odds if isfinite(item.log_odds) else "null"
    return (
        f'{{"id":{quoted(item.id)},"log_odds":{log_odds},"reason":{text(item.reason, MAX_EVIDENCE_REASON)}}}'
    )


def _known(names: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, str]:
    """The fields that say something."""
    return {name: safe_text(content, MAX_NAME) for name, content in zip(names, texts, strict=True) if content}


def _keep(memo: dict[Any, Any], key: object, entry: object) -> None:
    if len(memo) >= MAX_MEMO:
        memo.clear()
    memo[key] = entry
