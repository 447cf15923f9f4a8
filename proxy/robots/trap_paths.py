"""Where the traps are: paths that follow from a secret and move, so that no list of them lasts."""

from hashlib import blake2s

PERIOD_S = 7 * 86_400.0
# Whoever read a page or the file may come later: RFC 9309 section 2.4 lets a crawler keep the file for a day,
# pages are kept for longer.
PERIODS_KNOWN = 3
# Whoever keeps the file for a day may meet next week's link before it asks again, so the file names that too.
PERIODS_AHEAD = 1
DIGITS = 12


def trap_path(site: str, secret: bytes, now: float) -> str:
    """The folder of the traps of one site: `/xxxxxxxxxxxx/`. The same on every node with the same secret."""
    return _path(site, secret, int(now / PERIOD_S))


def known_paths(site: str, secret: bytes, now: float) -> tuple[str, ...]:
    """All folders in which visitors are caught, that of now first. robots.txt must name every one of them."""
    period = int(now / PERIOD_S)
    return tuple(
        _path(site, secret, period + step)
        for step in (*range(0, -PERIODS_KNOWN, -1), *range(1, 1 + PERIODS_AHEAD))
    )


def _path(site: str, secret: bytes, period: int) -> str:
    text = f"trap\n{period}\n{site}".encode("utf-8", "surrogateescape")
    return f"/{blake2s(text, key=secret[:32], person=b'trappath').hexdigest()[:DIGITS]}/"


class Traps:
    """Tells the traps of every site from other paths; `known` is made anew when the paths move."""

    __slots__ = ("_known", "_period", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._period = -1
        self._known: dict[str, frozenset[str]] = {}

    def hold(self, site: str, path: str, now: float) -> bool:
        """True where `path` lies in a trap of the site."""
        period = int(now / PERIOD_S)
        if period != self._period:
            self._period = period
            self._known.clear()
        known = self._known.get(site)
        if known is None:
            known = self._known[site] = frozenset(known_paths(site, self._secret, now))
        return path[: DIGITS + 2] in known
