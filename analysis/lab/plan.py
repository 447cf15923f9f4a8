"""Who is sent into the shop to do what, dealt from one seed: the same command plans the same visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from analysis.lab.clients.order import FIXED, FULL, PACES, Habit, Order
from analysis.lab.families import FAMILIES, SHOPPERS, Family

WAITS_S = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
# RFC 2544 keeps 198.18.0.0/15 for benchmarks: nobody's addresses, and one network of 256 for each session.
NETWORKS = 512
SHOPPERS_EACH = 10  # so many shoppers for each session of a family


@dataclass(frozen=True, slots=True)
class Plan:
    """One session to be. `way_s` is how long its requests are on their way to the shop."""

    number: int
    tool: str
    way_s: float
    order: Order

    @property
    def address(self) -> str:
        """An address of its own, with a network of its own."""
        network = self.number % NETWORKS
        return f"198.{18 + network // 256}.{network % 256}.{1 + self.number // NETWORKS}"


def plans_of(families: Sequence[str], sessions: int, seed: int) -> list[Plan]:
    """`sessions` plans for each family, and ten times that many shoppers, in the order in which they run."""
    plans: list[Plan] = []
    for name in families:
        chance = Random(f"{seed} {name}")
        count = sessions * SHOPPERS_EACH if name == SHOPPERS else sessions
        plans += [_plan(name, turn, len(plans) + turn, chance) for turn in range(count)]
    return plans


def _plan(name: str, turn: int, number: int, chance: Random) -> Plan:
    family = FAMILIES[name]
    habits = habits_of(name, family, turn, chance)
    people = name == SHOPPERS
    way_s = min(max(chance.lognormvariate(-2.7, 0.6), 0.015), 0.4)
    pair = turn if people else turn // 2  # every pair of a goal and a pace comes with and without disguise
    pace = FULL if people else PACES[pair % len(PACES)]
    order = Order(
        port=0,
        family=name,
        goal=family.goals[pair % len(family.goals)],
        seed=chance.randrange(2**31),
        asks=chance.randrange(14, 30) if family.browser else chance.randrange(14, 60),
        pace=pace,
        wait_s=chance.choice(WAITS_S) if pace == FIXED else round(chance.uniform(1.0, 20.0), 1),
        disguised=not people and turn % 2 == 1,
        habits={**habits, "way_ms": round(way_s * 1000.0)},
    )
    window = "headed" if habits.get("headed") else "headless"
    return Plan(number, f"{name} {window}" if family.browser else name, round(way_s, 4), order)


def habits_of(name: str, family: Family, turn: int, chance: Random) -> Mapping[str, Habit]:
    """What this session's programmer chose."""
    if family.browser:
        return {
            "headed": bool(turn // (family.side_by_side if name == SHOPPERS else 4) % 2),
            "images": chance.random() < 0.6,
            "clicks": chance.random() < 0.5,
            "careful": chance.random() < 0.6,
        }
    return {
        "cookies": chance.random() < 0.6,
        "careful": chance.random() < 0.5,
        "api": chance.random() < 0.3,
        "assets": chance.random() < 0.4,
        "workers": chance.choice((1, 2, 4)),
        "referrer": chance.choice(("none", "none", "engine", "before", "before")) if turn % 2 else "none",
    }
