"""What operators published, kept on disk: one process of a node writes it, all of its workers read it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from detectors.identity.operators import OPERATORS
from detectors.identity.ranges import Listing, shipped_listings
from detectors.value import value
from proxy.verify.key_directory import Key

FILE = "bots.json"
VERSION = 1


@value
class Directory:
    """The keys that one host listed, and when, in Unix seconds."""

    keys: tuple[Key, ...]
    gathered: float


@value
class Published:
    """Lists by the bot's name, directories by host, and why the last attempt at one of either failed."""

    lists: Mapping[str, Listing]
    directories: Mapping[str, Directory]
    faults: Mapping[str, str]


NOTHING = Published({}, {}, {})


def newest(published: Published) -> Mapping[str, Listing]:
    """The newer of what was fetched and what came with Stile, by the bot's name."""
    found = dict(shipped_listings())
    for name, listing in published.lists.items():
        shipped = found.get(name)
        if shipped is None or listing.gathered > shipped.gathered:
            found[name] = listing
    return found


def gathered(path: Path) -> tuple[tuple[str, float], ...]:
    """When the addresses of each bot were gathered, fetched or shipped."""
    try:
        published = read_published(path)
    except (OSError, ValueError):
        published = NOTHING
    return tuple((name, listing.gathered) for name, listing in newest(published).items())


def says_all(bot: str) -> bool:
    """True where the operator says that a fetched list holds all addresses of the bot."""
    operator = OPERATORS.get(bot)
    return operator is not None and bool(operator.ranges) and operator.all_ranges


def read_published(path: Path) -> Published:
    """What the file holds. Raises OSError, and ValueError where it is broken."""
    try:
        document = orjson.loads(path.read_bytes())
        if document["version"] != VERSION:
            raise ValueError("of another version")
        return Published(
            {name: _listing(name, entry) for name, entry in document["lists"].items()},
            {host: _directory(entry) for host, entry in document["directories"].items()},
            {str(name): str(reason) for name, reason in document["faults"].items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"broken: {error}") from None


def write_published(path: Path, published: Published) -> None:
    """Replace the file as a whole. Raises OSError."""
    document = {
        "version": VERSION,
        "lists": {
            name: {"gathered": each.gathered, "prefixes": each.prefixes}
            for name, each in published.lists.items()
        },
        "directories": {
            host: {
                "gathered": each.gathered,
                "keys": [
                    {
                        "x": key.x,
                        "nbf": key.not_before,
                        "exp": None if key.expires == float("inf") else key.expires,
                    }
                    for key in each.keys
                ],
            }
            for host, each in published.directories.items()
        },
        "faults": published.faults,
    }
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(document))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _listing(name: str, entry: Any) -> Listing:
    prefixes = tuple(map(str, entry["prefixes"]))
    return Listing(prefixes, says_all(name), float(entry["gathered"]))


def _directory(entry: Any) -> Directory:
    keys = tuple(
        Key(str(key["x"]), float(key["nbf"]), float("inf") if key["exp"] is None else float(key["exp"]))
        for key in entry["keys"]
    )
    return Directory(keys, float(entry["gathered"]))
