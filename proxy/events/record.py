"""One line per decision: what was seen, done, and why. Rendering never fails and tells no secrets."""

from datetime import UTC, datetime
from typing import Any

from orjson import OPT_APPEND_NEWLINE, Fragment, JSONEncodeError, dumps

from config.decision import Action, Decision, Mode
from detectors.behaviour.client import Client
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotStatus
from detectors.request import UNKNOWN_NETWORK, Request
from detectors.value import value
from detectors.visit import Level, Visit
from proxy.events.fields import CATEGORIES, DECISIONS, MAX_NAME, TYPES, FieldCache, Privacy, tls_fields
from proxy.events.outcome import ChallengeOutcome, Outcome, Refusal
from proxy.events.redaction import safe_path, safe_query, safe_text
from proxy.logs import ECS_VERSION

DATASET = "stile.decision"
MALFORMED_RULE = ("malformed-request", "(stile)/protocol", "")
MAX_EVIDENCE = 10
MAX_PATH = 2048
MAX_QUERY = 2048
MAX_REASON = 512
MAX_EVIDENCE_REASON = 200
MAX_METHOD = 32
MAX_FAULTS = 16

_ECS = Fragment(dumps({"version": ECS_VERSION}))
_LEVELS = {level: level.name.lower() for level in Level}
_LAST = b"}}\n"


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
        self._service = Fragment(dumps({"name": safe_text(origin.site, MAX_NAME)}))
        self._observer = Fragment(
            dumps({"version": origin.version, "hostname": safe_text(origin.node, MAX_NAME)})
        )
        self._policy = Fragment(dumps({"version": origin.policy}))
        self._model = {"version": origin.model, "sha256": origin.model_sha256[:12]}
        self._second = -1
        self._prefix = ""

    def record(self, decision_id: str, visit: Visit, decision: Decision, outcome: Outcome) -> bytes:
        """The event of a judged request: one JSON object and a newline."""
        request = visit.request
        fields = request.fields
        cache = self._cache
        action = decision.action
        document = {
            "@timestamp": self._timestamp(request.arrived),
            "ecs": _ECS,
            "event": {
                "id": decision_id,
                "kind": "event",
                "category": CATEGORIES[action],
                "type": TYPES[action],
                "dataset": DATASET,
                "action": action,
                "reason": safe_text(decision.reason, MAX_REASON),
                "duration": outcome.duration_ns,
                "risk_score": decision.risk,
            },
            "client": cache.client(request.address, request.network),
            "http": self._http(request, outcome),
            "url": self._url(request),
            "rule": cache.rule(decision.rule, decision.ruleset, decision.category),
            "service": self._service,
            "observer": self._observer,
        }
        agent = fields.get(b"user-agent")
        if agent is not None:
            document["user_agent"] = cache.user_agent(agent, outcome.agent)
        if request.tls is not None:
            document["tls"] = tls_fields(request.tls)
        if outcome.session:
            document["session"] = {"id": outcome.session}
        if outcome.user:
            document["user"] = {"hash": outcome.user}
        document["stile"] = self._stile(visit, decision, outcome)  # the last key: see `with_lost`
        return _line(document)

    def refusal(self, decision_id: str, refusal: Refusal, outcome: Outcome) -> bytes:
        """The event of a request that was refused before anybody could judge it."""
        path, mark, query = refusal.target.decode("utf-8", "surrogateescape").partition("?")
        response = {"status_code": outcome.status, "bytes": outcome.bytes_sent}
        http = {"version": refusal.http_version, "request": {"method": safe_text(refusal.method, MAX_METHOD)}}
        url = {
            "domain": safe_text(refusal.host, MAX_NAME),
            "scheme": refusal.scheme,
            "path": safe_path(path, MAX_PATH),
        }
        if mark:
            url["query"] = safe_query(query, self._cache.privacy.query_values, MAX_QUERY)
        document = {
            "@timestamp": self._timestamp(refusal.arrived),
            "ecs": _ECS,
            "event": {
                "id": decision_id,
                "kind": "event",
                "category": CATEGORIES[Action.BLOCK],
                "type": TYPES[Action.BLOCK],
                "dataset": DATASET,
                "action": Action.BLOCK,
                "reason": safe_text(f"malformed request: {refusal.reason}", MAX_REASON),
                "duration": outcome.duration_ns,
                "risk_score": None,
            },
            "client": self._cache.client(refusal.address, UNKNOWN_NETWORK),
            "http": _known(http) | {"response": response},
            "url": _known(url),
            "rule": self._cache.rule(*MALFORMED_RULE),
            "service": self._service,
            "observer": self._observer,
            "stile": {
                "decision": DECISIONS[Mode.ENFORCE, Action.BLOCK, Action.BLOCK],
                "evidence": [],
                "policy": self._policy,
                "state": {"degraded": outcome.degraded},
                "timing_us": _timing(outcome),
                "faults": list(outcome.faults[:MAX_FAULTS]),
            },
        }
        if refusal.user_agent:
            document["user_agent"] = self._cache.user_agent(refusal.user_agent, outcome.agent)
            document["stile"] = document.pop("stile")
        return _line(document)

    def _timestamp(self, arrived: float) -> str:
        second = int(arrived)
        if second != self._second:
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            self._second = second
        return f"{self._prefix}{int((arrived - second) * 1e6):06d}Z"

    def _http(self, request: Request, outcome: Outcome) -> dict[str, Any]:
        sent: dict[str, Any] = {"method": safe_text(request.method, MAX_METHOD)}
        referrer = request.fields.get(b"referer")
        if referrer:
            sent["referrer"] = self._cache.referrer(referrer)
        return {
            "version": request.http_version,
            "request": sent,
            "response": {"status_code": outcome.status, "bytes": outcome.bytes_sent},
        }

    def _url(self, request: Request) -> dict[str, str]:
        url = {
            "domain": safe_text(request.host, MAX_NAME),
            "path": safe_path(request.path, MAX_PATH),
            "scheme": request.scheme,
        }
        if request.query:
            url["query"] = safe_query(request.query, self._cache.privacy.query_values, MAX_QUERY)
        return url

    def _stile(self, visit: Visit, decision: Decision, outcome: Outcome) -> dict[str, Any]:
        request = visit.request
        now = request.arrived
        stile: dict[str, Any] = {
            "decision": DECISIONS[decision.mode, decision.would_action, decision.action],
            "evidence": [_evidence(item) for item in decision.evidence[:MAX_EVIDENCE]],
            "fingerprint": decision.fingerprint,
            "clearance": _LEVELS[visit.clearance],
            "policy": self._policy,
            "state": {
                "degraded": visit.degraded or outcome.degraded,
                "ip": _memory(visit.ip, now),
                "session": _memory(visit.session, now),
            },
            "timing_us": _timing(outcome),
            "faults": [*decision.faults, *outcome.faults][:MAX_FAULTS],
        }
        if decision.band is not None:
            stile["band"] = decision.band
        if request.route:
            stile["route"] = request.route
        if decision.bot.status is not BotStatus.NONE:
            stile["bot"] = self._cache.bot(decision.bot)
        if outcome.challenge is not None:
            stile["challenge"] = _challenge(outcome.challenge)
        if decision.margin is not None:
            stile["model"] = {**self._model, "margin": round(decision.margin, 4)}
        return stile


