"""One line per decision: what was seen, what was done, and why. Rendering never fails and never tells secrets."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orjson import OPT_APPEND_NEWLINE, Fragment, dumps

from config.decision import Action, Decision
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotStatus
from detectors.request import UNKNOWN_NETWORK, Network, Request
from detectors.value import value
from detectors.visit import Visit
from proxy.events.outcome import ChallengeOutcome, Outcome, Refusal
from proxy.events.redaction import hashed_address, safe_bytes, safe_path, safe_query, safe_referrer, safe_text

ECS_VERSION = "8.17.0"
DATASET = "stile.decision"
MAX_EVIDENCE = 10
MAX_PATH = 2048
MAX_QUERY = 2048
MAX_REFERRER = 1024
MAX_AGENT = 512
MAX_REASON = 512
MAX_NAME = 255  # a host, a method, a server name
MEMO = 4096  # entries per memo; a full memo starts again from nothing

MALFORMED_RULE = "malformed-request"
MALFORMED_RULESET = "(stile)/protocol"

_TYPES = {
    Action.ALLOW: "allowed",
    Action.CHALLENGE: "info",
    Action.THROTTLE: "denied",
    Action.TARPIT: "denied",
    Action.DECOY: "denied",
    Action.BLOCK: "denied",
}
_CATEGORIES = {action: Fragment(dumps(["web"])) for action in Action if action is Action.ALLOW} | {
    action: Fragment(dumps(["web", "intrusion_detection"])) for action in Action if action is not Action.ALLOW
}
_EVENT_TYPES = {action: Fragment(dumps(["access", kind])) for action, kind in _TYPES.items()}
_ECS = Fragment(dumps({"version": ECS_VERSION}))
_LEVELS = ("none", "form", "pow")
_EMPTY: tuple[str, ...] = ()


@value
class Privacy:
    """What the log may show. `address_key` is read only where `hash_addresses` is set."""

    hash_addresses: bool = False
    address_key: bytes = b""
    query_values: frozenset[str] = frozenset()


@value
class Origin:
    """Where an event comes from: the site, the node and the versions that decided. Empty where there is none."""

    site: str
    node: str
    version: str
    policy: str
    model: str = ""
    model_sha256: str = ""
