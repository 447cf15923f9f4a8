"""The versions of one host's robots.txt: the one in force, and those that somebody may still go by."""

import asyncio
from collections import deque
from itertools import count
from weakref import WeakValueDictionary

from config.settings import Robots
from detectors.robots.merge import merged
from detectors.robots.robots_file import RobotsFile
from detectors.value import value

LASTS_S = 86_400.0  # RFC 9309 section 2.4: a crawler should not use its copy for longer
MOST_VERSIONS = 4
RETRY_S = 30.0
_numbers = count()
_read: WeakValueDictionary[str, RobotsFile] = WeakValueDictionary()  # hosts mostly share one file: 40 KB


class Version:
    """One version as it was served; `until` is when the last copy of it is out of use.

    Clients remember its `number`, not the version, which would live as long as they do.
    """

    __slots__ = ("file", "number", "text", "until")

    def __init__(self, text: str) -> None:
        found = _read.get(text)
        if found is None:
            found = _read[text] = RobotsFile(text)
        self.text = text
        self.file = found
        self.number = next(_numbers)
        self.until = float("inf")


@value
class Source:
    """All that a version is made from."""

    settings: Robots
    shop: str
    traps: tuple[str, ...]


def made(source: Source) -> Version:
    """The version to serve."""
    settings = source.settings
    if not settings.managed:
        return Version(source.shop)
    return Version(merged(source.shop, [*source.traps, *settings.disallow], settings.agents))


class Shelf:
    """`shop` is what the storefront last said, None while it has said nothing. Times in Unix seconds."""

    __slots__ = ("_versions", "fetched_at", "fetching", "host", "made_from", "shop", "tried_at")

    def __init__(self, host: str) -> None:
        self.host = host
        self.shop: str | None = None
        self.fetched_at = float("-inf")
        self.tried_at = float("-inf")
        self.fetching: asyncio.Task[None] | None = None
        self.made_from: Source | None = None  # what the version in force was made from
        self._versions: deque[Version] = deque(maxlen=MOST_VERSIONS)

    @property
    def current(self) -> Version | None:
        """The version in force."""
        return self._versions[-1] if self._versions else None

    def put(self, source: Source, version: Version, now: float) -> Version:
        """`version` is in force from now on, unless it says what the one in force says."""
        self.made_from = source
        current = self.current
        if current is not None and current.text == version.text:
            return current
        if current is not None:
            current.until = now + LASTS_S
        self._versions.append(version)
        return version

    def in_use(self, now: float) -> list[Version]:
        """The versions that somebody may go by."""
        return [version for version in self._versions if version.until > now]

    def due(self, now: float, refresh_s: float) -> bool:
        """True where the storefront should be asked again."""
        return (
            self.fetching is None
            and now - self.fetched_at >= refresh_s
            and now - self.tried_at >= min(RETRY_S, refresh_s)
        )
