"""What an event looks like, for its readers: JSON Schema 2020-12, versioned, by `stile schema event`."""

from typing import Any

from config.decision import Action, Band, Mode
from detectors.behaviour.step import Kind
from detectors.fingerprint.device import DEVICES
from detectors.identity.bot_claim import BotStatus
from detectors.identity.network_list import NETWORK_KINDS
from detectors.visit import Level
from proxy.events.outcome import ChallengeStep
from proxy.events.record import MAX_EVIDENCE, MAX_NOTED

VERSION = "1.3"  # the minor number grows with new fields; a field is never renamed within a major one

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_UUID7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_MEMORY_FIELDS = ("requests", "pages", "errors", "traps", "rate_1m")


def event_schema(*, strict: bool = False) -> Schema:
    """The schema of one event line. Readers ignore unknown keys; with `strict`, these fail."""
    document = _object(
        _top(),
        ("@timestamp", "ecs", "event", "client", "http", "url", "rule", "service", "observer", "stile"),
    )
    document |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:stile:event:{VERSION}",
        "title": "Stile decision event",
        "description": "One request, its decision and outcome. Names follow Elastic Common Schema.",
    }
    return document if strict else _open(document)


def _top() -> Schema:
    return {
        "@timestamp": _text("arrival, UTC", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"),
        "ecs": _object({"version": _text()}, ("version",)),
        "event": _event(),
        "client": _client(),
        "http": _http(),
        "url": _object(
            {
                "domain": _text(limit=255),
                "path": _text(limit=2048),
                "query": _text("values are redacted unless allowed", limit=2048),
                "scheme": _text(limit=255),
            }
        ),
        "user_agent": _object({"original": _text(limit=512), "name": _text(limit=255)}, ("original",)),
        "tls": _object(
            {
                "version": _text(),
                "client": _object({"ja4": _text(limit=255), "server_name": _text(limit=255)}),
            }
        ),
        "session": _object({"id": _text("a keyed hash")}, ("id",)),
        "user": _object({"hash": _text("a keyed hash")}, ("hash",)),
        "rule": _object(
            {"name": _text(limit=255), "ruleset": _text(limit=255), "category": _text("OWASP OAT id")}
        ),
        "service": _object({"name": _text("the site")}, ("name",)),
        "observer": _object({"version": _text(), "hostname": _text()}, ("version", "hostname")),
        "stile": _stile(),
    }


def _event() -> Schema:
    return _object(
        {
            "id": _text("UUIDv7; the decision id", pattern=_UUID7),
            "kind": {"const": "event"},
            "category": {"enum": [["web"], ["web", "intrusion_detection"]]},
            "type": {"enum": [["access", kind] for kind in ("allowed", "denied", "info")]},
            "dataset": {"const": "stile.decision"},
            "action": {"enum": list(Action), "description": "what was done"},
            "reason": _text(limit=512),
            "duration": {**_COUNT, "description": "nanoseconds from arrival to the last byte"},
            "risk_score": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
        },
        ("id", "kind", "category", "type", "dataset", "action", "reason", "duration", "risk_score"),
    )


def _client() -> Schema:
    organization = _object({"name": _text(limit=255)}, ("name",))
    return _object(
        {
            "ip": _text("raw, or a keyed hash written as an fd00::/8 address", limit=45),
            "address": _text("the same as ip", limit=45),
            "as": _object({"number": _COUNT, "organization": organization}, ("number",)),
            "geo": _object({"country_iso_code": _text()}, ("country_iso_code",)),
        },
        ("ip", "address"),
    )


def _http() -> Schema:
    response = {
        "status_code": {**_COUNT, "maximum": 999, "description": "0: the client left before an answer"},
        "bytes": _COUNT,
    }
    return _object(
        {
            "version": _text(limit=32),
            "request": _object({"method": _text(limit=255), "referrer": _text(limit=1024)}, ("method",)),
            "response": _object(response, ("status_code", "bytes")),
        },
        ("response",),
    )


def _challenge() -> Schema:
    return _object(
        {
            "id": _text(),
            "kind": _text("the rung that was asked"),
            "outcome": {"enum": list(ChallengeStep)},
            "solve_ms": _COUNT,
            "reason": _text("why an answer failed"),
            "device": {"enum": list(DEVICES)},
        },
        ("id", "kind", "outcome"),
    )


def _stile() -> Schema:
    decision = {
        "mode": {"enum": list(Mode)},
        "would_action": {"enum": list(Action)},
        "enforced": {"type": "boolean"},
    }
    finding = {"id": _text(), "log_odds": {"type": ["number", "null"]}, "reason": _text(limit=200)}
    claims = [status for status in BotStatus if status is not BotStatus.NONE]
    memory = _object(dict.fromkeys(_MEMORY_FIELDS, _COUNT), _MEMORY_FIELDS)
    timings = ("judge", "state", "upstream")
    return _object(
        {
            "decision": _object(decision, tuple(decision)),
            "band": {"enum": list(Band)},
            "evidence": {
                "type": "array",
                "items": _object(finding, tuple(finding)),
                "maxItems": MAX_EVIDENCE,
            },
            "fingerprint": _text("12 hexadecimal digits, or empty", pattern="^([0-9a-f]{12})?$"),
            "bot": _object(
                {"claimed": _text(), "category": _text(), "status": {"enum": claims}, "method": _text()},
                ("status",),
            ),
            "kind": {"enum": [kind.name.lower() for kind in Kind], "description": "what was asked for"},
            "recalled": {"const": True, "description": "judged by what the page told that loaded this"},
            "returned": {"const": True, "description": "the session's cookie came back"},
            "route": _text(limit=255),
            "noted": _noted(),
            "disallowed": {"const": True, "description": "robots.txt forbids the request to this client"},
            "network": {"enum": list(NETWORK_KINDS), "description": "what the address belongs to"},
            "clearance": {"enum": [level.name.lower() for level in Level]},
            "challenge": _challenge(),
            "model": _model(),
            "policy": _object({"version": _text()}, ("version",)),
            "state": _object(
                {"degraded": {"type": "boolean"}, "ip": memory, "session": memory}, ("degraded",)
            ),
            "timing_us": _object(dict.fromkeys(timings, _COUNT), timings),
            "faults": {"type": "array", "items": _text(limit=200), "maxItems": 16},
            "lost_events": {
                **_COUNT,
                "minimum": 1,
                "description": "events before this one that were not written",
            },
        },
        ("decision", "evidence", "clearance", "policy", "state", "timing_us", "faults"),
    )


def _noted() -> Schema:
    said = {"rule": _text(limit=255), "ruleset": _text(limit=255), "action": {"enum": list(Action)}}
    return {
        "type": "array",
        "items": _object(said, tuple(said)),
        "maxItems": MAX_NOTED,
        "description": "what rules said that are in mode monitor, or that leave this client out",
    }


def _model() -> Schema:
    spoke = {"version": _text(limit=255), "sha256": _text(limit=12), "margin": {"type": "number"}}
    challenger = _object(spoke, tuple(spoke)) | {
        "description": "a second model on trial: logged, and no part of the decision"
    }
    return _object({**spoke, "challenger": challenger}, tuple(spoke))


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _text(description: str = "", *, limit: int | None = None, pattern: str = "") -> Schema:
    schema: Schema = {"type": "string"}
    if description:
        schema["description"] = description
    if limit is not None:
        schema["maxLength"] = limit
    if pattern:
        schema["pattern"] = pattern
    return schema


def _open(schema: Any) -> Any:
    """The same schema for readers, who let unknown keys pass."""
    if isinstance(schema, dict):
        return {key: _open(part) for key, part in schema.items() if key != "additionalProperties"}
    return schema
