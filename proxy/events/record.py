"""One line per decision: what was seen, done, and why. Rendering never fails and tells no secrets."""

from datetime import UTC, datetime
from typing import Any

from orjson import OPT_APPEND_NEWLINE, JSONEncodeError, dumps

from config.decision import Action, Decision, Mode
from detectors.behaviour.client import Client
from detectors.identity.bot_claim import BotStatus
from detectors.request import UNKNOWN_NETWORK, Request
from detectors.value import value
from detectors.visit import Level, Visit
from proxy.events.fields import (
    CATEGORIES,
    DECISIONS,
    MAX_NAME,
    TYPES,
    FieldCache,
    Fields,
    Privacy,
    frozen,
    frozen_text,
    tls_fields,
)
from proxy.events.outcome import ChallengeOutcome, Outcome, Refusal
from proxy.events.redaction import safe_path, safe_query, safe_text
from proxy.logs import ECS_VERSION

DATASET = "stile.decision"
MALFORMED_RULE = ("malformed-request", "(stile)/protocol", "")
LEFT_RULE = ("client-left", "(stile)/protocol", "")
MAX_EVIDENCE = 10
MAX_FAULTS = 16
MAX_QUERY = 2048
ORDINARY = 4096  # bytes; a longer line, or one that is not ASCII, is rendered again with care
CAPS = {"path": 2048, "query": MAX_QUERY, "method": 32, "reason": 512}  # characters, by field name

_ECS = frozen({"version": ECS_VERSION})
_LEVELS = {level: level.name.lower() for level in Level}
_END = b"}}\n"


@value
class Origin:
    """Where events come from: the site, the node and the versions that judge. Empty where there is none."""

    site: str
    node: str
    version: str
    policy: str
    model: str = ""
    model_sha256: str = ""


class Recorder:
    """Renders the events of one site in one worker. Made anew with every loaded configuration."""

    __slots__ = ("_cache", "_model", "_observer", "_policy", "_prefix", "_second", "_service")

    def __init__(self, origin: Origin, privacy: Privacy) -> None:
        self._cache = FieldCache(privacy)
        self._service = frozen({"name": safe_text(origin.site, MAX_NAME)})
        self._observer = frozen({"version": origin.version, "hostname": safe_text(origin.node, MAX_NAME)})
        self._policy = frozen({"version": origin.policy})
        self._model = {"version": origin.model, "sha256": origin.model_sha256[:12]}
        self._second = -1
        self._prefix = ""

    def record(
        self, decision_id: str, visit: Visit, decision: Decision, outcome: Outcome, seen: Fields | None = None
    ) -> bytes:
        """The event of a judged request: one JSON object and a newline.

        `seen` is what `memory` gave when the decision was made; without it the counters are read now.
        """
        request = visit.request
        cache = self._cache
        document: Fields = {
            "@timestamp": self._timestamp(request.arrived),
            "ecs": _ECS,
            "event": _event(decision_id, decision.action, decision.reason, decision.risk, outcome),
            "client": cache.client(request.address, request.network),
            "http": self._http(request, outcome),
            "url": self._url(request),
            "rule": cache.rule(decision.rule, decision.ruleset, decision.category),
            "service": self._service,
            "observer": self._observer,
        }
        agent = request.fields.get(b"user-agent")
        if agent is not None:
            document["user_agent"] = cache.user_agent(agent, outcome.agent)
        if request.tls is not None:
            document["tls"] = tls_fields(request.tls)
        if outcome.session:
            document["session"] = {"id": outcome.session}
        if outcome.user:
            document["user"] = {"hash": outcome.user}
        document["stile"] = self._stile(visit, decision, outcome, seen or memory(visit))
        return _line(document)

    def refusal(self, decision_id: str, refusal: Refusal, outcome: Outcome) -> bytes:
        """The event of a request that nobody could judge: malformed, or its sender left first (status 0)."""
        left = outcome.status == 0
        action = Action.ALLOW if left else Action.BLOCK
        reason = refusal.reason if left else f"malformed request: {refusal.reason}"
        document: Fields = {
            "@timestamp": self._timestamp(refusal.arrived),
            "ecs": _ECS,
            "event": _event(decision_id, action, reason, None, outcome),
            "client": self._cache.client(refusal.address, UNKNOWN_NETWORK),
            "http": {"response": {"status_code": outcome.status, "bytes": outcome.bytes_sent}},
            "url": self._refused_url(refusal),
            "rule": self._cache.rule(*(LEFT_RULE if left else MALFORMED_RULE)),
            "service": self._service,
            "observer": self._observer,
        }
        if refusal.http_version:
            document["http"]["version"] = refusal.http_version
        if refusal.method:
            document["http"]["request"] = {"method": refusal.method}
        if refusal.user_agent:
            document["user_agent"] = self._cache.user_agent(refusal.user_agent, outcome.agent)
        document["stile"] = {
            "decision": DECISIONS[Mode.ENFORCE, action, action],
            "evidence": [],
            "clearance": _LEVELS[Level.NONE],
            "policy": self._policy,
            "state": {"degraded": outcome.degraded},
            "timing_us": _timing(outcome),
            "faults": list(outcome.faults[:MAX_FAULTS]),
        }
        return _line(document)

    def _timestamp(self, arrived: float) -> str:
        second = int(arrived)
        if second != self._second:
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            self._second = second
        return f"{self._prefix}{int((arrived - second) * 1e6):06d}Z"

    def _http(self, request: Request, outcome: Outcome) -> Fields:
        sent: Fields = {"method": request.method}
        referrer = request.fields.get(b"referer")
        if referrer:
            sent["referrer"] = self._cache.referrer(referrer)
        return {
            "version": request.http_version,
            "request": sent,
            "response": {"status_code": outcome.status, "bytes": outcome.bytes_sent},
        }

    def _url(self, request: Request) -> Fields:
        path = request.path
        url: Fields = {"domain": request.host, "path": path, "scheme": request.scheme}
        if not path.isascii() or ";" in path:
            url["path"] = frozen_text(safe_path(path, CAPS["path"]))
        if request.query:
            url["query"] = safe_query(request.query, self._cache.privacy.query_values, MAX_QUERY)
        return url

    def _refused_url(self, refusal: Refusal) -> Fields:
        path, mark, query = refusal.target.decode("utf-8", "surrogateescape").partition("?")
        url = {"domain": refusal.host, "scheme": refusal.scheme, "path": safe_path(path, CAPS["path"])}
        if mark:
            url["query"] = safe_query(query, self._cache.privacy.query_values, MAX_QUERY)
        return {name: text for name, text in url.items() if text}

    def _stile(self, visit: Visit, decision: Decision, outcome: Outcome, seen: Fields) -> Fields:
        stile: Fields = {
            "decision": DECISIONS[decision.mode, decision.would_action, decision.action],
            "evidence": self._cache.evidence(decision.evidence[:MAX_EVIDENCE]),
            "fingerprint": decision.fingerprint,
            "clearance": _LEVELS[visit.clearance],
            "policy": self._policy,
            "state": {"degraded": visit.degraded or outcome.degraded, **seen},
            "timing_us": _timing(outcome),
            "faults": [*decision.faults, *outcome.faults][:MAX_FAULTS],
        }
        if decision.band is not None:
            stile["band"] = decision.band
        if visit.request.route:
            stile["route"] = visit.request.route
        if decision.bot.status is not BotStatus.NONE:
            stile["bot"] = self._cache.bot(decision.bot)
        if outcome.challenge is not None:
            stile["challenge"] = _challenge(outcome.challenge)
        if decision.margin is not None:
            stile["model"] = {**self._model, "margin": decision.margin}
        return stile


