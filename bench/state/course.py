"""Everything that is measured of the shared state, and how much of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bench.report import Row
from bench.state import cost, faults, limit, weight
from proxy.state.push import TURN_S


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes."""

    cost: cost.Stretch
    weight: weight.Stretch
    limit: limit.Stretch
    faults: faults.Stretch


FULL = Plan(
    cost=cost.Stretch(people=5_000, warm_s=TURN_S + 2.0, rounds=9, slice_s=3.0),
    weight=weight.Stretch(visitors=100_000, clients=1_000_000, forged=2_000_000, table=200_000),
    limit=limit.Stretch(slow=6, fast=8, sharded=True),
    faults=faults.Stretch(
        rate=2_000.0,
        people=3_000,
        lead_s=20.0,  # everybody has come once
        before_s=8.0,
        after_s=8.0,
        dead_s=3.0,
        hung_s=10.0,
        failover_s=5.0,
        settle_s=TURN_S + 5.0,
    ),
)
QUICK = Plan(
    cost=cost.Stretch(people=500, warm_s=4.0, rounds=1, slice_s=1.0),
    weight=weight.Stretch(visitors=2_000, clients=20_000, forged=4_000, table=1_000),
    limit=limit.Stretch(slow=0, fast=1, sharded=False),
    faults=faults.Stretch(
        rate=200.0,
        people=50,
        lead_s=0.5,
        before_s=1.0,
        after_s=0.5,
        dead_s=0.5,
        hung_s=0.5,
        failover_s=1.0,
        settle_s=1.0,
    ),
)
PARTS: dict[str, Callable[[Path, Plan], list[Row]]] = {
    "cost": lambda folder, plan: cost.measure(folder, plan.cost),
    "weight": lambda folder, plan: weight.measure(folder, plan.weight),
    "limit": lambda folder, plan: limit.measure(folder, plan.limit),
    "faults": lambda folder, plan: faults.measure(folder, plan.faults),
}


def measure(folder: Path, plan: Plan, say: Callable[[str], None], only: Collection[str] = PARTS) -> list[Row]:
    """The rows of these parts, in order."""
    rows = []
    for name, part in PARTS.items():
        if name in only:
            say(f"shared state: {name}")
            rows += part(folder / name, plan)
    return rows
