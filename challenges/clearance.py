"""A clearance is the sealed memory of an answered challenge: it opens one site to one browser for a while."""

from challenges.binding import Binding, binding_of, forget_networks
from challenges.cookies import cookie_reader, set_cookie
from challenges.keyring import Keyring, Purpose
from challenges.memo import Memo
from detectors.request import Request
from detectors.value import value
from detectors.visit import Level

COOKIE = b"stile_clearance"
_cookies = cookie_reader(COOKIE)
CLEARANCE = Purpose("clearance", "iffbbbb", max_chars=512)
_LEVELS = frozenset(Level)
MEMO_CAPACITY = 8192
MAX_REMEMBERED_AGENT = 512  # bytes; the memo is bounded in bytes too

_Sender = tuple[bytes, bytes | None, str, str, str]


@value
class Clearance:
    """What was proven (`level`), by whom (`binding`), and from when until when (Unix seconds)."""

    level: Level
    issued: float
    expires: float
    binding: Binding

    def seal(self, keyring: Keyring) -> str:
        """The clearance as a cookie value."""
        parts = self.binding
        return keyring.seal(
            CLEARANCE,
            (int(self.level), self.issued, self.expires, parts.site, parts.agent, parts.networks, parts.tls),
        )

    def covers(self, sender: Binding, now: float) -> bool:
        """True where site and browser are those of the answer and the time is not over."""
        return now < self.expires and self.binding.fits(sender)


@value
class Held:
    """A clearance that covers a request. `moved`: it was earned elsewhere, so it is worth a question."""

    clearance: Clearance
    moved: bool

    @property
    def level(self) -> Level:
        """What its holder has proven here: nothing yet where it was earned elsewhere."""
        return Level.NONE if self.moved else self.clearance.level


def open_clearance(keyring: Keyring, text: str | bytes) -> Clearance | None:
    """The clearance that we sealed; None for anything else. What it covers is another question."""
    match keyring.open(CLEARANCE, text):
        case (
            int(level),
            float(issued),
            float(expires),
            bytes(site),
            bytes(agent),
            bytes(networks),
            bytes(tls),
        ) if level in _LEVELS:
            return Clearance(Level(level), issued, expires, Binding(site, agent, networks, tls))
    return None


class Clearances:
    """Reads the clearances that requests carry; remembers the good ones, so that a page costs one opening."""

    __slots__ = ("_keyring", "_memo")

    def __init__(self, keyring: Keyring, capacity: int = MEMO_CAPACITY) -> None:
        self._keyring = keyring
        self._memo: Memo[_Sender, Held] = Memo(capacity)

    def held(self, request: Request, site: str, now: float) -> Held | None:
        """The best clearance among the request's cookies that covers it; None where there is none."""
        best = None
        for text in _cookies(request):
            found = self._covering(text, request, site, now)
            if found is not None and (best is None or _worth(found) > _worth(best)):
                best = found
        return best

    def forget(self) -> None:
        """Remember no cookie and no address; the next page of each holder costs one opening."""
        self._memo.clear()
        forget_networks()

    def _covering(self, text: bytes, request: Request, site: str, now: float) -> Held | None:
        tls = "" if request.tls is None else request.tls.ja4
        key = (text, request.fields.get(b"user-agent"), request.address, site, tls)
        found = self._memo.get(key)
        if found is not None:
            return found if now < found.clearance.expires else None
        clearance = open_clearance(self._keyring, text)
        if clearance is None:
            return None
        sender = binding_of(request, site)
        if not clearance.covers(sender, now):
            return None
        found = Held(clearance, clearance.binding.moved(sender))
        if len(key[1] or b"") <= MAX_REMEMBERED_AGENT:
            self._memo.put(key, found)
        return found


def clearance_cookie(
    clearance: Clearance, request: Request, keyring: Keyring, now: float
) -> tuple[bytes, bytes]:
    """The Set-Cookie field that lets the sender of this request pass."""
    age_s = clearance.expires - now
    return set_cookie(COOKIE, clearance.seal(keyring), secure=request.scheme == "https", max_age_s=age_s)


def earned_clearance(
    level: Level, lasts_s: float, request: Request, site: str, keyring: Keyring, now: float
) -> Clearance:
    """What the sender of this request holds once it has proven `level`: never less than before.

    Of what it held and what it earned the higher level counts, and of equals the longer time. What was earned
    elsewhere counts for its networks alone: who has moved proves everything anew, and may then go back.
    """
    sender = binding_of(request, site)
    known = (open_clearance(keyring, text) for text in _cookies(request))
    before = [Held(one, one.binding.moved(sender)) for one in known if one and one.covers(sender, now)]
    best = max(before, key=_worth, default=None)
    binding = sender if best is None else sender.joined(best.clearance.binding)
    earned = Clearance(level, now, now + lasts_s, binding)
    if best is None or best.moved:
        return earned
    return max(earned, best.clearance, key=lambda one: (one.level, one.expires))


def _worth(held: Held) -> tuple[int, int, float]:
    return held.level, held.clearance.level, held.clearance.expires
