"""A worker remembers a bounded number of clients in bounded memory; the quiet go before the suspicious."""

from collections.abc import Callable
from typing import Generic, TypeVar

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.memory import at_rest, from_rest
from detectors.behaviour.windows import BUCKET_S

NEWCOMERS, REGULARS, SUSPECTS = range(3)  # ranks
FORGOTTEN = 3  # of nobody in the table: whoever has this rank is not shared any more
NEWCOMER_SHARE = 0.25  # of the table, kept for newcomers when regulars fill the rest
SUSPECT_SHARE = 0.25  # of the table, which suspects may fill
AWAKE_BYTES = 2200  # a Client with all that hangs on it, and its place in a dictionary
RESTING_BYTES = 250  # key, bytes object and place in a dictionary, beside the packed memory
REST_AFTER_BUCKETS = 2  # whoever was silent for ten to twenty seconds may rest
TURN_S = 10.0

Kind = TypeVar("Kind", Client, Crowd)


class Segment(Generic[Kind]):
    """Clients of one rank: awake as objects, resting as packed bytes; each in two halves.

    The second half was not used since the last turn, and goes first. Plain dictionaries: a list in exact
    order of use (OrderedDict) costs 90 bytes more for each client.
    """

    __slots__ = ("awake", "idle", "resting", "resting_longer")

    def __init__(self) -> None:
        self.awake: dict[str, Kind] = {}
        self.idle: dict[str, Kind] = {}
        self.resting: dict[str, bytes] = {}
        self.resting_longer: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self.awake) + len(self.idle) + len(self.resting) + len(self.resting_longer)

    def turn(self) -> None:
        """Whoever is not used from now on is idle. Only where nobody is idle still."""
        if not self.idle:
            self.awake, self.idle = {}, self.awake

    def take_resting(self, key: str) -> bytes | None:
        """Remove and return the packed memory of this key."""
        return self.resting.pop(key, None) or self.resting_longer.pop(key, None)


