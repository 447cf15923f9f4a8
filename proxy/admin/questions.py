"""What the admin side asks of the workers, and how a worker answers. All of it is plain JSON."""

from enum import StrEnum
from typing import Any, Protocol

from detectors.value import value
from proxy.admin.metrics import Counters
from proxy.events.fields import Privacy
from proxy.events.recent import Recent
from proxy.events.redaction import hashed_address

MAX_EVENTS = 500  # per question; at 2 KB each an answer stays below 1 MB

Message = dict[str, Any]


class Question(StrEnum):
    """The value of `ask` in a question."""

    STATUS = "status"
    METRICS = "metrics"
    RECENT = "recent"
    DECISION = "decision"
    ORDER = "order"
    FORGOTTEN = "forgotten"


class Workers(Protocol):
    """The way to all workers of this node."""

    async def ask(self, message: Message) -> list[Message]:
        """One answer from each worker that answered within the time limit."""
        ...


@value
class WorkerState:
    """What a worker knows of itself at the moment of the question.

    `worker` names one process, not one slot: a worker that takes over from a dead one has another name, so
    that counters which start again at zero are told from counters that went back. `model_fault` says which
    bundle cannot be used and why; empty if all is well.
    """

    worker: str
    accepting: bool
    degraded: bool
    policy: str
    connections: int
    clients: int
    events_lost: int
    events_queued: int
    model_fault: str = ""
    tarpitted: int = 0


def answer(
    message: Message, state: WorkerState, counters: Counters, recent: Recent, privacy: Privacy
) -> Message:
    """A worker's answer to one question; to one that it does not know, its name alone."""
    asked = message.get("ask")
    reply: Message = {"worker": state.worker}
    if asked == Question.STATUS:
        reply |= _status(state)
    elif asked == Question.METRICS:
        reply |= _status(state) | counters.export()
    elif asked == Question.RECENT:
        address = shown_address(str(message.get("ip", "")), privacy)
        limit = min(int(message.get("limit", MAX_EVENTS)), MAX_EVENTS)
        reply["events"] = recent.latest(limit, str(message.get("action", "")), address)
    elif asked == Question.DECISION:
        reply["event"] = recent.find(str(message.get("id", "")))
    return reply


def shown_address(address: str, privacy: Privacy) -> str:
    """The address as this worker's log shows it, so that an operator may ask for the real one."""
    if address and privacy.hash_addresses:
        return hashed_address(address, privacy.address_key)
    return address


def _status(state: WorkerState) -> Message:
    return {
        "accepting": state.accepting,
        "degraded": state.degraded,
        "policy": state.policy,
        "connections": state.connections,
        "clients": state.clients,
        "tarpitted": state.tarpitted,
        "events_lost": state.events_lost,
        "events_queued": state.events_queued,
        "model_fault": state.model_fault,
    }
