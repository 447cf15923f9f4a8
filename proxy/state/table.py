"""A worker remembers a bounded number of clients; the quiet make room before the suspicious."""

from collections import OrderedDict

from detectors.behaviour.client import Client

NEWCOMERS = 0.25  # shares of the table that a segment may fill while the others want their own
SUSPECTS = 0.25


class ClientTable:
    """Key to Client in three segments, each least recently used first: newcomers, regulars and suspects.

    A client that comes back is a regular, so a flood of addresses seen once evicts only its like. A client
    that was called suspicious is kept until other suspects need its place. All operations are O(1).
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
        self._newcomers: OrderedDict[str, Client] = OrderedDict()
        self._regulars: OrderedDict[str, Client] = OrderedDict()
        self._suspects: OrderedDict[str, Client] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._newcomers) + len(self._regulars) + len(self._suspects)

    def find(self, key: str) -> Client | None:
        """The client of this key, made the youngest of its segment; None where it is not remembered."""
        client = self._regulars.get(key)
        if client is not None:
            self._regulars.move_to_end(key)
            return client
        client = self._newcomers.pop(key, None)
        if client is not None:
            self._regulars[key] = client
            return client
        client = self._suspects.get(key)
        if client is not None:
            self._suspects.move_to_end(key)
        return client

    def add(self, client: Client) -> None:
        """Remember a client whose key `find` did not know; forget the least valuable one where it is full."""
        if len(self) >= self.max_clients:
            self._evict()
        self._newcomers[client.key] = client

    def suspect(self, client: Client) -> None:
        """Keep this client longer than the quiet ones; does nothing where it is not in the table."""
        key = client.key
        if key in self._suspects:
            return
        if self._regulars.pop(key, None) is None and self._newcomers.pop(key, None) is None:
            return
        if len(self._suspects) >= self._max_suspects:
            self._suspects.popitem(last=False)
            self.evicted += 1
        self._suspects[key] = client

    def _evict(self) -> None:
        segment = self._newcomers if len(self._newcomers) > self._max_newcomers else self._regulars
        for candidates in (segment, self._newcomers, self._suspects):
            if candidates:
                candidates.popitem(last=False)
                self.evicted += 1
                return
