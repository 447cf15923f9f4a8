"""A memo forgets the least recently used first and never grows past its capacity."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Content = TypeVar("Content")


class Memo(Generic[Key, Content]):
    """A bounded table of what was computed before."""

    __slots__ = ("_capacity", "_table")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._table: OrderedDict[Key, Content] = OrderedDict()

    def get(self, key: Key) -> Content | None:
        """What was put under `key`, which now counts as used."""
        content = self._table.get(key)
        if content is not None:
            self._table.move_to_end(key)
        return content

    def put(self, key: Key, content: Content) -> None:
        """Keep `content`, and let go of the entry that was not used for longest where the memo is full."""
        self._table[key] = content
        if len(self._table) > self._capacity:
            self._table.popitem(last=False)

    def __len__(self) -> int:
        """How many entries are kept."""
        return len(self._table)
