"""A memo forgets what was not used for long and never grows past its capacity."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Content = TypeVar("Content")


class Memo(Generic[Key, Content]):
    """A bounded table of what was computed before.

    It keeps two generations of half the capacity each. What is used moves to the young one; when that is
    full, it becomes the old one, and the old one is forgotten. A hit costs one look-up that way.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, capacity: int) -> None:
        self._half = max(1, capacity // 2)
        self._young: dict[Key, Content] = {}
        self._old: dict[Key, Content] = {}

    def get(self, key: Key) -> Content | None:
        """What was put under `key`, which now counts as used."""
        content = self._young.get(key)
        if content is None and self._old:
            content = self._old.pop(key, None)
            if content is not None:
                self.put(key, content)
        return content

    def put(self, key: Key, content: Content) -> None:
        """Keep `content` under `key`."""
        if len(self._young) >= self._half and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = content

    def clear(self) -> None:
        """Keep nothing."""
        self._young, self._old = {}, {}

    def __len__(self) -> int:
        """How many entries are kept."""
        return len(self._young) + len(self._old)
