"""One line per decision: what was seen, done, and why. Rendering never fails and tells no secrets.

A line is put together from rendered parts, which costs two thirds of a nested dict and a serialiser. Every
part that a client can choose goes through `text` or a memo that does so; tests hold lines to the schema.
"""

from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from math import isfinite

from config.decision import Action, Decision, Mode
from detectors.behaviour.step import Kind
from detectors.identity.bot_claim import BotStatus
from detectors.model.opinion import Named, Opinion
from detectors.request import UNKNOWN_NETWORK, Request
from detectors.value import value
from detectors.visit import Level, Visit
from proxy.events.fields import (
    MAX_NAME,
    MAX_PATH,
    FieldCache,
    Fields,
    Privacy,
    number,
    rendered,
    said_of,
    text,
    tls_fields,
)
from proxy.events.outcome import ChallengeOutcome, Outcome, Refusal
from proxy.events.redaction import safe_path, safe_query, safe_text
from proxy.logs import ECS_VERSION

MALFORMED_RULE = ("malformed-request", "(stile)/protocol", "")
LEFT_RULE = ("client-left", "(stile)/protocol", "")
MAX_EVIDENCE = 10
MAX_FAULTS = 16
MAX_NOTED = 16
MAX_FAULT = 200
MAX_QUERY = 2048
MAX_METHOD = 32
MAX_MODELS = 16  # whose names are kept rendered

_KINDS = {kind: kind.name.lower() for kind in Kind}
_LEVELS = {level: level.name.lower() for level in Level}
_NO_BOT = BotStatus.NONE  # read per request: see proxy/upstream.py
_END = b"}}\n"
# Several numbers at once are cheaper in a format than in an f-string; %d cuts what is behind the point.
_CLIENT = '{"requests":%d,"pages":%d,"errors":%d,"traps":%d,"rate_1m":%d}'
_TIMING = '{"judge":%d,"state":%d,"upstream":%d}'
_MEASURED = f'"state":{{"degraded":%s,"ip":{_CLIENT},"session":{_CLIENT}}},"timing_us":{_TIMING}'


@value
class Origin:
    """Where events come from: the site, the node and the versions of Stile and of its configuration."""

    site: str
    node: str
    version: str
    policy: str


