"""robots.txt as this worker serves it, and holds crawlers to it. People are held to nothing."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from challenges.reply import Reply
from config.settings import Robots as Settings
from config.settings import Site
from detectors.behaviour.client import Client
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Request
from detectors.robots.merge import merged
from detectors.robots.robots_file import ROBOTS_PATH
from detectors.sighting import Sighting
from proxy.logs import logger
from proxy.robots.shelf import Shelf, Source, Version, made
from proxy.robots.shop_file import NoAnswerError, fetch
from proxy.robots.trap_link import link_to
from proxy.robots.trap_paths import Traps, known_paths, trap_path

MAX_HOSTS = 256  # of all sites; a site for `*` is asked for any
MOST_FETCHES = 2
WAIT_S = 2.0  # the longest that somebody waits for the storefront's file, once
SMALL = 16 * 1024  # characters of a file that is read at once, in 10 ms at most
KEPT_S, KEPT_BRIEFLY_S = 600, 60  # how long others may keep our answer
NAVIGATION = b"sec-fetch-mode"  # whoever sends it and reads robots.txt is a person who is curious

Place = tuple[str, str]


class Robots:
    """Keeps one shelf for each host that is asked for; the storefront is asked in the background."""

    def __init__(self, settings: Settings, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self.traps = Traps(secret) if settings.trap else None
        self._shelves: OrderedDict[Place, Shelf] = OrderedDict()
        self._fetches: set[asyncio.Task[None]] = set()

    def reload(self, settings: Settings) -> None:
        """Go by other settings; what was served before stays in use for a day."""
        self._settings = settings
        self.traps = (self.traps or Traps(self._secret)) if settings.trap else None

    @property
    def links(self) -> bool:
        """True where pages get a link to the trap."""
        return self._settings.trap_link

    def link_on(self, request: Request, site: Site) -> bytes:
        """The hidden link on one page."""
        return link_to(trap_path(site.name, self._secret, request.arrived), request.path)

    def is_ours(self, request: Request) -> bool:
        """True where the answer to `request` is ours to give."""
        return self._settings.managed and request.path == ROBOTS_PATH and request.method in {"GET", "HEAD"}

    def forbids(self, request: Request, site: Site, sighting: Sighting | None, session: Client) -> bool:
        """True where the file that this client goes by keeps it from the request.

        Only who claims to be a bot, or has read the file by itself, goes by any. Where it is not known which
        version that was, all that may still be in use must agree.
        """
        claim = NO_CLAIM if sighting is None else sighting.claim
        if claim is NO_CLAIM and not self._has_read(request, session):
            return False
        versions = self._shelf(site, request).in_use(request.arrived)
        given = session.robots_given
        versions = [version for version in versions if version.number == given] or versions
        agent = request.fields.get(b"user-agent", b"").decode("latin-1")
        return bool(versions) and all(
            version.file.forbids(claim.name, agent, request.path, request.query) for version in versions
        )

    def _has_read(self, request: Request, session: Client) -> bool:
        """Whether the client read the file by itself; another worker may have seen that, and not how."""
        if not session.robots or request.path == ROBOTS_PATH:
            return False
        return session.robots_given is not None or NAVIGATION not in request.fields

    def read_by(self, request: Request, site: Site, session: Client) -> None:
        """The client asks for the file and goes by the version in force from now on, if it is no person."""
        shelf = self._shelf(site, request)
        if NAVIGATION not in request.fields and shelf.current is not None:
            session.robots_given = shelf.current.number

    async def reply(self, request: Request, site: Site, session: Client) -> Reply:
        """The managed file: the storefront's with our rules, or our rules alone where it says nothing."""
        shelf = self._shelf(site, request)
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await self._asked(shelf, request, site)
        version = self._publish(shelf, site)
        self.read_by(request, site, session)
        fresh = shelf.shop is not None
        return _reply(version.text, KEPT_S if fresh else KEPT_BRIEFLY_S)

    async def _asked(self, shelf: Shelf, request: Request, site: Site) -> None:
        """Wait until the storefront was asked for the first time, after others where they came first."""
        while shelf.shop is None and shelf.fetching is None and self._fetches and self._due(shelf):
            await asyncio.wait(self._fetches, return_when=asyncio.FIRST_COMPLETED)
            self._ask(shelf, site, request.scheme)
        if shelf.shop is None and shelf.fetching is not None:
            await asyncio.wait([shelf.fetching])

    def instead(self, request: Request, site: Site) -> Reply | None:
        """What to say for a storefront that does not answer; None where the request is for something else."""
        if request.path != ROBOTS_PATH or request.method not in {"GET", "HEAD"}:
            return None
        shelf = self._shelf(site, request)
        return _reply(shelf.shop or merged("", (), ()), KEPT_BRIEFLY_S)

    def close(self) -> None:
        """Stop asking."""
        for task in self._fetches:
            task.cancel()

    def _shelf(self, site: Site, request: Request) -> Shelf:
        place = (site.name, request.host)
        shelf = self._shelves.get(place)
        if shelf is None:
            shelf = self._shelves[place] = Shelf(request.host)
            if len(self._shelves) > MAX_HOSTS:
                self._shelves.popitem(last=False)
        self._shelves.move_to_end(place)
        self._ask(shelf, site, request.scheme)
        return shelf

    def _due(self, shelf: Shelf) -> bool:
        return shelf.due(self._clock(), self._settings.refresh_s)

    def _ask(self, shelf: Shelf, site: Site, scheme: str) -> None:
        """Let the storefront be asked, if that is due and not too many others are."""
        if len(self._fetches) < MOST_FETCHES and self._due(shelf):
            shelf.tried_at = self._clock()
            self._begin(shelf, site, self._fetch(shelf, site, scheme))

    def _begin(self, shelf: Shelf, site: Site, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` go on in the background; there is one for a shelf."""

        def ended(task: asyncio.Task[None]) -> None:
            self._fetches.discard(task)
            shelf.fetching = None
            error = None if task.cancelled() else task.exception()
            if error is not None:
                logger().error("robots.failed", site=site.name, error=f"{type(error).__name__}: {error}")

        shelf.fetching = task = asyncio.get_running_loop().create_task(work)
        self._fetches.add(task)
        task.add_done_callback(ended)

    async def _fetch(self, shelf: Shelf, site: Site, scheme: str) -> None:
        try:
            shop = await fetch(site.upstreams, shelf.host, scheme)
            await self._put(shelf, self._source(shop, site))
            shelf.shop, shelf.fetched_at = shop, self._clock()
        except NoAnswerError as error:
            logger().warning("robots.not_fetched", site=site.name, host=shelf.host, reason=str(error))

    def _publish(self, shelf: Shelf, site: Site) -> Version:
        """The version that is served now. Where something has changed, a large file is still the old one."""
        source, current = self._source(shelf.shop or "", site), shelf.current
        if current is not None and shelf.made_from == source:
            return current
        if current is None or len(source.shop) <= SMALL:
            return shelf.put(source, made(source), self._clock())
        if shelf.fetching is None:
            self._begin(shelf, site, self._put(shelf, source))
        return current

    async def _put(self, shelf: Shelf, source: Source) -> None:
        """Put the version made from `source` on the shelf, made in a thread: one of 500 KB takes 0.3 s."""
        if shelf.made_from != source:
            version = await asyncio.to_thread(made, source)
            shelf.put(source, version, self._clock())

    def _source(self, shop: str, site: Site) -> Source:
        settings = self._settings
        traps = known_paths(site.name, self._secret, self._clock()) if settings.trap else ()
        return Source(settings, shop, traps)


def _reply(text: str, kept_s: int) -> Reply:
    headers = (
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Cache-Control", b"public, max-age=%d" % kept_s),
    )
    return Reply(200, headers, text.encode("utf-8", "replace"))
