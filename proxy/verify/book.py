"""What a worker knows of bots' addresses and keys: from the disk, the snapshot, and by the age of both."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from config.settings import Bots
from detectors.identity.ranges import Ranges, shipped_ranges
from proxy.logs import logger
from proxy.verify.published import NOTHING, Published, newest, read_published
from proxy.verify.web_bot_auth import Keys, SigningKey

RENEW_S = 3600.0  # what is read ages, also where nothing new comes
KEYS_LAST_S = 86_400.0  # a directory that cannot be reached any more vouches for nobody


class Book:
    """`ranges` by the bot's name and `keys` by host and id, made again by `read`."""

    def __init__(self, path: Path, bots: Bots, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._stamp = 0
        self._published = NOTHING
        self._renew_at = 0.0
        self.bots = bots
        self.ranges: Mapping[str, Ranges] = shipped_ranges()
        self.keys: Keys = {}

    def read(self) -> None:
        """Take in what the file says now; a broken one changes nothing. For a thread: it may take 10 ms."""
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._stamp = stamp
                self._published = read_published(self._path)
                self._renew_at = 0.0
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            logger().warning("bots.cache_unreadable", reason=str(error))
        now = self._clock()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_S
        try:
            self._make(self._published, now)
        except ValueError as error:
            logger().warning("bots.cache_unreadable", reason=str(error))
            self._published = NOTHING

    def follow(self, bots: Bots) -> None:
        """Go by other settings from the next reading on."""
        self.bots = bots
        self._renew_at = 0.0

    def _make(self, published: Published, now: float) -> None:
        bots = self.bots
        ranges = {name: each.at(now, bots.stale_after_s) for name, each in newest(published).items()}
        self.keys = {
            (host, key.id): SigningKey(key.load(), key.not_before, key.expires)
            for host, directory in published.directories.items()
            if host in bots.agents and now - directory.gathered <= KEYS_LAST_S
            for key in directory.keys
        }
        self.ranges = ranges
