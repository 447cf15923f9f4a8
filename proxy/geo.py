"""Who owns an address, as databases and lists say; where they are broken the answer is only unknown."""

import asyncio
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import maxminddb

from config.settings import Geoip
from detectors.identity.network_list import NETWORK_KINDS, NetworkLines, Pair, merged_ranges
from detectors.identity.ranges import Ranges, address_of
from detectors.request import UNKNOWN_NETWORK, Network
from proxy.followed_file import FollowedFile
from proxy.geo_database import UNUSABLE, open_database
from proxy.logs import logger

FOLDER = "geoip"
LOOK_EVERY_S = 5.0
MAX_LIST_BYTES = 256 * 1024**2
LINES_AT_ONCE, REST_S = 500, 0.001  # a millisecond of reading, then others may have the interpreter
KIND_OF_KEY = {  # GeoIP2 Anonymous IP
    "is_tor_exit_node": "tor",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "proxy",
    "is_hosting_provider": "hosting",
}


class Geo:
    """Country, autonomous system and kind of network of an address, from files that are followed.

    `folder` takes copies of the databases.
    """

    def __init__(self, settings: Geoip, folder: Path) -> None:
        self._folder = folder
        self._readers: tuple[maxminddb.Reader, ...] = ()
        self._kinds: tuple[tuple[str, Ranges], ...] = ()
        self._complained: set[int] = set()
        self.reload(settings)
        self.look()

    def reload(self, settings: Geoip) -> None:
        """Follow other files; what is known stays in force until they have been read."""
        paths = (settings.city, settings.country, settings.asn, settings.anonymous)
        self._databases = [FollowedFile(path, self._open) for path in paths if path is not None]
        self._lists = {
            kind: [FollowedFile(path, read_list) for path in settings.lists.get(kind, ())]
            for kind in NETWORK_KINDS
        }
        self._reloaded = True

    async def follow(self) -> None:
        """Look for ever whether a file has changed."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await loop.run_in_executor(None, self.look)

    def network_of(self, address: str) -> Network:
        """What is known. 2 µs per database and list, so callers keep the answer with the client."""
        readers, kinds = self._readers, self._kinds
        if not readers and not kinds:
            return UNKNOWN_NETWORK
        found: dict[str, Any] = {}
        for reader in readers:
            try:
                record = reader.get(address)
            except UNUSABLE as error:
                self._complain(reader, error)
                continue
            if isinstance(record, dict):
                found |= record
        return _network(found, _kind_of(found, kinds, address))

    def look(self) -> None:
        """Read what has changed. For a thread, where requests wait for the loop."""
        changed, self._reloaded = self._reloaded, False
        databases, lists = self._databases, self._lists
        for database in databases:
            changed |= database.look()
        for each in [each for some in lists.values() for each in some]:
            changed |= each.look()
        if changed and databases is self._databases:  # a reload in between has the next round
            self._complained.clear()
            self._readers = tuple(each.content for each in databases if each.content is not None)
            self._kinds = tuple(
                (kind, merged_ranges(pair for each in some for pair in each.content or ()))
                for kind, some in lists.items()
                if some
            )

    def _open(self, path: Path) -> maxminddb.Reader:
        return open_database(path, self._folder)

    def _complain(self, reader: maxminddb.Reader, error: Exception) -> None:
        """Once for each database; an IPv6 address in one for IPv4 alone is no fault of it."""
        if id(reader) in self._complained or isinstance(error, ValueError):
            return
        self._complained.add(id(reader))
        kind = reader.metadata().database_type
        logger().warning("geoip.broken_record", database=kind, error=str(error))


def read_list(path: Path) -> tuple[Pair, ...]:
    """The ranges in a list, as NetworkLines reads it. Raises OSError, and ValueError where it holds none.

    Lines that cannot be read are left out and complained about.
    """
    if path.stat().st_size > MAX_LIST_BYTES:
        raise ValueError(f"larger than {MAX_LIST_BYTES} bytes")
    lines = NetworkLines()
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        while some := list(islice(iter(lambda: file.readline(4096), ""), LINES_AT_ONCE)):
            lines.take(some)
            time.sleep(REST_S)
    if lines.bad and lines.bad >= len(lines):
        raise ValueError(f"line {lines.first_bad} is no range of addresses")
    if lines.bad:
        logger().warning("geoip.bad_lines", path=str(path), count=lines.bad, first=lines.first_bad)
    return tuple(lines.pairs())


def _kind_of(record: Mapping[str, Any], kinds: tuple[tuple[str, Ranges], ...], address: str) -> str:
    """The first of NETWORK_KINDS that a database or a list gives the address; empty where none does."""
    said = {kind for key, kind in KIND_OF_KEY.items() if record.get(key) is True}
    parsed = address_of(address) if kinds else None
    if parsed is not None:
        said |= {kind for kind, ranges in kinds if ranges.hold(parsed)}
    return next((kind for kind in NETWORK_KINDS if kind in said), "")


def _network(record: Mapping[str, Any], kind: str) -> Network:
    country = record.get("country") or record.get("registered_country")
    code = country.get("iso_code", "") if isinstance(country, dict) else ""
    number = record.get("autonomous_system_number", 0)
    name = record.get("autonomous_system_organization", "")
    return Network(
        country=code if isinstance(code, str) else "",
        asn=number if isinstance(number, int) else 0,
        organization=name if isinstance(name, str) else "",
        kind=kind,
    )
