"""Forward-confirmed reverse DNS: who claims a name waits a moment at most, nobody else ever does."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from detectors.identity.host_name import lies_below
from detectors.identity.proof import HostName
from detectors.inspection import remember
from detectors.value import value
from proxy.verify.public_address import is_public
from proxy.verify.resolver import Answer, DnsTroubleError, Resolver

MAX_REMEMBERED = 20_000
MAX_NAMES = 5  # of one address; who has more is not asked about the others
MAX_AT_ONCE = 16
SHORTEST_S, LONGEST_S = 300.0, 86_400.0  # how long a found name is kept, whatever its TTL says
LONGEST_NO_S = 3600.0
TROUBLE_S = 60.0
SOUND_S = 3600.0  # a resolver that found some address's name so long ago is believed when it finds none

Question = tuple[str, str]  # the bot's name and the address


@value
class Known:
    """What was found out, until when (on the loop's clock)."""

    host_name: HostName
    until: float


class HostNames:
    """Looks up who is below which domains, at most `per_second` new questions; others stay unknown."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        wait_s: float,
        per_second: float,
        counts: defaultdict[tuple[str, str], int] | None = None,
    ) -> None:
        """`counts` is where outcomes are counted."""
        self._resolver = resolver
        self._wait_s = wait_s
        self._per_second = per_second
        self._budget = per_second
        self._budget_at = 0.0
        self._known: dict[Question, Known] = {}
        self._running: dict[Question, asyncio.Task[None]] = {}
        self._waiting: dict[Question, list[Callable[[], None]]] = {}
        self._sound_until = float("-inf")
        self.answers = False  # whether the last question was answered at all
        self.counts = defaultdict(int) if counts is None else counts

    def known(self, bot: str, address: str) -> HostName:
        """What was found out about the address, without asking."""
        found = self._known.get((bot, address))
        if found is None or found.until <= asyncio.get_running_loop().time():
            return HostName.UNKNOWN
        return found.host_name

    def ask(self, bot: str, address: str, domains: Sequence[str], ready: Callable[[], None]) -> bool:
        """Find it out where it is not known yet. True where `ready` will be called, once and soon.

        Nobody waits for a resolver that did not answer the last question: it answers in the background first.
        """
        loop = asyncio.get_running_loop()
        now, question = loop.time(), (bot, address)
        found = self._known.get(question)
        if (found is not None and found.until > now) or not is_public(address):
            return False
        if question not in self._running and not self._begin(question, domains, now):
            return False
        if not self.answers or self._wait_s <= 0.0:
            return False
        self._waiting.setdefault(question, []).append(_once(ready, loop, self._wait_s))
        return True

    def forget(self) -> None:
        """Remember nobody's address any more."""
        self._known.clear()

    def close(self) -> None:
        """Stop asking."""
        for task in tuple(self._running.values()):
            task.cancel()

    def _begin(self, question: Question, domains: Sequence[str], now: float) -> bool:
        self._budget = min(self._per_second, self._budget + (now - self._budget_at) * self._per_second)
        self._budget_at = now
        if self._budget < 1.0 or len(self._running) >= MAX_AT_ONCE:
            self.counts["dns", "dropped"] += 1
            return False
        self._budget -= 1.0
        task = asyncio.get_running_loop().create_task(self._find_out(question, domains))
        self._running[question] = task
        task.add_done_callback(lambda _: self._running.pop(question, None))
        return True

    async def _find_out(self, question: Question, domains: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        try:
            host_name, ttl_s = await self._confirm(question[1], domains)
        except DnsTroubleError:
            self.answers = False
            host_name, ttl_s = HostName.UNKNOWN, TROUBLE_S
        except Exception:  # noqa: BLE001  whatever a hostile answer does to the library, it is trouble
            host_name, ttl_s = HostName.UNKNOWN, TROUBLE_S
        self.counts["dns", host_name] += 1
        remember(self._known, question, Known(host_name, loop.time() + ttl_s), MAX_REMEMBERED)
        for ready in self._waiting.pop(question, ()):
            ready()

    async def _confirm(self, address: str, domains: Sequence[str]) -> tuple[HostName, float]:
        """What the DNS says, and for how long. Raises DnsTroubleError."""
        names = await self._resolver.names_of(address)
        now = asyncio.get_running_loop().time()
        self.answers = True
        if names.texts:
            self._sound_until = now + SOUND_S
        elif now > self._sound_until:  # it may be one that knows no names at all
            return HostName.UNKNOWN, TROUBLE_S
        ours = [name for name in names.texts if lies_below(name, domains)]
        trouble: DnsTroubleError | None = None
        for name in ours[:MAX_NAMES]:
            try:
                found = await self._resolver.addresses_of(name, version=ip_address(address).version)
            except DnsTroubleError as fault:
                trouble = fault
                continue
            if _holds(found, address):
                ttl_s = min(max(min(names.ttl_s, found.ttl_s), SHORTEST_S), LONGEST_S)
                return HostName.CONFIRMED, ttl_s
        if trouble is not None:
            raise trouble
        if len(ours) > MAX_NAMES:
            return HostName.UNKNOWN, LONGEST_NO_S
        return HostName.FOREIGN, min(max(names.ttl_s, SHORTEST_S), LONGEST_NO_S)


def _holds(found: Answer, address: str) -> bool:
    wanted = ip_address(address)
    return any(ip_address(text) == wanted for text in found.texts)


def _once(ready: Callable[[], None], loop: asyncio.AbstractEventLoop, wait_s: float) -> Callable[[], None]:
    """`ready`, called once: by whoever calls first, or when `wait_s` is over."""
    called = False

    def call() -> None:
        nonlocal called
        timer.cancel()
        if not called:
            called = True
            ready()

    timer = loop.call_later(wait_s, call)
    return call
