"""What the store must hold, as sets of requests: who counted which, and which of them reached it.

A delta is a set of requests, a past is one, and what the store knows of a client is one. The ledger reads the
calls that workers make and keeps the sets; `single` is the one client who would have seen such a set.
"""

from collections.abc import Iterable, Sequence

from detectors.behaviour.client import Client
from detectors.behaviour.memory import requests_of
from detectors.behaviour.step import Step
from detectors.value import value
from proxy.state.link import Reply, Word
from proxy.state.script import ALONE, WORD
from tests.support.sharing import Worker


@value
class Event:
    """One request and its answer. Events are told apart by their number, which also orders them in time."""

    number: int
    at: float
    step: Step
    route: str
    status: int

    def happens_to(self, client: Client) -> None:
        """Count it."""
        client.arrive(self.step, self.at, self.route)
        client.respond(self.status, 1_000, self.step)


Events = frozenset[Event]
NONE: Events = frozenset()


def single(key: str, events: Iterable[Event]) -> Client:
    """The one client who would have seen just these."""
    ordered = sorted(events, key=lambda event: event.number)
    client = Client(key, ordered[0].at if ordered else 0.0)
    for event in ordered:
        event.happens_to(client)
    return client


class Desk:
    """What one worker has counted and not sent, what its batches carry, and what it knows."""

    def __init__(self) -> None:
        self.unsent: dict[str, list[Event]] = {}
        self.carried: dict[int, dict[str, Events]] = {}  # by number of the batch
        self.refused: dict[str, Events] = {}  # the store asked for the past first
        self.known: dict[str, Events] = {}

    def count(self, key: str, event: Event) -> None:
        """The worker counted this."""
        self.unsent.setdefault(key, []).append(event)

    def meet(self, key: str, stored: Events) -> None:
        """The worker heard what the store knows."""
        self.known[key] = self.known.get(key, NONE) | stored


class Ledger:
    """Follows every call of every worker."""

    def __init__(self) -> None:
        self.stored: dict[str, Events] = {}
        self.receipts: dict[Word, Word] = {}
        self.doubled: dict[str, list[Event]] = {}  # what the store counted twice, after a loss
        self.keys: dict[Word, str] = {}

    def follow(self, worker: Worker) -> Desk:
        """Listen to a new worker."""
        desk = Desk()
        worker.link.asked = lambda keys, words: self._asked(desk, keys, words)
        worker.link.obeyed = lambda keys, words, reply, heard: self._obeyed(desk, keys, words, reply, heard)
        return desk

    def of(self, key: str) -> Events:
        """What the store knows of a client."""
        return self.stored.get(key, NONE)

    def _asked(self, desk: Desk, keys: Sequence[Word], arguments: Sequence[Word]) -> None:
        """A batch is on its way, for the first time or again: note which requests it carries."""
        number = arguments[0]
        assert isinstance(number, int)
        if number in desk.carried:
            return
        carried = desk.carried[number] = {}
        for key, delta, past in self._words(keys, arguments):
            if past:
                carried[key] = desk.refused.pop(key)
                continue
            unsent, count = desk.unsent.get(key, []), requests_of(delta)
            assert count <= len(unsent), f"{count} requests are sent, where {len(unsent)} are new"
            carried[key], desk.unsent[key] = frozenset(unsent[:count]), unsent[count:]

    def _obeyed(
        self, desk: Desk, keys: Sequence[Word], arguments: Sequence[Word], reply: Reply, heard: bool
    ) -> None:
        """The store did it; the worker may not hear so."""
        number = arguments[0]
        assert isinstance(number, int)
        assert isinstance(reply, list)
        again = self.receipts.get(keys[0]) == number
        self.receipts[keys[0]] = number
        for (key, _, past), answer in zip(self._words(keys, arguments), reply, strict=True):
            events = desk.carried[number][key]
            if answer != b"" and not again:
                self._merge(key, events, desk.known.get(key, NONE) - events if past else NONE)
            if heard and answer == b"":
                desk.refused[key] = events
            elif heard:
                desk.meet(key, events if answer == ALONE else events | self.of(key))

    def _merge(self, key: str, events: Events, past: Events) -> None:
        stored = self.of(key) | past
        self.doubled.setdefault(key, []).extend(stored & events)
        self.stored[key] = stored | events

    def _words(self, keys: Sequence[Word], arguments: Sequence[Word]) -> Iterable[tuple[str, bytes, bytes]]:
        """Client key, delta and past of every word of a call."""
        for name, word in zip(keys[1:], arguments[3:], strict=True):
            assert isinstance(word, bytes)
            end = WORD.size + WORD.unpack_from(word)[-1]
            yield self.keys[name], word[WORD.size : end], word[end:]
