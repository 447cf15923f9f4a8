"""What people saw of Stile within the last hour: one sample a minute, and what has come since the oldest."""

from collections import deque

from proxy.admin.funnel_figures import Visibility

APART_S = 60.0
HOUR_S = 3600.0


class LastHour:
    """Samples of an hour, the newest last."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[float, Visibility]] = deque()

    def take(self, now: float, seen: Visibility) -> None:
        """Keep a sample, unless the last one is less than a minute old; let go of those that nobody needs."""
        if self._samples and now - self._samples[-1][0] < APART_S:
            return
        self._samples.append((now, seen))
        while len(self._samples) > 1 and self._samples[1][0] <= now - HOUR_S:
            self._samples.popleft()

    def until(self, seen: Visibility) -> Visibility | None:
        """What came since the oldest sample; None where there is none."""
        return seen.since(self._samples[0][1]) if self._samples else None