class ClientTable(Generic[Kind]):
    """Key to Client or Crowd, in three ranks: newcomers, regulars and suspects. Every operation is O(1).

    A client that comes back is a regular, so a flood of addresses seen once evicts only its like. A client
    that was called suspicious is kept until other suspects need its place. `wake` makes a client of its
    packed memory. Not more than `max_clients`, and not more than a KiB for each of those.
    """

    def __init__(self, max_clients: int, wake: Callable[[str, bytes], Kind]) -> None:
        self.max_clients = max(4, max_clients)
        self.max_bytes = self.max_clients * 1024
        self.evicted = 0
        self._wake: Callable[[str, bytes], Kind] = wake
        self._max_newcomers = int(self.max_clients * NEWCOMER_SHARE)
        self._max_suspects = int(self.max_clients * SUSPECT_SHARE)
        self._ranks: tuple[Segment[Kind], Segment[Kind], Segment[Kind]] = (Segment(), Segment(), Segment())
        self._resting_bytes = 0
        self._turned_at = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._ranks))

    @property
    def awake(self) -> int:
        """How many are there as objects."""
        return sum(len(segment.awake) + len(segment.idle) for segment in self._ranks)

    @property
    def size(self) -> int:
        """Bytes of memory, estimated."""
        return self.awake * AWAKE_BYTES + self._resting_bytes

    def find(self, key: str) -> Kind | None:
        """The client of this key; None where it is not remembered."""
        newcomers, regulars, suspects = self._ranks
        client = regulars.awake.get(key) or suspects.awake.get(key)
        if client is not None:
            return client
        client = newcomers.awake.pop(key, None)
        if client is None:
            client = self._rouse(key)
            if client is None:
                return None
        if client.rank == NEWCOMERS:
            client.rank = REGULARS
        self._ranks[client.rank].awake[key] = client
        return client

    def add(self, client: Kind) -> None:
        """Remember a client whose key `find` did not know; forget less valuable ones where it is full."""
        while len(self) >= self.max_clients or self.size > self.max_bytes:
            self._evict()
        self._ranks[NEWCOMERS].awake[client.key] = client

    def suspect(self, client: Kind) -> None:
        """Keep this client longer than the quiet ones; does nothing where it is not in the table."""
        if client.rank >= SUSPECTS:
            return
        segment, suspects = self._ranks[client.rank], self._ranks[SUSPECTS]
        if (segment.awake.pop(client.key, None) or segment.idle.pop(client.key, None)) is None:
            return
        if len(suspects) >= self._max_suspects:
            self._forget_one(suspects)
        client.rank = SUSPECTS
        suspects.awake[client.key] = client

    def remove(self, key: str) -> Kind | None:
        """Forget this client, and return it."""
        client = self.find(key)
        if client is not None:
            del self._ranks[client.rank].awake[key]
            client.gone = True
        return client

    def all_keys(self) -> list[str]:
        """Everybody who is remembered now."""
        return [
            key
            for rank in self._ranks
            for part in (rank.awake, rank.idle, rank.resting, rank.resting_longer)
            for key in part
        ]

    def objects(self) -> list[Kind]:
        """Those who are here as objects now."""
        return [one for rank in self._ranks for part in (rank.awake, rank.idle) for one in part.values()]

    def forget(self, key: str) -> None:
        """Forget this client for good: what it counted is not shared any more."""
        client = self.remove(key)
        if client is not None:
            client.rank = FORGOTTEN

    def rest(self, most: int, now: float) -> list[Kind]:
        """Pack up to `most` silent clients whose counts the store knows; those whose counts it does not.

        Call it often with a small number: packing one takes 4 µs.
        """
        unshared: list[Kind] = []
        silent = int(now / BUCKET_S) - REST_AFTER_BUCKETS
        for rank in self._ranks:
            for _ in range(min(most, len(rank.idle))):
                key, client = rank.idle.popitem()
                if client.bucket > silent or not self._rests(rank, client):
                    rank.awake[key] = client
                    if not client.waiting and client.bucket <= silent:
                        unshared.append(client)
        if now - self._turned_at > TURN_S:
            self._turned_at = now
            for rank in self._ranks:
                rank.turn()
        return unshared

    def _rests(self, segment: Segment[Kind], client: Kind) -> bool:
        if client.waiting or not client.settled:
            return False
        client.gone = True
        packed = segment.resting[client.key] = at_rest(client.pack())
        self._resting_bytes += len(packed) + RESTING_BYTES
        return True

    def _rouse(self, key: str) -> Kind | None:
        """The client of this key from wherever it idles or rests, taken out of there."""
        for rank, segment in enumerate(self._ranks):
            client = segment.idle.pop(key, None)
            if client is not None:
                return client
            packed = segment.take_resting(key)
            if packed is not None:
                self._resting_bytes -= len(packed) + RESTING_BYTES
                client = self._wake(key, from_rest(packed))
                client.rank = rank
                return client
        return None

    def _evict(self) -> None:
        newcomers, regulars, suspects = self._ranks
        bytes_of_newcomers = (len(newcomers.awake) + len(newcomers.idle)) * AWAKE_BYTES
        too_many = (
            len(newcomers) > self._max_newcomers
            or bytes_of_newcomers > NEWCOMER_SHARE * self.max_bytes
            or not len(regulars)
        )
        segment = newcomers if too_many else regulars
        self._forget_one(segment if len(segment) else suspects)

    def _forget_one(self, segment: Segment[Kind]) -> None:
        """Forget one that rests, else one that was not used lately."""
        self.evicted += 1
        if not segment.resting_longer:
            segment.resting, segment.resting_longer = {}, segment.resting
        if segment.resting_longer:
            _, packed = segment.resting_longer.popitem()
            self._resting_bytes -= len(packed) + RESTING_BYTES
            return
        segment.turn()
        _, client = segment.idle.popitem()
        client.gone = True
