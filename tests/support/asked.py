"""The demo's shop, whose gateway asks everybody the same; what became of a visit, as the events tell it."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.gateway import Event, Gateway, demo_changes
from tests.support.shop import Shop

PRODUCT = "/product/2114"


@contextlib.contextmanager
def asking(folder: Path, rung: str, **more: Any) -> Iterator[tuple[Shop, Gateway]]:
    """The shop and the gateway; `more` are sections laid over the demo's configuration."""
    rule = {"name": "asked", "when": "true", "action": "challenge", "ask": rung}
    policy = {"policy": {"rules": [rule], "without": ["automation-tool"]}}
    folder.mkdir(parents=True, exist_ok=True)
    with (
        Shop(folder) as shop,
        Gateway(folder, shop.url, {**demo_changes(), **policy, **more}) as gateway,
    ):
        yield shop, gateway


@dataclass(frozen=True, slots=True)
class Course:
    """How one visit went. `kind`, `outcome` and `reason` are those of its last answer, empty without one.

    `risk` is that of the request that was asked.

    Moments are Unix seconds, None where it did not come so far: the page had been sent, its script ran, the
    answer came, the wanted page was asked for and served.
    """

    kind: str = ""
    outcome: str = ""
    reason: str = ""
    risk: float | None = None
    issued: float | None = None
    fetched: float | None = None
    answered: float | None = None
    served: float | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.served is not None or self.outcome == "failed"

    @property
    def took_s(self) -> float:
        """From the page on its way to the arrival of the request that was served."""
        assert self.issued is not None
        assert self.served is not None
        return self.served - self.issued


def course_of(events: Iterable[Event], path: str = PRODUCT) -> Course:
    """The course of the one visit that left these events."""
    found: dict[str, Any] = {}
    for event in events:
        challenge = event["stile"].get("challenge", {})
        outcome, arrived = challenge.get("outcome"), arrival(event)
        if outcome == "issued":
            found.setdefault("risk", event["event"]["risk_score"])
            found.setdefault("issued", arrived + event["event"]["duration"] / 1e9)
        elif outcome == "fetched":
            found.setdefault("fetched", arrived)
        elif outcome is not None:
            found |= {"kind": challenge["kind"], "outcome": outcome, "reason": challenge.get("reason", "")}
            found["answered"] = arrived
        elif event["url"]["path"] == path and event["event"]["action"] == "allow":
            found.setdefault("served", arrived)
    return Course(**found)


def arrival(event: Event) -> float:
    """When the request came, in Unix seconds."""
    return datetime.fromisoformat(event["@timestamp"]).timestamp()
