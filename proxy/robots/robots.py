"""robots.txt as this worker serves it, and holds crawlers to it. People are held to nothing."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

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
from proxy.robots.shelf import Shelf, Version
from proxy.robots.shop_file import NoAnswerError, fetch
from proxy.robots.trap_link import link_to
from proxy.robots.trap_paths import Traps, trap_path

MAX_HOSTS = 256  # of all sites; a site for `*` is asked for any
MOST_FETCHES = 2
WAIT_S = 2.0  # the longest that somebody waits for the storefront's file, once
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
        versions = [version for version in versions if version is given] or versions
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
            session.robots_given = shelf.current

    async def reply(self, request: Request, site: Site, session: Client) -> Reply:
        """The managed file: the storefront's with our rules, or our rules alone where it says nothing."""
        shelf = self._shelf(site, request)
        if shelf.shop is None and shelf.fetching is not None:
            await asyncio.wait([shelf.fetching], timeout=WAIT_S)
        version = self._publish(shelf, site)
        self.read_by(request, site, session)
        fresh = shelf.shop is not None
        return _reply(version.text, KEPT_S if fresh else KEPT_BRIEFLY_S)

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
        if shelf.due(self._clock(), self._settings.refresh_s) and len(self._fetches) < MOST_FETCHES:
            shelf.tried_at = self._clock()
            shelf.fetching = task = asyncio.get_running_loop().create_task(
                self._fetch(shelf, site, request.scheme)
            )
            self._fetches.add(task)
            task.add_done_callback(self._fetches.discard)
        return shelf

    async def _fetch(self, shelf: Shelf, site: Site, scheme: str) -> None:
        try:
            shelf.shop = await fetch(site.upstreams, shelf.host, scheme)
            shelf.fetched_at = self._clock()
            self._publish(shelf, site)
        except NoAnswerError as error:
            logger().warning("robots.not_fetched", site=site.name, host=shelf.host, reason=str(error))
        except Exception as error:  # noqa: BLE001  the border of a background task
            logger().exception("robots.failed", site=site.name, error=str(error))
        finally:
            shelf.fetching = None

    def _publish(self, shelf: Shelf, site: Site) -> Version:
        """The version that is served now, made anew where something has changed."""
        settings, shop, now = self._settings, shelf.shop or "", self._clock()
        traps = (trap_path(site.name, self._secret, now),) if settings.trap else ()
        made_from = (settings, shop, traps)
        current = shelf.current
        if current is not None and shelf.made_from == made_from:
            return current
        shelf.made_from = made_from
        if not settings.managed:
            return shelf.put(shop, now)
        return shelf.put(merged(shop, [*traps, *settings.disallow], settings.agents), now)


def _reply(text: str, kept_s: int) -> Reply:
    headers = (
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Cache-Control", b"public, max-age=%d" % kept_s),
    )
    return Reply(200, headers, text.encode("utf-8", "replace"))