def memory(visit: Visit) -> Fields:
    """The counters that the rules can see, as they stand now."""
    now = visit.request.arrived
    return {"ip": _counters(visit.ip, now), "session": _counters(visit.session, now)}


def with_lost(line: bytes, lost: int) -> bytes:
    """The same event with `stile.lost_events`, how many before it could not be written.

    `stile` is the last key of every line, so that this needs no parsing.
    """
    return line[: -len(_END)] + b',"lost_events":%d' % lost + _END


def _event(decision_id: str, action: Action, reason: str, risk: float | None, outcome: Outcome) -> Fields:
    return {
        "id": decision_id,
        "kind": "event",
        "category": CATEGORIES[action],
        "type": TYPES[action],
        "dataset": DATASET,
        "action": action,
        "reason": reason,
        "duration": outcome.duration_ns,
        "risk_score": risk,
    }


def _counters(client: Client, now: float) -> Fields:
    return {
        "requests": client.requests,
        "pages": client.pages,
        "errors": client.errors,
        "traps": client.traps,
        "rate_1m": client.rate("1m", now),
    }


def _timing(outcome: Outcome) -> Fields:
    return {
        "judge": int(outcome.judge_us),
        "state": int(outcome.state_us),
        "upstream": int(outcome.upstream_us),
    }


def _challenge(challenge: ChallengeOutcome) -> Fields:
    fields: Fields = {"id": challenge.id, "kind": challenge.kind, "outcome": challenge.outcome}
    if challenge.solve_ms is not None:
        fields["solve_ms"] = challenge.solve_ms
    return fields


def _line(document: Fields) -> bytes:
    try:
        line = dumps(document, option=OPT_APPEND_NEWLINE)
    except JSONEncodeError:  # text or a number that JSON cannot hold
        line = b""
    if line and line.isascii() and len(line) <= ORDINARY:
        return line
    return dumps(_careful(document, MAX_NAME), option=OPT_APPEND_NEWLINE)


def _careful(part: Any, limit: int) -> Any:
    if isinstance(part, dict):
        return {name: _careful(inner, CAPS.get(name, MAX_NAME)) for name, inner in part.items()}
    if isinstance(part, list):
        return [_careful(inner, limit) for inner in part]
    if isinstance(part, str):
        return frozen_text(safe_text(part, limit))
    if isinstance(part, int) and not -(2**63) <= part < 2**63:
        return None
    return part
