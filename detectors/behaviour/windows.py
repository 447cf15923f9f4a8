"""Sliding windows are counted in absolute buckets of ten seconds, so that any two workers' counts add up.

A *lane* counts one thing (all requests, all pages, one route) in every window: ten words, two for each
window. Words 0 and 1 are the running ten seconds and the ten before them; then come the running minute and
the one before, and so on for ten minutes, an hour and a day. What the running ten seconds counted joins the
longer windows when they end, so that counting a request costs one addition.
"""

from collections.abc import Sequence

BUCKET_S = 10.0
SPANS = {"10s": 1, "1m": 6, "10m": 60, "1h": 360, "1d": 8640}  # widths in buckets
WINDOWS = {name: BUCKET_S * span for name, span in SPANS.items()}
LANE = 2 * len(SPANS)  # words of a lane
_PLACES = {name: (2 * index, span) for index, (name, span) in enumerate(SPANS.items())}
_LONGER = tuple(_PLACES[name] for name in SPANS)[1:]


def roll(words: list[int], before: int, bucket: int) -> None:
    """Bring lanes that stand at bucket `before` to `bucket`, in place; nothing happens where it is past."""
    if bucket <= before:
        return
    steps = [(place, bucket // span - before // span) for place, span in _LONGER]
    next_one = bucket == before + 1
    for lane in range(0, len(words), LANE):
        ended = words[lane]
        words[lane + 1] = ended if next_one else 0
        words[lane] = 0
        for place, passed in steps:
            at = lane + place
            if not passed:
                words[at] += ended
            else:
                words[at + 1] = words[at] + ended if passed == 1 else 0
                words[at] = 0


def slide(words: Sequence[int], lane: int, bucket: int, window: str, now: float) -> float:
    """Events in the last `window` of the lane that begins at word `lane`, at `now` in Unix seconds.

    Estimated from the running period and the share of the one before that is still in reach.
    KeyError for no such window.
    """
    place, span = _PLACES[window]
    position = now / BUCKET_S / span
    reached = bucket / span
    if position < reached:  # noqa: PLR1730  another worker's clock is ahead
        position = reached
    passed = int(position) - bucket // span
    if passed > 1:
        return 0.0
    at = lane + place
    running = words[at] + words[lane] if place else words[at]
    fresh = 1.0 - position % 1.0
    return running * fresh if passed else running + words[at + 1] * fresh