class Recorder:
    """Renders the events of one site in one worker. Made anew with every loaded configuration."""

    __slots__ = ("_cache", "_constant", "_models", "_policy", "_prefix", "_second")

    def __init__(self, origin: Origin, privacy: Privacy) -> None:
        self._cache = FieldCache(privacy)
        constant = {
            "ecs": {"version": ECS_VERSION},
            "service": {"name": safe_text(origin.site, MAX_NAME)},
            "observer": {"version": origin.version, "hostname": safe_text(origin.node, MAX_NAME)},
        }
        self._constant = rendered(constant)[1:-1]
        self._policy = f'"policy":{rendered({"version": origin.policy})},'
        self._models: dict[str, str] = {}
        self._second = -1
        self._prefix = ""

    def record(self, decision_id: str, visit: Visit, decision: Decision, outcome: Outcome) -> bytes:
        """The event of a judged request: one JSON object and a newline."""
        request, cache = visit.request, self._cache
        said, risk, agent = cache.said(decision), decision.risk, request.fields.get(b"user-agent")
        faults = decision.faults + outcome.faults
        return (
            f'{{"@timestamp":"{self._time(request.arrived)}","event":{{"id":"{decision_id}",{said.event},'
            f'"duration":{outcome.duration_ns},"risk_score":{"null" if risk is None else number(risk)}}},'
            f'"client":{cache.client(request.address, request.network)},'
            f'"http":{{"version":"{request.http_version}","request":{{"method":{self._sent(request)}}},'
            f'"response":{{"status_code":{outcome.status},"bytes":{outcome.bytes_sent}}}}},'
            f'"url":{{"domain":{cache.words.get(request.host) or cache.word(request.host)},'
            f'"path":{cache.paths.get(request.path) or cache.path(request.path)},'
            f'"scheme":"{request.scheme}"{self._query(request.query) if request.query else ""}}},'
            f'"rule":{said.rule},'
            f"{'' if agent is None else cache.user_agent(agent, decision.agent)}"
            f"{self._sender(request, outcome)}"
            f'{self._constant},"stile":{{{said.stile}'
            f'"evidence":[{cache.evidence(decision.evidence[:MAX_EVIDENCE])}],'
            f'"fingerprint":"{decision.fingerprint}","clearance":"{_LEVELS[visit.clearance]}",'
            f"{self._policy}{self._extra(visit, decision, outcome)}"
            f'{_measured(visit, outcome)},"faults":[{_faults(faults) if faults else ""}]}}}}\n'
        ).encode("ascii", "backslashreplace")

    def refusal(self, decision_id: str, refusal: Refusal, outcome: Outcome) -> bytes:
        """The event of a request that nobody could judge: malformed, or its sender left first (status 0)."""
        left = outcome.status == 0
        action = Action.ALLOW if left else Action.BLOCK
        reason = refusal.reason if left else f"malformed request: {refusal.reason}"
        said = said_of(action, action, Mode.ENFORCE, reason, LEFT_RULE if left else MALFORMED_RULE)
        agent = ""
        if refusal.user_agent:
            agent = self._cache.user_agent(refusal.user_agent, "")
        return (
            f'{{"@timestamp":"{self._time(refusal.arrived)}","event":{{"id":"{decision_id}",{said.event},'
            f'"duration":{outcome.duration_ns},"risk_score":null}},'
            f'"client":{self._cache.client(refusal.address, UNKNOWN_NETWORK)},'
            f'"http":{rendered(_refused_http(refusal, outcome))},'
            f'"url":{rendered(self._refused_url(refusal))},"rule":{said.rule},{agent}{self._constant},'
            f'"stile":{{{said.stile}"evidence":[],"clearance":"none",{self._policy}'
            f'"state":{{"degraded":{"true" if outcome.degraded else "false"}}},'
            f'"timing_us":{_timing(outcome)},"faults":[{_faults(outcome.faults)}]}}}}\n'
        ).encode("ascii", "backslashreplace")

    def _time(self, arrived: float) -> str:
        micros = int(arrived * 1e6 + 0.5)
        second = micros // 1_000_000
        if second != self._second:
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            self._second = second
        return f"{self._prefix}{micros - second * 1_000_000:06d}Z"

    def _sent(self, request: Request) -> str:
        cache, referrer = self._cache, request.fields.get(b"referer")
        method = cache.words.get(request.method) or cache.word(request.method)
        return f'{method},"referrer":{cache.referrer(referrer)}' if referrer else method

    def _query(self, query: str) -> str:
        return f',"query":{quoted(safe_query(query, self._cache.privacy.query_values, MAX_QUERY))}'

    def _sender(self, request: Request, outcome: Outcome) -> str:
        sender = f'"session":{{"id":{quoted(outcome.session)}}},' if outcome.session else ""
        if request.tls is not None:
            sender = f'"tls":{tls_fields(request.tls)},{sender}'
        if outcome.user:
            sender += f'"user":{{"hash":{quoted(outcome.user)}}},'
        return sender

    def _extra(self, visit: Visit, decision: Decision, outcome: Outcome) -> str:
        request, step = visit.request, visit.step
        extra = "" if step is None else f'"kind":"{_KINDS[step.kind]}",'
        if decision.recalled:
            extra += '"recalled":true,'
        if outcome.returned:
            extra += '"returned":true,'
        if request.route:
            extra += f'"route":{self._cache.word(request.route)},'
        if decision.noted:
            extra += f'"noted":{self._cache.noted(decision.noted[:MAX_NOTED])},'
        if visit.disallowed:
            extra += '"disallowed":true,'
        if request.network.kind:
            extra += f'"network":"{request.network.kind}",'
        if decision.bot.status is not _NO_BOT:
            extra += f'"bot":{self._cache.bot(decision.bot)},'
        margin = decision.margin
        if margin is not None and isfinite(margin):
            other = "" if decision.challenger is None else self._other(decision.challenger)
            extra += f'"model":{self._spoke(decision.model, margin)}{other}}},'
        if outcome.challenge is not None:
            extra += f'"challenge":{_challenge(outcome.challenge)},'
        return extra

    def _spoke(self, model: Named | None, margin: float) -> str:
        """A model and its margin, not yet closed; models are replaced while a configuration is in force."""
        sha256 = "" if model is None else model.sha256
        known = self._models.get(sha256)
        if known is None:
            if len(self._models) >= MAX_MODELS:
                self._models.clear()
            version = "" if model is None else safe_text(model.version, MAX_NAME)
            known = self._models[sha256] = rendered({"version": version, "sha256": sha256[:12]})[:-1]
        return f'{known},"margin":{margin:.4f}'

    def _other(self, said: Opinion) -> str:
        if not isfinite(said.margin):
            return ""
        return f',"challenger":{self._spoke(said.model, said.margin)}}}'

    def _refused_url(self, refusal: Refusal) -> Fields:
        path, mark, query = refusal.target.decode("utf-8", "surrogateescape").partition("?")
        url = {
            "domain": safe_text(refusal.host, MAX_NAME),
            "scheme": safe_text(refusal.scheme, MAX_NAME),
            "path": safe_path(path, MAX_PATH),
        }
        if mark:
            url["query"] = safe_query(query, self._cache.privacy.query_values, MAX_QUERY)
        return {name: part for name, part in url.items() if part}


