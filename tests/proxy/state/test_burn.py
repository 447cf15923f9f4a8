"""What was spent while the store was away is told later, past every shard that is away still."""

import asyncio
from collections import OrderedDict

import pytest

from proxy.state.burn import Burned
from proxy.state.link import Link, StoreFault

NOW = 1_790_000_000.0


class Shards(Link):
    """A store whose shard of the ids in `away` does not answer."""

    def __init__(self, *away: str, up: bool = True) -> None:
        super().__init__(None)
        self.up = up
        self.away = {f"p:spent:{each}" for each in away}
        self.told: dict[object, object] = {}

    async def call(self, *words: object) -> bytes:  # type: ignore[override]
        if words[1] in self.away:
            raise StoreFault("this shard is away")
        self.told[words[1]] = words[-1]
        return b"OK"


def spent_while_away(link: Shards, *ids: str) -> Burned:
    async def spend() -> Burned:
        up, link.up = link.up, False
        burned = Burned(link, "p:", lambda: NOW)
        assert [await burned.burn(each, 60.0) for each in ids] == [True] * len(ids)
        link.up = up
        return burned

    return asyncio.run(spend())


def test_all_are_told_with_the_time_that_is_left():
    link = Shards()
    asyncio.run(spent_while_away(link, "a", "b").catch_up())

    assert link.told == {"p:spent:a": 60_000, "p:spent:b": 60_000}


def test_a_shard_that_is_away_keeps_no_id_from_the_others():
    link = Shards("b", "c")
    burned = spent_while_away(link, "a", "b", "c", "d")
    with pytest.raises(StoreFault):
        asyncio.run(burned.catch_up())
    first = set(link.told)
    link.away = set()
    asyncio.run(burned.catch_up())

    assert (first, set(link.told)) == ({"p:spent:a", "p:spent:d"}, {f"p:spent:{each}" for each in "abcd"})


def test_a_store_that_is_away_as_a_whole_is_asked_once():
    link = Shards("a", "b", "c", up=False)
    burned = spent_while_away(link, "a", "b", "c")
    with pytest.raises(StoreFault):
        asyncio.run(burned.catch_up())

    assert burned._untold == OrderedDict.fromkeys(["c", "a", "b"], NOW + 60.0)


def test_one_that_ran_out_meanwhile_is_not_told():
    link = Shards(up=False)
    clock = [NOW]
    burned = Burned(link, "p:", lambda: clock[0])

    async def scene() -> None:
        await burned.burn("a", 60.0)
        clock[0] += 61.0
        await burned.catch_up()

    asyncio.run(scene())

    assert link.told == {}
