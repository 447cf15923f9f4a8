"""Who was hit: each client counts once for what was done to it, in memory that a large log cannot grow."""

from hashlib import blake2b

from analysis.records import Record
from analysis.replaying.report import Report, Tally
from config.decision import Action, Band, Decision
from detectors.identity.bot_claim import BotStatus
from detectors.visit import Visit

MAX_COUNTED = 500_000  # in all shards together, some 100 MB
PURCHASE_ROUTES = frozenset({"checkout", "cart", "order"})
PEOPLE, LOGGED_IN, PURCHASING, VERIFIED, ALL = "people", "logged_in", "purchasing", "verified_bots", "all"
HIT = "hit"  # not let through, whatever was done
ACTIONS = tuple(Action)
ALLOW = Action.ALLOW
_BEFORE = {action: 1 << place for place, action in enumerate(ACTIONS)}
_AFTER = {action: 1 << place + len(ACTIONS) for place, action in enumerate(ACTIONS)}
_ACTED_BEFORE = sum(_BEFORE.values()) - _BEFORE[ALLOW]
_ACTED_AFTER = sum(_AFTER.values()) - _AFTER[ALLOW]
_BEFORE_BITS = [*((str(action), bit) for action, bit in _BEFORE.items()), (HIT, _ACTED_BEFORE)]
_AFTER_BITS = [*((str(action), bit) for action, bit in _AFTER.items()), (HIT, _ACTED_AFTER)]
_SUSPECT, _BOT, _PROVEN, _ACCOUNT, _BUYS, _RATED = (1 << place for place in range(12, 18))
_OF_BAND = {None: 0, Band.TRUSTED: _RATED, Band.LOW: _RATED}
_OF_STATUS = {BotStatus.NONE: 0, BotStatus.VERIFIED: _BOT | _PROVEN}


class Clients:
    """The sessions of one shard and what was done to each, as a few bits.

    Where there are more than `most`, those whose hash ends in one more 0 bit are kept and stand for the
    others (distinct sampling; Gibbons, 2001): shares stay what they are, numbers become estimates.
    """

    def __init__(self, most: int, purchase_routes: frozenset[str] = PURCHASE_ROUTES) -> None:
        self._most = most
        self._purchase_routes = purchase_routes
        self._marks: dict[str, int] = {}
        self._halvings = 0

    def mark(self, report: Report, record: Record, visit: Visit, was: Decision, now: Decision | None) -> None:
        """Note what was decided about a client's request."""
        key, route = visit.session.key, visit.request.route
        marks = self._marks.get(key)
        if marks is None:
            if self._halvings and _tail(key) & (1 << self._halvings) - 1:
                return
            marks = 0
        action = was.would_action
        new = _BEFORE[action] | _OF_BAND.get(was.band, _SUSPECT | _RATED)
        new |= _OF_STATUS.get(was.bot.status, _BOT)
        if record.account:
            new |= _ACCOUNT
        if route in self._purchase_routes:
            new |= _BUYS
        if action is not ALLOW and not marks & _ACTED_BEFORE:
            _delay(report.before, visit)
        if now is not None and report.after is not None:
            new |= _AFTER[now.would_action]
            if now.would_action is not ALLOW and not marks & _ACTED_AFTER:
                _delay(report.after, visit)
        self._marks[key] = marks | new
        if len(self._marks) > self._most:
            self._halve()

    def count(self, report: Report) -> None:
        """Put the sums into the report."""
        scale = 1 << self._halvings
        report.halvings = self._halvings
        for marks in self._marks.values():
            for who in _who(marks):
                report.population[who] += scale
                for tally, bits in ((report.before, _BEFORE_BITS), (report.after, _AFTER_BITS)):
                    if tally is not None:
                        for action, bit in bits:
                            if marks & bit:
                                tally.clients[who, action] += scale

    def _halve(self) -> None:
        while len(self._marks) > self._most // 2:
            self._halvings += 1
            mask = (1 << self._halvings) - 1
            self._marks = {key: marks for key, marks in self._marks.items() if not _tail(key) & mask}


def _who(marks: int) -> list[str]:
    """Who a client is taken for.

    People are those who were logged in, and those whom the first configuration never put above band `low` and
    who never said that they are a bot.
    """
    found = [ALL]
    if marks & _ACCOUNT or (marks & _RATED and not marks & (_SUSPECT | _BOT)):
        found.append(PEOPLE)
    for bit, who in ((_ACCOUNT, LOGGED_IN), (_BUYS, PURCHASING), (_PROVEN, VERIFIED)):
        if marks & bit:
            found.append(who)
    return found


def _delay(tally: Tally, visit: Visit) -> None:
    tally.delays[two_digits(max(0.0, visit.request.arrived - visit.session.first_seen))] += 1


def two_digits(seconds: float) -> int:
    """Whole seconds, of which the first two digits are kept."""
    whole, unit = int(seconds), 1
    while whole // unit >= 100:
        unit *= 10
    return whole // unit * unit


def _tail(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")
