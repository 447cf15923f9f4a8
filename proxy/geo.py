"""Who owns an address, as the MaxMind databases say; where they are broken the answer is only unknown."""

from pathlib import Path
from typing import Any

import maxminddb

from config.settings import Geoip
from detectors.request import UNKNOWN_NETWORK, Network
from proxy.logs import logger


class Geo:
    """Country and autonomous system of an address. A broken database is a warning, never a fault."""

    def __init__(self, settings: Geoip) -> None:
        self._readers = [reader for reader in map(_open, (settings.city, settings.asn)) if reader]

    def network_of(self, address: str) -> Network:
        """What the databases know. 2 µs per database, so callers keep the answer with the client."""
        if not self._readers:
            return UNKNOWN_NETWORK
        found: dict[str, Any] = {}
        for reader in self._readers:
            try:
                record = reader.get(address)
            except (ValueError, maxminddb.InvalidDatabaseError):
                continue
            if isinstance(record, dict):
                found |= record
        return _network(found)


def _open(path: Path | None) -> maxminddb.Reader | None:
    if path is None:
        return None
    try:
        return maxminddb.open_database(str(path))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        logger().warning("geoip.unusable", path=str(path), error=str(error))
        return None


def _network(record: dict[str, Any]) -> Network:
    country = record.get("country") or record.get("registered_country")
    code = country.get("iso_code", "") if isinstance(country, dict) else ""
    number = record.get("autonomous_system_number", 0)
    name = record.get("autonomous_system_organization", "")
    return Network(
        country=code if isinstance(code, str) else "",
        asn=number if isinstance(number, int) else 0,
        organization=name if isinstance(name, str) else "",
    )
