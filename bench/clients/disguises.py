"""How a tool is dressed up: lightly, by a copied user agent or by a whole header set in the wrong order."""

import random

from bench.clients.people import Headers, agent_of

# Tools write these themselves; whoever copies headers from a browser's window of requests does not see them.
OWN = frozenset({b"host", b"connection"})


def with_agent(original: Headers) -> Headers:
    """Only the copied user agent."""
    return ((b"User-Agent", agent_of(original)),)


def in_order(original: Headers) -> Headers:
    """The whole set in its own order: not a light disguise any more where the tool keeps the order."""
    return tuple(header for header in original if header[0].lower() not in OWN)


def by_name(original: Headers) -> Headers:
    """The whole set sorted, as Chromium's developer tools list it."""
    return tuple(sorted(in_order(original), key=lambda header: header[0].lower()))


def shuffled(original: Headers, chance: random.Random) -> Headers:
    """The whole set in an order drawn by lot."""
    kept = list(in_order(original))
    chance.shuffle(kept)
    return tuple(kept)
