"""The last events of one worker, kept as they were written; nobody parses them until somebody asks."""

from collections import deque
from collections.abc import Callable
from typing import Any

from orjson import loads

KEPT = 2000  # at 2 KB each some 4 MB per worker

Event = dict[str, Any]


class Recent:
    """A ring of event lines by decision id."""

    __slots__ = ("_lines",)

    def __init__(self, kept: int = KEPT) -> None:
        self._lines: deque[tuple[str, bytes, str]] = deque(maxlen=kept)

    def add(self, decision_id: str, line: bytes, sender: str = "") -> None:
        """Keep one line; the oldest goes. `sender` is the client key of its address, hashed nowhere."""
        self._lines.append((decision_id, line, sender))

    def forget(self, meant: Callable[[bytes, str], bool]) -> None:
        """Let go of the lines that are meant; asked are line and sender."""
        for _ in range(len(self._lines)):
            kept = self._lines.popleft()
            if not meant(*kept[1:]):
                self._lines.append(kept)

    def find(self, decision_id: str) -> Event | None:
        """The event of this decision, if it is still kept."""
        for kept_id, line, _ in reversed(self._lines):
            if kept_id == decision_id:
                event: Event = loads(line)
                return event
        return None

    def latest(self, limit: int, action: str = "", address: str = "") -> list[Event]:
        """The newest events first, of one action and one address (as logged) where they are given."""
        found: list[Event] = []
        # A look at the bytes spares parsing most lines; what passes is parsed and compared for certain.
        hints = [f'"{text}"'.encode() for text in (action, address) if text]
        for _, line, _ in reversed(self._lines):
            if len(found) >= limit:
                break
            if all(hint in line for hint in hints):
                event = loads(line)
                if action in {"", event["event"]["action"]} and address in {"", event["client"]["ip"]}:
                    found.append(event)
        return found
