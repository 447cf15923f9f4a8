"""What is usual on one site: which page follows which, and how visits look at fixed moments. Nobody is named.

Learned online, forgotten slowly, bounded in memory. One worker owns one for each site; it starts empty.
"""

from itertools import islice
from math import exp, log, log2

from detectors.behaviour.client import Client
from detectors.behaviour.step import Step

MOMENTS = (10, 20, 40)  # answered pages of a session at which it is compared, and teaches
SOME_PAGES = MOMENTS[0]  # whoever has no more has not been compared
ENOUGH = 500  # sessions that were seen at a moment before anybody is compared there
FAR = 6.0  # robust z from which a number is far out
FEWEST_FAR = 2  # numbers that must be far out
MAX_PLACES = 64  # routes are few; further ones count as one
HALVE_AT = 4096.0  # steps from one place: then all its counts are halved
MAX_TRAILS = 20_000  # sessions under way, some 150 bytes each; the older half goes first
START, ELSEWHERE = "", "(elsewhere)"
DEPTHS = tuple(f"(depth {depth})" for depth in range(6))  # pages without a route
SMOOTHING = 0.5  # Krichevsky and Trofimov, 1981
SLOWEST = 0.02  # share of the spread by which a centre moves
QUICK = round(2 / SLOWEST)  # numbers that move it further, for it begins anywhere
MAD_TO_DEVIATION = 1.4826  # of a normal distribution

# What is said of a number, its least spread (where all visits are alike, little is not far), how it is shown.
NUMBERS = (
    ("{:.1f} bits per step where others have {:.1f}", 0.1, float),
    ("a page every {:.1f} s where others take {:.1f} s", 0.3, exp),
    ("{:.1f} path segments where others have {:.1f}", 0.2, float),
    ("{:.2f} of pages with a query where others have {:.2f}", 0.05, float),
    ("{:.1f} images per page where others have {:.1f}", 0.3, float),
    ("{:,.0f} bytes per page where others have {:,.0f}", 0.2, exp),
)


class Spread:
    """A running median and median deviation by small steps of one sign.

    Robbins and Monro, 1951, for quantiles; Ma, Muthukrishnan and Sandler, 2013 (frugal streaming): a value
    moves the centre by a share of the spread, however far away it is.
    """

    __slots__ = ("centre", "deviation", "least", "seen")

    def __init__(self, least: float) -> None:
        self.least = least
        self.seen = 0
        self.centre = 0.0
        self.deviation = least

    def learn(self, number: float) -> None:
        """One more number."""
        if not self.seen:
            self.centre = number
        self.seen += 1
        share = 2.0 / (self.seen + 3) if self.seen < QUICK else SLOWEST
        away, deviation = number - self.centre, self.deviation
        move = share * deviation * MAD_TO_DEVIATION
        if away > 0.0:
            self.centre += move
        elif away < 0.0:
            self.centre -= move
        deviation *= 1.0 + share if away > deviation or -away > deviation else 1.0 - share
        self.deviation = deviation if deviation > self.least else self.least  # noqa: FURB136  as fast as can be

    def far(self, number: float) -> bool:
        """Whether a number lies far out."""
        return abs(number - self.centre) > FAR * MAD_TO_DEVIATION * self.deviation


class Row:
    """How often each place was next."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        self.total = 0.0

    def surprise(self, place: str) -> float:
        """Bits: never negative, and the fewer the more usual."""
        chances = self.total + SMOOTHING * (len(self.counts) + 1)
        return -log2((self.counts.get(place, 0.0) + SMOOTHING) / chances)

    def learn(self, place: str) -> None:
        """One more step."""
        self.counts[place] = self.counts.get(place, 0.0) + 1.0
        self.total += 1.0
        if self.total >= HALVE_AT:
            halved = {name: count / 2.0 for name, count in self.counts.items() if count >= 1.0}
            self.counts, self.total = halved, sum(halved.values())


class Trail:
    """Where one session is, and what it took to get there. `unlike` says what is far out, mostly nothing."""

    __slots__ = ("bits", "pages", "place", "unlike")

    def __init__(self) -> None:
        self.place = START
        self.pages = 0
        self.bits = 0.0
        self.unlike = ""


class Usual:
    """What is usual on one site. Sessions are known by a number that is of no use elsewhere."""

    __slots__ = ("_moments", "_places", "_rows", "_trails")

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {START: Row()}
        self._places: set[str] = set()
        self._trails: dict[int, Trail] = {}
        self._moments = {moment: [Spread(least) for _, least, _ in NUMBERS] for moment in MOMENTS}

    def __len__(self) -> int:
        return len(self._trails)

    def unlike(self, session: Client) -> str:
        """What of this session is far from what is usual, in words; mostly empty."""
        trail = self._trails.get(hash(session.key))
        return "" if trail is None else trail.unlike

    def observe(self, session: Client, step: Step, route: str, *, teaches: bool) -> None:
        """A page of `session` was answered. Who is accused must not teach.

        Only the pages up to the last of `MOMENTS` count, so that a long visit weighs as much as a short one.
        """
        trail = self._trail(hash(session.key))
        trail.pages = pages = trail.pages + 1
        if pages > MOMENTS[-1]:
            return
        place = self._place(route or DEPTHS[min(step.depth, len(DEPTHS) - 1)])
        row = self._rows.get(trail.place)
        if row is None:
            row = self._rows[trail.place] = Row()
        trail.place = place
        trail.bits += row.surprise(place)
        if teaches:
            row.learn(place)
        if pages in self._moments:
            self._compare(trail, session, self._moments[pages], teaches=teaches)

    def _compare(self, trail: Trail, session: Client, spreads: list[Spread], *, teaches: bool) -> None:
        numbers = numbers_of(trail, session)
        if spreads[0].seen >= ENOUGH:
            far = [
                said.format(shown(number), shown(spread.centre))
                for number, spread, (said, _, shown) in zip(numbers, spreads, NUMBERS, strict=True)
                if spread.far(number)
            ]
            trail.unlike = "; ".join(far) if len(far) >= FEWEST_FAR else ""
        if teaches:
            for number, spread in zip(numbers, spreads, strict=True):
                spread.learn(number)

    def _trail(self, key: int) -> Trail:
        trail = self._trails.get(key)
        if trail is None:
            if len(self._trails) >= MAX_TRAILS:
                for old in list(islice(self._trails, MAX_TRAILS // 2)):
                    del self._trails[old]
            trail = self._trails[key] = Trail()
        return trail

    def _place(self, name: str) -> str:
        places = self._places
        if name in places:
            return name
        if len(places) >= MAX_PLACES:
            return ELSEWHERE
        places.add(name)
        return name


def numbers_of(trail: Trail, session: Client) -> tuple[float, ...]:
    """The numbers in the order of `NUMBERS`."""
    pages = session.pages or 1
    return (
        trail.bits / trail.pages,
        log(0.001 + session.gap_ms / (1000.0 * (session.gaps or 1))),
        session.depth / pages,
        session.queries / pages,
        session.images / pages,
        log(1.0 + session.sent_bytes / pages),
    )
