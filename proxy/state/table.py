"""A worker remembers a bounded number of clients; the quiet make room before the suspicious."""

from detectors.behaviour.client import Client

NEWCOMERS = 0.25  # the share of the table that newcomers keep when regulars fill the rest
SUSPECTS = 0.25  # the share that suspects may fill


class Generations:
    """Clients by key, in two halves: used since the last turn, and not. The second half is forgotten first.

    Plain dictionaries: a list in exact order of use (OrderedDict) costs 90 bytes more for each client.
    """

    __slots__ = ("_old", "young")

    def __init__(self) -> None:
        self.young: dict[str, Client] = {}
        self._old: dict[str, Client] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def __contains__(self, key: str) -> bool:
        return key in self.young or key in self._old

    def find(self, key: str) -> Client | None:
        """The client of this key, which has been used by that."""
        client = self.young.get(key)
        if client is None and (client := self._old.pop(key, None)) is not None:
            self.young[key] = client
        return client

    def add(self, client: Client) -> None:
        """Remember one more."""
        self.young[client.key] = client

    def take(self, key: str) -> Client | None:
        """Remove and return the client of this key."""
        return self.young.pop(key, None) or self._old.pop(key, None)

    def forget_one(self) -> None:
        """Forget a client that was not used since the last turn; when none is left, it is the next turn."""
        if not self._old:
            self._old, self.young = self.young, {}
        self._old.popitem()


class ClientTable:
    """Key to Client, in three segments: newcomers, regulars and suspects. Every operation is O(1).

    A client that comes back is a regular, so a flood of addresses seen once evicts only its like. A client
    that was called suspicious is kept until other suspects need its place.
    """

    __slots__ = (
        "_max_newcomers",
        "_max_suspects",
        "_newcomers",
        "_regulars",
        "_suspects",
        "evicted",
        "max_clients",
    )

    def __init__(self, max_clients: int) -> None:
        self.max_clients = max(4, max_clients)
        self._max_newcomers = int(self.max_clients * NEWCOMERS)
        self._max_suspects = int(self.max_clients * SUSPECTS)
        self._newcomers = Generations()
        self._regulars = Generations()
        self._suspects = Generations()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._newcomers) + len(self._regulars) + len(self._suspects)

    def find(self, key: str) -> Client | None:
        """The client of this key; None where it is not remembered."""
        client = self._regulars.young.get(key) or self._regulars.find(key)
        if client is not None:
            return client
        client = self._newcomers.take(key)
        if client is not None:
            self._regulars.add(client)
            return client
        return self._suspects.find(key)

    def add(self, client: Client) -> None:
        """Remember a client whose key `find` did not know; forget the least valuable one where it is full."""
        if len(self) >= self.max_clients:
            self._evict()
        self._newcomers.add(client)

    def suspect(self, client: Client) -> None:
        """Keep this client longer than the quiet ones; does nothing where it is not in the table."""
        if client.key in self._suspects:
            return
        if self._regulars.take(client.key) is None and self._newcomers.take(client.key) is None:
            return
        if len(self._suspects) >= self._max_suspects:
            self._suspects.forget_one()
            self.evicted += 1
        self._suspects.add(client)

    def _evict(self) -> None:
        too_many = len(self._newcomers) > self._max_newcomers or not self._regulars
        segment = self._newcomers if too_many else self._regulars
        (segment or self._suspects).forget_one()
        self.evicted += 1
