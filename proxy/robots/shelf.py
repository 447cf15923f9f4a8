"""The versions of one host's robots.txt: the one in force, and those that somebody may still go by."""

import asyncio
from collections import deque

from detectors.robots.robots_file import RobotsFile

LASTS_S = 86_400.0  # RFC 9309 section 2.4: a crawler should not use its copy for longer
MOST_VERSIONS = 4
RETRY_S = 30.0


class Version:
    """One version as it was served; `until` is when the last copy of it is out of use."""

    __slots__ = ("file", "text", "until")

    def __init__(self, text: str) -> None:
        self.text = text
        self.file = RobotsFile(text)
        self.until = float("inf")


class Shelf:
    """`shop` is what the storefront last said, None while it has said nothing. Times in Unix seconds."""

    __slots__ = ("_versions", "fetched_at", "fetching", "host", "made_from", "shop", "tried_at")

    def __init__(self, host: str) -> None:
        self.host = host
        self.shop: str | None = None
        self.fetched_at = float("-inf")
        self.tried_at = float("-inf")
        self.fetching: asyncio.Task[None] | None = None
        self.made_from: object = None  # what the version in force was made from
        self._versions: deque[Version] = deque(maxlen=MOST_VERSIONS)

    @property
    def current(self) -> Version | None:
        """The version in force."""
        return self._versions[-1] if self._versions else None

    def put(self, text: str, now: float) -> Version:
        """`text` is in force from now on."""
        current = self.current
        if current is not None and current.text == text:
            return current
        if current is not None:
            current.until = now + LASTS_S
        version = Version(text)
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
