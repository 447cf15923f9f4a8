"""A client is what we remember of one identity: counters that merge, nothing that judges."""

from collections.abc import Callable
from math import log
from operator import attrgetter

from detectors.assessment import Assessment
from detectors.behaviour.merge import (
    BUCKET_S,
    COUNTERS,
    PLACES,
    SPANS,
    is_nothing,
    merge,
    pack,
    restore,
    strip,
    subtract,
    unpack,
)
from detectors.behaviour.step import API, ASSET, IMAGE, PAGE, Step
from detectors.request import Network

WINDOWS = {name: BUCKET_S * span for name, span in SPANS.items()}
VISIT_GAP_S = 1800.0  # a longer silence ends a visit and is no gap within it, as web analytics count
SMALL_STEP = 4  # ids this close follow each other, also when a few parallel workers fetch them
PATH_BITS = 256

_places: Callable[["Client"], tuple[int | float, ...]] = attrgetter(*PLACES)


class Client:
    """What we remember of one identity. Hot and mutable; one worker owns it.

    Every field of the merge table is an attribute of the same name. `network`, `known` and `assessment` are
    the worker's own: the cached GeoIP answer, whether the store was heard, what its last page told. Counts
    that follow an order (gaps, runs of numbers) are exact where one worker sees the visit; where workers
    share it, each knows only the pages that it saw since it last heard the store, so runs look shorter and
    gaps longer, never the reverse.
    """

    __slots__ = ("_base", "_number", "_run", "key", "assessment", "known", "network", *PLACES)

    key: str
    known: bool
    assessment: Assessment | None
    network: Network | None
    requests: int
    pages: int
    assets: int
    images: int
    apis: int
    posts: int
    heads: int
    robots: int
    referred: int
    queries: int
    depth: int
    errors: int
    server_errors: int
    gaps: int
    numbers: int
    sequential: int
    traps: int
    logins: int
    logins_failed: int
    challenges_issued: int
    challenges_solved: int
    challenges_failed: int
    sent_bytes: int
    gap_ms: int
    gap_square: int
    first_seen: float
    last_seen: float
    last_page: float
    longest_gap_ms: int
    longest_run: int
    paths: int
    bucket: int
    requests_10s: int
    requests_10s_before: int
    requests_1m: int
    requests_1m_before: int
    requests_10m: int
    requests_10m_before: int
    requests_1h: int
    requests_1h_before: int
    pages_1m: int
    pages_1m_before: int
    pages_10m: int
    pages_10m_before: int
    pages_1h: int
    pages_1h_before: int

    def __init__(self, key: str, now: float) -> None:
        for name in PLACES:
            setattr(self, name, 0)
        self.key = key
        self.network = None
        self.known = False
        self.assessment = None
        self.first_seen = self.last_seen = now
        self.last_page = 0.0
        self.bucket = int(now / BUCKET_S)
        self._number = -1
        self._run = 0
        self._base: bytes | None = None

    def arrive(self, step: Step, now: float) -> None:
        """Count a request before it is judged."""
        bucket = int(now / BUCKET_S)
        if bucket > self.bucket:
            self._roll(bucket)
        self.requests += 1
        self.requests_10s += 1
        self.requests_1m += 1
        self.requests_10m += 1
        self.requests_1h += 1
        if now > self.last_seen:  # noqa: PLR1730  max() would cost as much as four counters
            self.last_seen = now
        if step.is_post:
            self.posts += 1
        kind = step.kind
        if kind is PAGE:
            self._arrive_page(step, now)
        elif kind is ASSET:
            self.assets += 1
        elif kind is IMAGE:
            self.images += 1
        elif kind is API:
            self.apis += 1
            self.paths |= 1 << (step.path_hash >> 24)
            if step.number is not None:
                self._follow(step.number)
        elif step.is_head:
            self.heads += 1
        elif step.is_robots:
            self.robots += 1

    def count_page(self, step: Step, now: float) -> None:
        """Count a request as a page load, where only its answer showed that it was one."""
        self._arrive_page(step, now)

    def respond(self, status: int, size: int, step: Step | None = None) -> None:
        """Count the storefront's answer; 4xx only to pages and calls, for people meet missing icons."""
        self.sent_bytes += size
        if status < 400:
            return
        if status >= 500:
            self.server_errors += 1
        elif step is None or step.kind is PAGE or step.kind is API:
            self.errors += 1

    def note(self, name: str, amount: int = 1) -> None:
        """Count what only the gate can know: a trap, a login, a challenge. KeyError for no such counter."""
        if name not in COUNTERS:
            raise KeyError(name)
        setattr(self, name, getattr(self, name) + amount)

    def rate(self, window: str, now: float) -> float:
        """Requests in the last `window`, estimated from the running period and the one before."""
        return self._slide(_REQUEST_WINDOWS[window], now)

    def page_rate(self, window: str, now: float) -> float:
        """Page requests in the last `window` (1m, 10m or 1h), estimated as `rate` does."""
        return self._slide(_PAGE_WINDOWS[window], now)

    def count(self, name: str) -> float:
        """A counter by its name, or `distinct`: how many different pages. KeyError for no such counter."""
        if name == "distinct":
            return self.distinct()
        if name not in COUNTERS:
            raise KeyError(name)
        return float(getattr(self, name))

    def distinct(self) -> float:
        """Different pages and calls, by linear counting (Whang et al. 1990) over 256 bits.

        The standard error is 2 at 50 pages, 5 at 100, 13 at 250, 32 at 500; full at about 1,400.
        """
        empty = PATH_BITS - self.paths.bit_count()
        return PATH_BITS * log(PATH_BITS / max(empty, 1))

    def delta(self) -> bytes | None:
        """What was counted here since the last `absorb`, packed as the merge table says; None for nothing."""
        ours = pack(_places(self))
        if self._base is None:
            return None if is_nothing(ours) else ours
        change = subtract(ours, restore(self._base, ours))
        return None if is_nothing(change) else change

    def absorb(self, merged: bytes, pushed: bytes | None) -> None:
        """Take the store's totals, which hold `pushed` already, and keep what was counted meanwhile.

        Raises MergeFault where `merged` is no packed memory; nothing has changed then.
        """
        ours = pack(_places(self))
        if ours != merged:  # equal where this worker alone sees the client, as with a kept-alive connection
            self._take(merged, ours, pushed)
        self._base = strip(merged)
        self.known = True

    def _take(self, merged: bytes, ours: bytes, pushed: bytes | None) -> None:
        meanwhile = ours if self._base is None else subtract(ours, restore(self._base, ours))
        if pushed is not None:
            meanwhile = subtract(meanwhile, pushed)
        totals = merged if is_nothing(meanwhile) else merge(merged, meanwhile)
        for name, place in zip(PLACES, unpack(totals), strict=True):
            setattr(self, name, place)

    def _arrive_page(self, step: Step, now: float) -> None:
        self.pages += 1
        self.pages_1m += 1
        self.pages_10m += 1
        self.pages_1h += 1
        self.paths |= 1 << (step.path_hash >> 24)
        self.depth += step.depth
        if step.has_referrer:
            self.referred += 1
        if step.has_query:
            self.queries += 1
        if step.number is not None:
            self._follow(step.number)
        gap = now - self.last_page
        if gap < 0.0:
            gap = 0.0
        else:
            self.last_page = now
        if gap < VISIT_GAP_S:
            gap_ms = int(gap * 1000.0)
            self.gaps += 1
            self.gap_ms += gap_ms
            gap_cs = gap_ms // 10
            self.gap_square += gap_cs * gap_cs
            self.longest_gap_ms = max(self.longest_gap_ms, gap_ms)

    def _follow(self, number: int) -> None:
        step = number - self._number
        if step == 0:
            return
        if self.numbers and -SMALL_STEP <= step <= SMALL_STEP:
            self._run += 1
            self.sequential += 1
            self.longest_run = max(self.longest_run, self._run)
        else:
            self._run = 0
        self.numbers += 1
        self._number = number

    def _roll(self, bucket: int) -> None:
        before = self.bucket
        self.bucket = bucket
        for name, held, span in _WINDOW_PLACES:
            passed = bucket // span - before // span
            if passed:
                setattr(self, held, getattr(self, name) if passed == 1 else 0)
                setattr(self, name, 0)

    def _slide(self, window: "_Window", now: float) -> float:
        span, counts = window
        position = max(now / BUCKET_S, float(self.bucket)) / span
        period = int(position)
        passed = period - self.bucket // span
        if passed > 1:
            return 0.0
        current, before = counts(self)
        fresh = 1.0 - (position - period)
        return current * fresh if passed else current + before * fresh


_Window = tuple[int, Callable[[Client], tuple[int, int]]]


def _windows(counted: str) -> dict[str, _Window]:
    return {
        name: (span, attrgetter(f"{counted}_{name}", f"{counted}_{name}_before"))
        for name, span in SPANS.items()
        if f"{counted}_{name}" in PLACES
    }


_REQUEST_WINDOWS = _windows("requests")
_PAGE_WINDOWS = _windows("pages")
_WINDOW_PLACES = tuple(
    (name, name + "_before", SPANS[name.split("_")[1]]) for name in PLACES if name + "_before" in PLACES
)
