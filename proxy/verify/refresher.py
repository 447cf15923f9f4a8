"""Fetches published lists and key directories, once per node, in the background; the last good is kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from config.settings import Bots
from detectors.identity.range_list import BadListError, prefixes_of
from detectors.identity.ranges import Listing
from proxy.logs import logger
from proxy.verify.fetch import Fetcher, FetchError
from proxy.verify.key_directory import MEDIA_TYPE, WELL_KNOWN, BadDirectoryError, keys_of
from proxy.verify.published import (
    NOTHING,
    Directory,
    Published,
    newest,
    read_published,
    says_all,
    write_published,
)

FIRST_S = 20.0  # a start is busy enough
ROUND_S = 60.0
RETRY_S = 1800.0
TIMEOUT_S = 20.0
AT_ONCE = 4
MAX_LIST_BYTES = 4 * 1024 * 1024
MAX_DIRECTORY_BYTES = 64 * 1024
LEAST_SHARE, MOST_TIMES = 0.2, 10  # of the last good list, in prefixes
FEW, MANY = 10, 200  # lists below and up to which are too small for such a comparison

T = TypeVar("T")


class Refresher:
    """Keeps the file at `path` fresh; `bots` tells the settings in force.

    `public` fetches from public addresses alone, `mirror` from wherever the operator's own settings lead.
    """

    def __init__(
        self,
        path: Path,
        bots: Callable[[], Bots],
        *,
        public: Fetcher | None = None,
        mirror: Fetcher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._bots = bots
        self._public = public or Fetcher()
        self._mirror = mirror or Fetcher(allowed=lambda _: True, any_port=True)
        self._clock = clock
        self._failed_at: dict[str, float] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Look for ever for what is due."""
        await asyncio.sleep(FIRST_S)
        while True:
            await self.round()
            await asyncio.sleep(ROUND_S)

    async def round(self) -> None:
        """Fetch what is due, and write it down. Never raises for what others do."""
        bots, now, before = self._bots(), self._clock(), self._read()
        lists = {
            name: urls
            for name, urls in bots.lists.items()
            if bots.refresh_s is not None
            and self._due(name, _age(before.lists.get(name), now), bots.refresh_s, now)
        }
        hosts = [
            host
            for host in bots.agents
            if self._due(host, _age(before.directories.get(host), now), bots.key_refresh_s, now)
        ]
        if not lists and not hosts:
            return
        known, faults = newest(before), dict(before.faults)
        found = await self._all(
            {
                name: self._list(urls, name in bots.mirrors, known.get(name), says_all(name))
                for name, urls in lists.items()
            },
            faults,
        )
        directories = await self._all({host: self._directory(host) for host in hosts}, faults)
        after = Published({**before.lists, **found}, {**before.directories, **directories}, faults)
        self._tell(before.faults, faults, bots)
        self._write(after, bots)

    def _due(self, name: str, age_s: float, refresh_s: float, now: float) -> bool:
        return age_s >= refresh_s and now - self._failed_at.get(name, float("-inf")) >= RETRY_S

    async def _all(self, work: Mapping[str, Awaitable[T]], faults: dict[str, str]) -> dict[str, T]:
        """The results of what succeeded; why the others failed goes to `faults`."""
        found: dict[str, T] = {}

        async def one(name: str, job: Awaitable[T]) -> None:
            try:
                async with self._at_once:
                    found[name] = await job
            except Exception as fault:  # noqa: BLE001  whatever a hostile answer does to a library
                known = isinstance(fault, FetchError | BadListError | BadDirectoryError)
                faults[name] = str(fault) if known else f"{type(fault).__name__}: {fault}"[:200]
                self._failed_at[name] = self._clock()
            else:
                faults.pop(name, None)
                self._failed_at.pop(name, None)

        await asyncio.gather(*(one(name, job) for name, job in work.items()))
        return found

    async def _list(self, urls: tuple[str, ...], own: bool, last: Listing | None, published: bool) -> Listing:
        fetcher = self._mirror if own else self._public
        fault: FetchError | BadListError = FetchError("no address")
        for url in urls:
            try:
                fetched = await fetcher.get(url, most_bytes=MAX_LIST_BYTES, timeout_s=TIMEOUT_S)
                prefixes = prefixes_of(fetched.body)
                _compare(prefixes, last)
            except (FetchError, BadListError) as error:
                fault = error
            else:
                return Listing(prefixes, published, self._clock())
        raise fault

    async def _directory(self, host: str) -> Directory:
        fetched = await self._public.get(
            f"https://{host}{WELL_KNOWN}",
            most_bytes=MAX_DIRECTORY_BYTES,
            timeout_s=TIMEOUT_S,
            media_types=frozenset({MEDIA_TYPE}),
        )
        return Directory(keys_of(fetched.body), self._clock())

    def _tell(self, before: Mapping[str, str], after: Mapping[str, str], bots: Bots) -> None:
        """One line when something begins to fail, however much it is, and one when it works again."""
        news = sorted(after.keys() - before.keys())
        if news:
            logger().warning("bots.refresh_failed", what=news, reason=after[news[0]])
        back = sorted((before.keys() - after.keys()) & {*bots.lists, *bots.agents})
        if back:
            logger().info("bots.refreshed", what=back)

    def _read(self) -> Published:
        try:
            return read_published(self._path)
        except FileNotFoundError:
            return NOTHING
        except (OSError, ValueError) as error:
            logger().warning("bots.cache_unreadable", reason=str(error))
            return NOTHING

    def _write(self, published: Published, bots: Bots) -> None:
        """What nobody asks for any more goes with the next write."""
        kept = replace(
            published,
            lists={name: each for name, each in published.lists.items() if name in bots.lists},
            directories={host: each for host, each in published.directories.items() if host in bots.agents},
            faults={
                name: reason
                for name, reason in published.faults.items()
                if name in bots.lists or name in bots.agents
            },
        )
        try:
            write_published(self._path, kept)
        except OSError as error:
            logger().warning("bots.cache_unwritable", reason=str(error))


def _age(found: Listing | Directory | None, now: float) -> float:
    """How old it is in seconds; one from the future is as good as none."""
    if found is None or found.gathered > now:
        return float("inf")
    return now - found.gathered


def _compare(prefixes: tuple[str, ...], last: Listing | None) -> None:
    """Raises BadListError where a list has lost or won so much that it is likelier broken than right."""
    before, count = len(last.prefixes) if last else 0, len(prefixes)
    if before > FEW and count < before * LEAST_SHARE:
        raise BadListError(f"has shrunk from {before} prefixes to {count}")
    if before and count > max(MANY, before * MOST_TIMES):
        raise BadListError(f"has grown from {before} prefixes to {count}")