def with_lost(line: bytes, lost: int) -> bytes:
    """The same event with `stile.lost_events`: how many before it could not be written."""
    return line[: -len(_LAST)] + b',"lost_events":%d' % lost + _LAST


def _evidence(item: Evidence) -> dict[str, Any]:
    return {"id": item.id, "log_odds": item.log_odds, "reason": safe_text(item.reason, MAX_EVIDENCE_REASON)}


def _memory(client: Client, now: float) -> dict[str, float]:
    return {
        "requests": client.requests,
        "pages": client.pages,
        "errors": client.errors,
        "traps": client.traps,
        "rate_1m": round(client.rate("1m", now), 1),
    }


def _timing(outcome: Outcome) -> dict[str, float]:
    return {
        "judge": round(outcome.judge_us, 1),
        "state": round(outcome.state_us, 1),
        "upstream": round(outcome.upstream_us, 1),
    }


def _challenge(challenge: ChallengeOutcome) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": challenge.id, "kind": challenge.kind, "outcome": challenge.outcome}
    if challenge.solve_ms is not None:
        fields["solve_ms"] = challenge.solve_ms
    return fields


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something."""
    return {name: text for name, text in fields.items() if text and text != {"method": ""}}


def _line(document: dict[str, Any]) -> bytes:
    try:
        return dumps(document, option=OPT_APPEND_NEWLINE)
    except JSONEncodeError:  # text or a number from somewhere that JSON cannot hold
        return dumps(_cleaned(document), option=OPT_APPEND_NEWLINE)


def _cleaned(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _cleaned(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [_cleaned(inner) for inner in part]
    if isinstance(part, str):
        return safe_text(part, MAX_PATH)
    if isinstance(part, int) and not -(2**63) <= part < 2**63:
        return None
    return part
