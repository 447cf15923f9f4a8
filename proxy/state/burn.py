"""A challenge id works once, on every node. While the store is away it works once per worker."""

import time
from collections import OrderedDict
from collections.abc import Callable

from proxy.state.link import Link, StoreFault

MAX_REMEMBERED = 20_000


class Burned:
    """Spent challenge ids: in the store, and the latest of this worker's in memory as well.

    The local copy is what decides during an outage, and what is told to the store after it.
    """

    def __init__(self, link: Link, prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._link = link
        self._prefix = prefix
        self._clock = clock
        self._spent: OrderedDict[str, float] = OrderedDict()
        self._untold: OrderedDict[str, float] = OrderedDict()

    async def burn(self, challenge_id: str, ttl_s: float) -> bool:
        """True for the first who spends this id within `ttl_s`, False for all who follow. Never raises."""
        now = self._clock()
        if self._spent.get(challenge_id, 0.0) > now:
            return False
        _remember(self._spent, challenge_id, now + ttl_s)  # before any wait: two at once on one worker
        if self._link.up:
            try:
                return await self._tell(challenge_id, ttl_s)
            except StoreFault:
                pass
        _remember(self._untold, challenge_id, now + ttl_s)
        return True

    async def catch_up(self) -> None:
        """Tell the store what was spent while it was away. Raises StoreFault where a part is away still.

        One shard of a cluster that is away keeps no id from the others.
        """
        waiting, self._untold = self._untold, OrderedDict()
        missed: StoreFault | None = None
        try:
            while waiting and (missed is None or self._link.up):
                challenge_id, until = waiting.popitem()
                left_s = until - self._clock()
                try:
                    if left_s > 0.0:
                        await self._tell(challenge_id, left_s)
                except StoreFault as fault:
                    _remember(self._untold, challenge_id, until)
                    missed = fault
        finally:
            for challenge_id, until in waiting.items():
                _remember(self._untold, challenge_id, until)
        if missed is not None:
            raise missed

    async def _tell(self, challenge_id: str, ttl_s: float) -> bool:
        key = f"{self._prefix}spent:{challenge_id}"
        return await self._link.call("SET", key, 1, "NX", "PX", max(1, int(ttl_s * 1000))) is not None


def _remember(spent: OrderedDict[str, float], challenge_id: str, until: float) -> None:
    spent[challenge_id] = until
    if len(spent) > MAX_REMEMBERED:
        spent.popitem(last=False)
