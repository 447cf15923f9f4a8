"""A client is what we remember of one identity: counters that merge, nothing that judges."""

from collections.abc import Callable
from operator import add, attrgetter, or_
from typing import Any

from detectors.assessment import Assessment
from detectors.behaviour.counted import Counted
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.memory import (
    APART,
    COUNTERS,
    EPOCH,
    FIELDS,
    PLACES,
    SKETCHES,
    Merging,
    pack_head,
    unpack_head,
)
from detectors.behaviour.sketch import bit_of, distinct, estimate
from detectors.behaviour.step import API, ASSET, IMAGE, PAGE, Step
from detectors.behaviour.windows import BUCKET_S, LANE
from detectors.request import Network

VISIT_GAP_S = 1800.0  # a longer silence ends a visit and is no gap within it, as web analytics count
REDIRECTS = frozenset((301, 302, 303, 307, 308))  # the page after one is not one that somebody chose to open
QUICK_MS = 1000  # nobody reads a page in less
PAGES_PER_BEGINNING = 3.0  # some turn round on the first page, or load nothing more
SMALL_STEP = 4  # ids this close follow each other, also when a few parallel workers fetch them
PRODUCT = "product"  # the route whose pages are products
TRAP, DISALLOWED = "trap", "disallowed"

_places: Callable[["Client"], tuple[Any, ...]] = attrgetter(*PLACES)
_JOINS: dict[Merging, Callable[[Any, Any], Any]] = {
    Merging.SUM: add,
    Merging.MIN: min,
    Merging.MAX: max,
    Merging.BITS: or_,
}
_JOIN = {field.name: _JOINS[field.merging] for field in FIELDS}
_ZEROS = tuple(name for name in PLACES if name not in {*APART, "first_seen", "last_seen", "last_page"})


