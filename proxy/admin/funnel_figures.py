"""What the counts of challenges say: the steps of a funnel, shares, and times. Nothing is counted here."""

from collections import Counter
from typing import Any

from challenges.rung import Rung
from detectors.fingerprint.device import DEVICES
from detectors.value import value
from proxy.admin.funnel import SOLVE_BOUNDS_S, Answer, is_shown
from proxy.admin.funnel_metrics import solve_counts
from proxy.events.outcome import ChallengeStep

ANSWERS = frozenset(
    {ChallengeStep.SOLVED, ChallengeStep.FAILED, ChallengeStep.EXPIRED, ChallengeStep.REPLAYED}
)
AS_REASON = frozenset({ChallengeStep.EXPIRED, ChallengeStep.REPLAYED})  # they need no other


@value
class Steps:
    """How far the challenges of one kind came."""

    issued: int = 0
    shown: int = 0
    answered: int = 0
    solved: int = 0


@value
class SolveTime:
    """About how long one class of devices took, in seconds; infinite beyond the last bound."""

    device: str
    solved: int
    median_s: float
    p90_s: float


@value
class Share:
    """`part` of `whole`."""

    part: int = 0
    whole: int = 0

    @property
    def percent(self) -> float | None:
        """None where there is nothing to have a share of."""
        return 100 * min(self.part, self.whole) / self.whole if self.whole else None


@value
class Visibility:
    """How much people see of Stile over some time: of what they looked at, and of those who looked."""

    pages: Share = Share()
    sessions: Share = Share()

    def since(self, before: "Visibility") -> "Visibility":
        """What came after `before`."""
        return Visibility(_rest(self.pages, before.pages), _rest(self.sessions, before.sessions))


@value
class FunnelFigures:
    """Everything that the page says about challenges. `hour` is None until there is something before now."""

    rungs: dict[str, Steps]
    failures: list[tuple[str, str, int]]
    times: list[SolveTime]
    ever: Visibility
    hour: Visibility | None = None

    @property
    def visible(self) -> Steps:
        """The steps of all rungs that show something."""
        seen = [steps for kind, steps in self.rungs.items() if kind in set(Rung) - {Rung.COOKIE}]
        return Steps(
            sum(steps.issued for steps in seen),
            sum(steps.shown for steps in seen),
            sum(steps.answered for steps in seen),
            sum(steps.solved for steps in seen),
        )


def funnel_figures(export: dict[str, Any], hour: Visibility | None = None) -> FunnelFigures:
    """The figures in a sum of all workers."""
    return FunnelFigures(
        rungs=_rungs(export["challenges"]),
        failures=_failures(export),
        times=[
            SolveTime(device, sum(counts), quantile(counts, 0.5), quantile(counts, 0.9))
            for device, counts in sorted(
                solve_counts(export["solved"]).items(), key=lambda item: DEVICES.index(item[0])
            )
        ],
        ever=visibility(export),
        hour=hour,
    )


def visibility(export: dict[str, Any]) -> Visibility:
    """How much people have seen since the start."""
    shown = _sum(export["challenges_shown"])
    pages = sum(count for _, answer, count in export["page_loads"] if answer == Answer.PAGE)
    return Visibility(
        Share(shown, shown + pages), Share(_sum(export["sessions_asked"]), _sum(export["sessions"]))
    )


def quantile(counts: list[int], share: float) -> float:
    """About the time that this share of solved challenges took at most; within a bucket, a straight line."""
    wanted, running, below = share * sum(counts), 0, 0.0
    for bound, count in zip(SOLVE_BOUNDS_S, counts, strict=False):
        if count and running + count >= wanted:
            return below + (bound - below) * (wanted - running) / count
        running, below = running + count, bound
    return float("inf")


def _rungs(rows: list[list[Any]]) -> dict[str, Steps]:
    """The steps of each kind in the order of the ladder, those that were never asked left out."""
    tables: dict[str, Counter[str]] = {}
    for _, kind, outcome, count in rows:
        table = tables.setdefault(kind, Counter())
        table[outcome] += count
        table["shown"] += count if is_shown(kind, outcome) else 0
        table["answered"] += count if outcome in ANSWERS else 0
    order = [*(kind for kind in Rung if kind in tables), *(kind for kind in tables if kind not in set(Rung))]
    return {kind: _steps(tables[kind]) for kind in order}


def _steps(table: Counter[str]) -> Steps:
    return Steps(table[ChallengeStep.ISSUED], table["shown"], table["answered"], table[ChallengeStep.SOLVED])


def _failures(export: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Reason, rung and count of what was no right answer, most first."""
    found: Counter[tuple[str, str]] = Counter()
    for kind, reason, count in export["challenge_failures"]:
        found[reason, kind] += count
    for _, kind, outcome, count in export["challenges"]:
        if outcome in AS_REASON:
            found[outcome, kind] += count
    return sorted(((*key, count) for key, count in found.items()), key=lambda row: (-row[2], row))


def _sum(rows: list[list[Any]]) -> int:
    return sum(count for *_, count in rows)


def _rest(now: Share, before: Share) -> Share:
    return Share(now.part - before.part, now.whole - before.whole)
