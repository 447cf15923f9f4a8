"""A challenge id works once, on every node. While the store is away it works once per worker."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from zlib import crc32

from proxy.state.keys import TAGS, Names
from proxy.state.link import Link, Script, StoreFault
from proxy.state.script import RING, SPEND

MAX_REMEMBERED = 20_000
ANSWER_S = 0.25  # who solved a challenge waits for no more; then a slow store is as good as one that is away
TOLD_AT_ONCE = 32  # packing them holds the event loop for about a millisecond
KEEP_S = 1.0
PERIOD_S = 600.0  # ids that end within the same ten minutes are forgotten together
LATEST_S = (RING - 3) * PERIOD_S  # what ends later finds no free place in the ring
CLEAR_S = PERIOD_S / TAGS


class Burned:
    """Spent challenge ids: in the store, and the latest of this worker's in memory as well.

    The local copy is what decides during an outage, and what is told to the store after it.
    """

    def __init__(self, link: Link, names: Names, clock: Callable[[], float] = time.time) -> None:
        self._link = link
        self._names = names
        self._clock = clock
        self._script = Script(SPEND)
        self._spent: OrderedDict[str, float] = OrderedDict()
        self._untold: OrderedDict[str, float] = OrderedDict()
        self._woken = asyncio.Event()
        self._cleared_at = 0.0
        self._tag = 0

    async def burn(self, challenge_id: str, ttl_s: float) -> bool:
        """True for the first who spends this id within `ttl_s`, False for all who follow. Never raises.

        Takes a quarter of a second at most.
        """
        now = self._clock()
        if self._spent.get(challenge_id, 0.0) > now:
            return False
        until = now + ttl_s
        _remember(self._spent, challenge_id, until)  # before any wait: two at once on one worker
        if self._link.up:
            with suppress(StoreFault, TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    return await self._tell(challenge_id, until)
        _remember(self._untold, challenge_id, until)
        return True

    def wake(self) -> None:
        """The store answers: what waits may be told."""
        self._woken.set()

    async def keep(self) -> None:
        """Tell what waits and clear what is over, now or within a second. Raises StoreFault."""
        with suppress(TimeoutError):
            async with asyncio.timeout(KEEP_S):
                await self._woken.wait()
        self._woken.clear()
        if self._link.up:
            await self.catch_up()
            await self._clear()

    async def catch_up(self) -> None:
        """Tell the store what was spent while it was away. Raises StoreFault where a part is away still.

        One shard of a cluster that is away keeps no id from the others.
        """
        missed: dict[str, float] = {}
        fault: StoreFault | None = None
        try:
            while self._untold and (fault is None or self._link.up):
                fault = await self._tell_some(missed) or fault
        finally:
            for challenge_id, until in missed.items():
                _remember(self._untold, challenge_id, until)
        if fault is not None:
            raise fault

    async def _tell_some(self, missed: dict[str, float]) -> StoreFault | None:
        """Tell the latest, all in one go; the last fault, and in `missed` whom it kept untold."""
        now = self._clock()
        some = [self._untold.popitem() for _ in range(min(TOLD_AT_ONCE, len(self._untold)))]
        lasting = [(challenge_id, until) for challenge_id, until in some if until > now]
        try:
            answers = await asyncio.gather(*[self._tell(*each) for each in lasting], return_exceptions=True)
        except asyncio.CancelledError:
            missed.update(lasting)
            raise
        fault: StoreFault | None = None
        for (challenge_id, until), answer in zip(lasting, answers, strict=True):
            if isinstance(answer, StoreFault):
                missed[challenge_id] = until
                fault = answer
            elif isinstance(answer, BaseException):
                raise answer
        return fault

    async def _tell(self, challenge_id: str, until: float) -> bool:
        left_s = until - self._clock()
        period = int(until / PERIOD_S)
        place = period % RING + 1 if left_s <= LATEST_S else 0
        keys = self._ring(crc32(challenge_id.encode()) % TAGS, challenge_id)
        left_ms = max(1, int(left_s * 1000))
        reply = await self._link.run(
            self._script, keys, [self._oldest(), challenge_id, period, place, left_ms]
        )
        return reply == 1

    async def _clear(self) -> None:
        """Have the hashes of one tag deleted that are over: all tags get their turn within a period."""
        now = self._clock()
        if 0.0 <= now - self._cleared_at < CLEAR_S:
            return
        self._cleared_at = now
        self._tag = (self._tag + 1) % TAGS
        await self._link.run(self._script, self._ring(self._tag, ""), [self._oldest(), "", 0, 0, 0])

    def _ring(self, tag: int, challenge_id: str) -> list[bytes]:
        return [self._names.tagged(tag, f"spent:{place}") for place in (*range(RING), challenge_id)]

    def _oldest(self) -> int:
        """The oldest period that is not over on any node: their clocks may differ by one."""
        return int(self._clock() / PERIOD_S) - 1


def _remember(spent: OrderedDict[str, float], challenge_id: str, until: float) -> None:
    spent[challenge_id] = until
    if len(spent) > MAX_REMEMBERED:
        spent.popitem(last=False)
