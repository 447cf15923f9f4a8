"""What the store must hold, as sets of events: who counted which, and which of them reached it.

A delta is a set of events, a past is one, and what a worker or the store knows of a client is one. The ledger
hears of every call that workers make and keeps the sets; `single` is the one client who would have seen such
a set. While a set stands for what is in memory to the last count, it is *exact*. That ends where the store
lost something and two pasts meet of which neither holds the other, for pasts are joined by maximum. What was
counted since the loss is kept apart from them, and stays exact.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import NOBODY
from detectors.behaviour.memory import EPOCH, epoch_of, requests_of
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import Step
from detectors.behaviour.windows import roll
from detectors.value import value
from proxy.state.link import Reply, Word
from proxy.state.pace import Shared
from proxy.state.push import LONGEST_ALONE
from proxy.state.script import ALONE, WORD
from tests.support.sharing import Worker


@value
class Event:
    """One request, or its answer where there is a status. `number` tells events apart.

    `bucket` is where the client's windows stood, which another worker's clock may have moved ahead of `at`.
    A crowd counts requests and pages itself, and is `told` the rest by its member.
    """

    number: int
    at: float
    since: float  # when the worker saw the client first
    bucket: int
    step: Step
    route: str
    agent: str
    status: int = 0
    told: bool = False

    def happens_to(self, client: Client) -> None:
        """Count it."""
        if self.status:
            client.respond(self.status, 1_000, self.step)
            return
        client.arrive(self.step, self.at, self.route)
        client.agents |= bit_of_text(self.agent)


Events = frozenset[Event]
NONE: Events = frozenset()


def single(key: str, events: Iterable[Event]) -> Client:
    """The one client who would have seen just these."""
    ordered = sorted(events, key=lambda event: (event.bucket, event.number))
    client = Client(key, min((event.since for event in ordered), default=0.0))
    for event in ordered:
        roll(client.words, client.bucket, event.bucket)
        client.bucket = max(client.bucket, event.bucket)
        event.happens_to(client)
    return client


@value
class Known:
    """What is in a memory: the events that it counted, and those of which its times and sketches tell."""

    events: Events = NONE
    seen: Events = NONE

    def __or__(self, other: "Known") -> "Known":
        return Known(self.events | other.events, self.seen | other.seen)


NOTHING = Known()


@value
class Epoch:
    """When the store began to count on from `base`: what pasts told after a loss, or nothing."""

    at: float = 0.0
    base: Events = NONE


@value
class Parcel:
    """What a batch carries for one client: a delta, and perhaps the past."""

    client: Shared
    sent: Known
    base: Events  # what the worker knew before, and believes the store to know
    past: bool  # whether it tells the store so
    exact: bool


class Desk:
    """What one worker has counted and not sent, what it knows, and what its batches carry."""

    def __init__(self) -> None:
        self.counted: set[tuple[str, Event]] = set()
        self.unsent: defaultdict[Shared, list[Event]] = defaultdict(list)
        self.known: defaultdict[Shared, Known] = defaultdict(lambda: NOTHING)  # with what is unsent
        self.blurred: set[Shared] = set()  # of whom `known` is more than what is in memory
        self.carried: dict[tuple[Word, int], list[Parcel]] = {}
        self.totals: dict[tuple[Word, int], list[Known]] = {}
        self.refused: dict[Shared, Known] = {}  # the store asked for the past first

    def count(self, client: Shared, event: Event) -> None:
        """The worker counted this."""
        self.counted.add((client.key, event))
        self.unsent[client].append(event)
        one = frozenset({event})
        self.known[client] |= Known(one, one if isinstance(client, Client) else NONE)

    def wake(self, rested: Shared, awake: Shared) -> None:
        """The same client, as another object."""
        self.known[awake] = self.known[rested]
        self.unsent[awake] = self.unsent.pop(rested, [])
        if rested in self.blurred:
            self.blurred.add(awake)

    def settled(self, client: Shared) -> Events:
        """What the worker knows and needs not send, be it on its way."""
        return self.known[client].events - set(self.unsent[client])

    def hear(self, client: Shared, stored: Known, *, exact: bool) -> None:
        """The worker heard what the store knew, and it knows so much now."""
        if not exact or not self.settled(client) <= stored.events:
            self.blurred.add(client)
        self.known[client] |= stored


class Ledger:
    """Follows every call of every worker."""

    def __init__(self) -> None:
        self.stored: dict[Word, Known] = {}  # by name in the store
        self.receipts: dict[Word, Word] = {}
        self.blurred: set[Word] = set()
        self.bereft: set[Word] = set()  # of whom the store once knew less than a worker
        self.doubled: defaultdict[str, list[Event]] = defaultdict(list)  # by key: counted twice, after a loss
        self.epochs: dict[Word, Epoch] = {}
        self.keys: dict[Word, str] = {}

    def follow(self, worker: Worker) -> Desk:
        """Listen to a new worker."""
        desk, link, met = Desk(), worker.link, worker.sight._meet
        read: deque[tuple[Known, bool]] = deque()

        def meet(client: Shared, merged: bytes | None, now: float) -> None:
            stored, exact = read.popleft()
            if client.base is None and merged is not None:
                desk.hear(client, stored, exact=exact)
            met(client, merged, now)

        worker.sight._meet = meet  # type: ignore[method-assign]
        link.asked = lambda keys, words: self._asked(desk, worker, keys, words)
        link.obeyed = lambda keys, words, reply: self._obeyed(desk, keys, words, reply)
        link.heard = lambda keys, words, reply: self._heard(desk, keys, words, reply)
        link.read = lambda names: read.extend((self.of(name), name not in self.blurred) for name in names)
        return desk

    def of(self, name: Word) -> Known:
        """What the store knows of a client."""
        return self.stored.get(name, NOTHING)

    def forget(self, names: Iterable[Word]) -> None:
        """The store lost these keys."""
        for name in names:
            self.bereft.add(name)
            self.stored.pop(name, None)
            self.receipts.pop(name, None)
            self.epochs.pop(name, None)

    def _asked(self, desk: Desk, worker: Worker, keys: Sequence[Word], arguments: Sequence[Word]) -> None:
        """A batch is on its way, for the first time or again: note which events it carries."""
        batch = (keys[0], int(arguments[0]))
        if batch in desk.carried:
            return
        lane = next(each for each in worker.push._lanes if each.receipt == keys[0])
        assert lane.unsettled is not None
        assert len({*lane.unsettled.clients}) == len(lane.unsettled.clients), "a client is twice in a batch"
        desk.carried[batch] = [
            self._parcel(desk, client, name, word)
            for client, name, word in zip(lane.unsettled.clients, keys[1:], arguments[3:], strict=True)
        ]

    def _parcel(self, desk: Desk, client: Shared, name: Word, word: Word) -> Parcel:
        assert isinstance(word, bytes)
        self.keys[name] = client.key
        end = WORD.size + WORD.unpack_from(word)[-1]
        delta, past = word[WORD.size : end], word[end:]
        if past:
            sent = desk.refused.pop(client)
            sent |= Known(NONE, desk.known[client].seen)  # times and sketches of its past are those of now
            base = desk.settled(client) - sent.events
            return Parcel(client, sent, base, True, client not in desk.blurred)
        events = frozenset(desk.unsent.pop(client, ()))
        counted = sum(not event.status and not event.told for event in events)
        assert requests_of(delta) == counted, f"{requests_of(delta)} requests are sent, {counted} are new"
        known = desk.known[client]
        if isinstance(client, Client):
            self._tell(desk, client, events)
        return Parcel(client, Known(events, known.seen), known.events - events, False, True)

    def _tell(self, desk: Desk, client: Client, events: Events) -> None:
        """The client told its crowds when its delta was cut."""
        for crowd in (client.subnet, client.fingerprint):
            if crowd is not NOBODY:
                for event in events:
                    desk.count(crowd, replace(event, told=True))
                desk.known[crowd] |= Known(NONE, desk.known[client].seen)

    def _obeyed(self, desk: Desk, keys: Sequence[Word], arguments: Sequence[Word], reply: Reply) -> None:
        """The store did it; the worker may not hear so."""
        number = int(arguments[0])
        assert isinstance(reply, list)
        again = self.receipts.get(keys[0]) == number
        self.receipts[keys[0]] = number
        totals = desk.totals[keys[0], number] = []
        for parcel, name, answer in zip(desk.carried[keys[0], number], keys[1:], reply, strict=True):
            if not parcel.base <= self.of(name).events:
                self.bereft.add(name)
            assert isinstance(answer, bytes)
            if not again and answer:
                self._merge(name, parcel, answer)
            totals.append(self.of(name))

    def _merge(self, name: Word, parcel: Parcel, answer: bytes) -> None:
        stored, base = self.of(name), parcel.base
        before = self.epochs.get(name, Epoch())
        at = begun(answer) or before.at
        if parcel.past:
            joined = before.base if at == before.at else stored.events
            if not parcel.exact or not (joined <= base or base <= joined):
                self.blurred.add(name)
            self._note_twice(name, base & (stored.events - joined))
            stored |= Known(base)
            self.epochs[name] = Epoch(at, joined | base)
        elif name not in self.stored:
            self.epochs[name] = Epoch(at)
        self._note_twice(name, stored.events & parcel.sent.events)
        self.stored[name] = stored | parcel.sent

    def _note_twice(self, name: Word, events: Events) -> None:
        if events:
            self.doubled[self.keys[name]] += events
            self.blurred.add(name)

    def _heard(self, desk: Desk, keys: Sequence[Word], arguments: Sequence[Word], reply: Reply) -> None:
        """The worker heard the answer."""
        batch = (keys[0], int(arguments[0]))
        assert isinstance(reply, list)
        parcels, totals = desk.carried[batch], desk.totals[batch]
        for parcel, name, answer, stored in zip(parcels, keys[1:], reply, totals, strict=True):
            client = parcel.client
            if answer == b"":
                assert name in self.bereft, "the store forgot nothing"
                desk.refused[client] = parcel.sent
            elif len(answer) > LONGEST_ALONE:
                desk.hear(client, stored, exact=name not in self.blurred)
            elif name not in self.bereft:
                assert stored.events <= desk.known[client].events, "others counted, and nobody says so"


def begun(answer: bytes) -> float:
    """When the epoch began of which an answer tells; 0.0 where it tells of none."""
    if not answer.startswith(ALONE) or len(answer) > LONGEST_ALONE:
        return epoch_of(answer)
    return float(EPOCH.unpack(answer[1:])[0]) if answer != ALONE else 0.0