class Client(Counted):
    """What we remember of one address or one session. Hot and mutable; one worker owns it.

    Every field of the memory table is an attribute of the same name. `network`, `assessment`, `claims` (it
    says that it is a bot) and the crowds that it belongs to are the worker's own.

    Counts that follow an order (gaps, runs of numbers) are exact where one worker sees the visit; where
    workers share it, each knows only the pages that it saw since it last heard the store, so runs look
    shorter and gaps longer, never the reverse.
    """

    __slots__ = (
        "_number",
        "_path_hash",
        "_redirected",
        "_run",
        "account",
        "asn",
        "assessment",
        "claims",
        "fingerprint",
        "network",
        "robots_given",
        "sender",
        "subnet",
        "tls",
        *(name for name in PLACES if name not in APART),
    )

    assessment: Assessment | None
    network: Network | None
    subnet: Crowd
    asn: Crowd
    fingerprint: Crowd
    tls: Crowd
    account: Crowd
    assets: int
    images: int
    apis: int
    posts: int
    heads: int
    robots: int
    referred: int
    queries: int
    depth: int
    successes: int
    redirects: int
    refusals: int
    errors: int
    server_errors: int
    gaps: int
    gap_ms: int
    quick: int
    alike: int
    followed: int
    turned: int
    numbers: int
    sequential: int
    traps: int
    disallowed: int
    logins: int
    logins_failed: int
    challenges_issued: int
    challenges_solved: int
    challenges_failed: int
    sent_bytes: int
    gap_square: int
    first_seen: float
    last_seen: float
    last_page: float
    epoch: float
    longest_gap_ms: int
    longest_run: int
    paths: int
    products: int
    agents: int
    accounts: int
    sessions: int
    addresses: int

    @property
    def is_many(self) -> bool:
        """True for what many visitors share on their first page: one address and user agent, no cookie yet.

        Their sessions are known by the cookies that came back; a third as many as pages are enough. What they
        did together is nobody's way to read. Who never keeps a cookie is not among them.
        """
        bits = self.sessions
        return bits & bits - 1 != 0 and PAGES_PER_BEGINNING * (estimate(bits) - 1.0) >= self.pages

    def __init__(self, key: str, now: float) -> None:
        super().__init__(key, now)
        for name in _ZEROS:
            setattr(self, name, 0)
        self.claims = False
        self.network = None
        self.assessment = None
        self.subnet = self.asn = self.fingerprint = self.tls = self.account = NOBODY
        self.robots_given: object = None  # the version of robots.txt that this session was given here
        self.sender: object = None  # who was last acquainted with this session
        self.first_seen = self.last_seen = now
        self.last_page = self.epoch = 0.0
        self._number = self._path_hash = -1
        self._run = 0
        self._redirected = False

    def arrive(self, step: Step, now: float, route: str = "", referrer: int = 0) -> None:
        """Count a request before it is judged; `referrer` is what `step.referrer_of` made of its Referer."""
        bucket = int(now / BUCKET_S)
        if bucket != self.bucket:
            self._turn(bucket)
        self.requests += 1
        self.words[0] += 1
        self.fresh[0] += 1
        if now > self.last_seen:  # noqa: PLR1730  max() would cost as much as four counters
            self.last_seen = now
        if step.is_post:
            self.posts += 1
        if route:
            self._arrive_on(route, step)
        kind = step.kind
        if kind is PAGE:
            self._arrive_page(step, now, referrer)
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
        """Count the storefront's answer.

        `refusals` are all 4xx; `errors` those to pages and calls alone, for people meet missing icons.
        """
        self.sent_bytes += size
        if status < 300:
            self.successes += 1
        elif status < 400:
            self.redirects += 1
            self._redirected = status in REDIRECTS and (step is None or step.kind is PAGE)
        elif status >= 500:
            self.server_errors += 1
        else:
            self.refusals += 1
            if step is None or step.kind is PAGE or step.kind is API:
                self.errors += 1

    def note(self, name: str, amount: int = 1) -> None:
        """Count what only the gate can know: a login, a challenge. KeyError for no such counter."""
        if name not in COUNTERS:
            raise KeyError(name)
        setattr(self, name, getattr(self, name) + amount)

    def count(self, name: str) -> float:
        """A counter by its name, or `distinct`: how many different pages. KeyError for no such counter."""
        if name == "distinct":
            return self.distinct()
        if name not in COUNTERS:
            raise KeyError(name)
        return float(getattr(self, name))

    def distinct(self, name: str = "paths") -> float:
        """How many different things of one of `SKETCHES`; see `sketch.distinct` for the errors."""
        if name not in SKETCHES:
            raise KeyError(name)
        return distinct(name, getattr(self, name))

    @classmethod
    def wake(cls, key: str, packed: bytes) -> "Client":
        """A client that rested as its packed memory, all of which the store knows."""
        client = cls(key, 0.0)
        for name, place in zip(PLACES, unpack_head(packed), strict=True):
            setattr(client, name, place)
        client._wake_windows(packed)
        return client

    def begin_epoch(self, packed: bytes) -> None:
        """The store counts on since then, 8 bytes; it is this worker that it heard of the client first."""
        (self.epoch,) = EPOCH.unpack(packed)

    def _head(self) -> bytes:
        return pack_head(_places(self))

    def _join(self, others: bytes) -> None:
        for name, place in zip(PLACES, unpack_head(others), strict=True):
            if place:
                setattr(self, name, _JOIN[name](getattr(self, name), place))

    def _arrive_on(self, route: str, step: Step) -> None:
        self._count_on(route)
        if route == PRODUCT:
            self.products |= bit_of(step.path_hash)
        elif route == TRAP:
            self.traps += 1
        elif route == DISALLOWED:
            self.disallowed += 1

    def _arrive_page(self, step: Step, now: float, referrer: int = 0) -> None:
        self.pages += 1
        self.words[LANE] += 1
        self.fresh[LANE] += 1
        self.depth += step.depth
        if step.has_referrer:
            self.referred += 1
            if referrer and self.paths >> (referrer >> 24) & 1:
                self.followed += 1
        path_hash = step.path_hash
        self.paths |= 1 << (path_hash >> 24)
        if step.has_query:
            self.queries += 1
            if path_hash == self._path_hash:
                self.turned += 1
        self._path_hash = path_hash
        if step.number is not None:
            self._follow(step.number)
        gap = now - self.last_page
        if gap < 0.0:
            gap = 0.0
        else:
            self.last_page = now
        if self._redirected:
            self._redirected = False
        elif gap < VISIT_GAP_S:
            gap_ms = int(gap * 1000.0)
            if self.gaps and self.gap_ms <= 2 * gap_ms * self.gaps <= 4 * self.gap_ms:
                self.alike += 1
            self.gaps += 1
            self.gap_ms += gap_ms
            gap_cs = gap_ms // 10
            self.gap_square += gap_cs * gap_cs
            if gap_ms < QUICK_MS:
                self.quick += 1
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