def with_lost(line: bytes, lost: int) -> bytes:
    """The same event with `stile.lost_events`, how many before it could not be written.

    `stile` is the last key of every line, so that this needs no parsing.
    """
    return line[: -len(_END)] + b',"lost_events":%d' % lost + _END


def _measured(visit: Visit, outcome: Outcome) -> str:
    """What the rules could see, at the end of the answer, and how long the parts took.

    Rates are as `Client.rate` has them at arrival.
    """
    ip, session = visit.ip, visit.session
    fresh = 1.0 - visit.request.arrived / 60.0 % 1.0  # the share of the minute before that is still in reach
    return _MEASURED % (
        "true" if visit.degraded or outcome.degraded else "false",
        ip.requests,
        ip.pages,
        ip.errors,
        ip.traps,
        _per_minute(ip.words, fresh),
        session.requests,
        session.pages,
        session.errors,
        session.traps,
        _per_minute(session.words, fresh),
        outcome.judge_us,
        outcome.state_us,
        outcome.upstream_us,
    )


def _per_minute(words: list[int], fresh: float) -> float:
    return words[0] + words[2] + words[3] * fresh


def _timing(outcome: Outcome) -> str:
    return _TIMING % (outcome.judge_us, outcome.state_us, outcome.upstream_us)


def _challenge(challenge: ChallengeOutcome) -> str:
    fields: Fields = {
        "id": safe_text(challenge.id, MAX_NAME),
        "kind": challenge.kind,
        "outcome": challenge.outcome,
    }
    if challenge.solve_ms is not None:
        fields["solve_ms"] = challenge.solve_ms
    if challenge.reason:
        fields["reason"] = challenge.reason
    if challenge.device:
        fields["device"] = challenge.device
    return rendered(fields)


def _faults(faults: tuple[str, ...]) -> str:
    return ",".join([text(fault, MAX_FAULT) for fault in faults[:MAX_FAULTS]])


def _refused_http(refusal: Refusal, outcome: Outcome) -> Fields:
    http: Fields = {"response": {"status_code": outcome.status, "bytes": outcome.bytes_sent}}
    if refusal.http_version:
        http["version"] = safe_text(refusal.http_version, MAX_METHOD)
    if refusal.method:
        http["request"] = {"method": safe_text(refusal.method, MAX_METHOD)}
    return http
