"""A budget is a sentence about a report that must not be true: `people_challenged > 0.5%`."""

import operator
import re
from collections.abc import Callable
from difflib import get_close_matches

from analysis.replaying.clients import ALL, HIT, LOGGED_IN, PEOPLE, PURCHASING, VERIFIED
from analysis.replaying.report import Report
from detectors.value import value

Measure = Callable[[Report], tuple[int, int]]  # how many, of how many

COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
FORM = re.compile(r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*([0-9]+(?:\.[0-9]+)?)\s*(%?)\s*\Z")
DONE = {
    "challenged": "challenge",
    "throttled": "throttle",
    "tarpitted": "tarpit",
    "misled": "decoy",
    "blocked": "block",
    "hit": HIT,
}
GROUPS = {
    "people": PEOPLE,
    "logged_in": LOGGED_IN,
    "purchasing": PURCHASING,
    "verified_bots": VERIFIED,
    "clients": ALL,
}


class BudgetFault(ValueError):
    """This is no budget; the text says why."""


@value
class Budget:
    """A bound on one metric, `limit` per cent or in number. It is exceeded where the comparison holds."""

    text: str
    metric: str
    comparison: str
    limit: float
    in_percent: bool

    def exceeded_by(self, report: Report) -> str:
        """What exceeds it, for people; empty where nothing does."""
        count, of = METRICS[self.metric](report)
        share = 100.0 * count / of if of else 0.0
        found = share if self.in_percent else float(count)
        if not COMPARISONS[self.comparison](found, self.limit):
            return ""
        return f"{self.text}: {self.metric} is {count:,} of {of:,} ({share:.3g}%)"


def budget_of(text: str) -> Budget:
    """The budget in `metric > number`, with or without a per cent sign. Raises BudgetFault."""
    found = FORM.match(text)
    if found is None:
        raise BudgetFault(f"{text!r}: a budget looks like 'people_challenged > 0.5%'")
    metric, comparison, number, percent = found.groups()
    if metric not in METRICS:
        near = get_close_matches(metric, METRICS, 1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/replay.md lists them"
        raise BudgetFault(f"unknown metric {metric!r}; {hint}")
    return Budget(text.strip(), metric, comparison, float(number), bool(percent))


def _of_clients(who: str, action: str) -> Measure:
    return lambda report: (report.latest.clients[who, action], report.population[who])


def _of_requests(action: str) -> Measure:
    def measure(report: Report) -> tuple[int, int]:
        actions = report.latest.actions
        hit = sum(actions.values()) - actions["allow"]
        return (hit if action == HIT else actions[action]), sum(actions.values())

    return measure


METRICS: dict[str, Measure] = {
    **{
        f"{group}_{done}": _of_clients(who, action)
        for group, who in GROUPS.items()
        for done, action in DONE.items()
    },
    **{f"requests_{done}": _of_requests(action) for done, action in DONE.items()},
    "requests_flipped": lambda report: (sum(report.flips.values()), report.judged),
    "faults": lambda report: (sum(report.latest.faults.values()), report.judged),
    "malformed": lambda report: (report.malformed, report.lines),
}
