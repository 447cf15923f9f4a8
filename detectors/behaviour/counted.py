"""What every identity has: requests and pages in windows, and what sharing them with the store needs."""

from abc import ABC, abstractmethod

from detectors.behaviour.memory import (
    BASIC_LANES,
    COUNT_SIZE,
    HEAD_SIZE,
    NO_COUNTS,
    ROUTE_LANES,
    bucket_of,
    lane_id,
    lanes_of,
    one_more_share,
    pack_tail,
    shared,
    unpack_words,
)
from detectors.behaviour.merge import difference_of_counts, subtract, sum_of_counts
from detectors.behaviour.windows import BUCKET_S, LANE, roll, slide

AHEAD = 1  # buckets by which the clocks of two workers may differ


class Counted(ABC):
    """The windows of one identity, and how they are shared. Hot and mutable; one worker owns it.

    `words` are the windows, `fresh` the same since the last cut, `lanes` the numbers of the routes that have
    some. `known` is true once the store was heard, `gone` once the table has let go of it. `base` is the
    counts that the store knows, or will once it has answered. `waiting`, `on_way`, `name`, `rank`, `share_at`
    and `share_at_page` belong to those who share it; 0 in the last two means that nothing is planned yet.
    """

    __slots__ = (
        "base",
        "bucket",
        "fresh",
        "gone",
        "key",
        "known",
        "lanes",
        "name",
        "on_way",
        "pages",
        "rank",
        "requests",
        "share_at",
        "share_at_page",
        "shares",
        "waiting",
        "words",
    )

    claims: bool  # whether it says that it is a bot

    def __init__(self, key: str, now: float) -> None:
        self.key = key
        self.known = False
        self.gone = False
        self.waiting = False
        self.on_way = False
        self.name = b""
        self.rank = 0
        self.share_at = 0
        self.share_at_page = 0
        self.shares = 0
        self.requests = 0
        self.pages = 0
        self.base: bytes | None = None
        self.bucket = int(now / BUCKET_S)
        self.words = [0] * (BASIC_LANES * LANE)
        self.fresh = [0] * (BASIC_LANES * LANE)
        self.lanes: tuple[int, ...] = ()

    def rate(self, window: str, now: float, route: str = "") -> float:
        """Requests in the last `window`, of all or on one route, as `windows.slide` estimates."""
        if not route:
            return slide(self.words, 0, self.bucket, window, now)
        lane = lane_id(route)
        if lane not in self.lanes:
            return 0.0
        return slide(self.words, self._lane_at(lane), self.bucket, window, now)

    def page_rate(self, window: str, now: float) -> float:
        """Page requests in the last `window`, estimated as `rate` does."""
        return slide(self.words, LANE, self.bucket, window, now)

    def pack(self) -> bytes:
        """All that merges, as one packed memory."""
        return self._head() + pack_tail(self.bucket, self.words, self.lanes)

    def cut(self) -> bytes | None:
        """What was counted since the last cut, for the store; None for nothing. It must get there.

        From now on `base` is the counts that the store will know then.
        """
        head, base = self._head(), self.base
        if head.startswith(NO_COUNTS if base is None else base):
            return None
        self.shares += 1
        head = one_more_share(head)
        self.base = head[:COUNT_SIZE]
        if base is not None:
            head = difference_of_counts(self.base, base) + head[COUNT_SIZE:]
        delta = head + pack_tail(self.bucket, self.fresh, self.lanes)
        self.fresh = [0] * len(self.fresh)
        return delta

    def absorb(self, merged: bytes) -> None:
        """Take the store's totals, which hold all that was cut, and keep what was counted since.

        Raises MemoryFault where `merged` is no packed memory; nothing has changed then.
        """
        lanes, words, bucket = lanes_of(merged), unpack_words(merged), bucket_of(merged)
        base = NO_COUNTS if self.base is None else self.base
        others = difference_of_counts(merged, base) + merged[COUNT_SIZE:HEAD_SIZE]
        self._join(others)
        self._take_windows(words, bucket, lanes)
        self.base = sum_of_counts(others, base)  # what a store has lost is not sent again as if it were new
        self.known = True

    def past(self, delta: bytes) -> bytes:
        """What the store knew before the last cut, which gave `delta`."""
        since = self._head() + pack_tail(self.bucket, self.fresh, self.lanes)
        known = NO_COUNTS if self.base is None else self.base
        since = difference_of_counts(since, known) + since[COUNT_SIZE:]
        return subtract(subtract(self.pack(), since), delta)

    @property
    def settled(self) -> bool:
        """True where all that was counted was cut, and the answer came."""
        base = self.base
        return base is not None and not self.on_way and self._head().startswith(base)

    @abstractmethod
    def begin_epoch(self, packed: bytes) -> None:
        """The store heard of this identity for the first time, and counts on since then: 8 bytes, packed."""

    @abstractmethod
    def _head(self) -> bytes:
        """The fields of the memory, packed."""

    @abstractmethod
    def _join(self, others: bytes) -> None:
        """Take in the fields of a memory that others counted."""

    def _turn(self, bucket: int) -> None:
        """Go on to another bucket.

        From one that lies ahead by more than clocks may differ (a clock was set back, or another node's was
        wrong) too: what was counted there counts as of now, or no window would end until that time has come.
        """
        if bucket > self.bucket:
            roll(self.words, self.bucket, bucket)
            roll(self.fresh, self.bucket, bucket)
        elif bucket >= self.bucket - AHEAD:
            return
        self.bucket = bucket

    def _wake_windows(self, packed: bytes) -> None:
        """The windows and the base of one that rested as its packed memory, all of which the store knows."""
        self.bucket = bucket_of(packed)
        self.words = unpack_words(packed)
        self.fresh = [0] * len(self.words)
        self.lanes = lanes_of(packed)
        self.base = packed[:COUNT_SIZE]
        self.known = True

    def _take_windows(self, words: list[int], bucket: int, lanes: tuple[int, ...]) -> None:
        """Count on from the store's windows, with what was counted here since the last cut."""
        fresh, ours = self.fresh, self.lanes
        roll(words, bucket, self.bucket)
        roll(fresh, self.bucket, bucket)
        self.bucket = max(bucket, self.bucket)
        self.words, self.lanes = words, lanes
        self.fresh = [0] * len(words)
        for index, lane in enumerate((*range(BASIC_LANES), *ours)):
            to = index * LANE if index < BASIC_LANES else self._lane_at(lane)
            for place in range(index * LANE, (index + 1) * LANE) if to or not index else ():
                if fresh[place]:
                    at = to + place % LANE
                    self.words[at] += fresh[place]
                    self.fresh[at] += fresh[place]

    def _lane_at(self, lane: int) -> int:
        """Where the words of a lane begin; 0 where there is no room for one more."""
        lanes = self.lanes
        if lane in lanes:
            return (BASIC_LANES + lanes.index(lane)) * LANE
        if len(lanes) == ROUTE_LANES:
            return 0
        self.lanes = shared((*lanes, lane))
        self.words.extend([0] * LANE)
        self.fresh.extend([0] * LANE)
        return len(self.words) - LANE

    def _count_on(self, route: str) -> None:
        """Count a request on its route, as long as there is room for one more."""
        at = self._lane_at(lane_id(route))
        if at:
            self.words[at] += 1
            self.fresh[at] += 1
