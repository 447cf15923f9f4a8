"""Counters of all workers as one, which never go back: what a dead worker counted stays counted."""

from collections import Counter
from typing import Any

MAX_WORKERS = 64  # known processes; older ones are folded into one
LABELLED = (
    *("bots", "lookups", "models_refused", "models_agreement"),
    *("challenges", "challenge_failures", "solved", "solve_ms"),
    *("page_loads", "challenges_shown", "sessions", "sessions_asked"),
)

Export = dict[str, Any]


class Totals:
    """Sums the exports of workers, the living and the dead."""

    def __init__(self) -> None:
        self._last: dict[str, Export] = {}
        self._gone: list[Export] = []
        self.alive: list[Export] = []

    def take(self, answers: list[Export]) -> None:
        """Take in what the workers answered; one that did not answer keeps its last counts."""
        self.alive = [answer for answer in answers if "durations" in answer]
        for export in self.alive:
            worker = str(export["worker"])
            before = self._last.pop(worker, None)
            if before is not None and sum(export["durations"]) < sum(before["durations"]):
                self._gone = [_sum([*self._gone, before])]
            self._last[worker] = export
        while len(self._last) > MAX_WORKERS:
            oldest = next(iter(self._last))
            self._gone = [_sum([*self._gone, self._last.pop(oldest)])]

    def export(self) -> Export:
        """The sum of all."""
        return _sum([*self._gone, *self._last.values()])

    def gauge(self, name: str) -> int:
        """The sum of a figure over the workers that answered last time."""
        return sum(int(export.get(name, 0)) for export in self.alive)

    def by_action(self) -> Counter[str]:
        """Requests by action since the start."""
        actions: Counter[str] = Counter()
        for _, action, _, _, count in self.export()["requests"]:
            actions[action] += count
        return actions


def _sum(exports: list[Export]) -> Export:
    requests: Counter[tuple[Any, ...]] = Counter()
    handshakes: Counter[str] = Counter()
    labelled: dict[str, Counter[tuple[Any, ...]]] = {name: Counter() for name in LABELLED}
    for export in exports:
        for name, counter in labelled.items():
            for *key, count in export.get(name, ()):
                counter[tuple(key)] += count
        for *key, count in export["requests"]:
            requests[tuple(key)] += count
        handshakes.update(export["handshakes"])
    return {
        "requests": [[*key, count] for key, count in requests.items()],
        **{name: [[*key, count] for key, count in counter.items()] for name, counter in labelled.items()},
        "handshakes": dict(handshakes),
        "durations": [
            sum(column) for column in zip(*(export["durations"] for export in exports), strict=True)
        ],
        "duration_s": sum(export["duration_s"] for export in exports),
        "upstream_failures": sum(export["upstream_failures"] for export in exports),
        "events_lost": sum(export.get("events_lost", 0) for export in exports),
    }
