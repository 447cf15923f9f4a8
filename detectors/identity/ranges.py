"""An address proves a name where the bot's operator publishes its ranges."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from types import MappingProxyType

from detectors.value import value


@value
class Ranges:
    """Sorted, disjoint address ranges of one bot, IPv4 as IPv4-mapped IPv6, so that one bisection finds any.

    `published` is False where the ranges are known from elsewhere: then an address outside proves nothing.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    published: bool

    def hold(self, address: IPv4Address | IPv6Address) -> bool:
        """True where `address` lies in one of the ranges."""
        number = _number(address)
        place = bisect_right(self.starts, number) - 1
        return place >= 0 and number <= self.ends[place]


def ranges_of(prefixes: Iterable[str], published: bool) -> Ranges:
    """Ranges from disjoint CIDR prefixes. Raises ValueError for text that is no prefix."""
    networks = [ip_network(prefix) for prefix in prefixes]
    pairs = sorted((_number(each.network_address), _number(each.broadcast_address)) for each in networks)
    return Ranges(tuple(start for start, _ in pairs), tuple(end for _, end in pairs), published)


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address that `text` spells; None where it spells none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


@value
class Listing:
    """The ranges of one bot as CIDR prefixes, and when they were gathered, in Unix seconds.

    `published` is True where the operator says that these are all.
    """

    prefixes: tuple[str, ...]
    published: bool
    gathered: float

    def at(self, now: float, stale_after_s: float) -> Ranges:
        """As ranges. An old list still proves a name, but proves none false: operators add ranges."""
        return ranges_of(self.prefixes, self.published and now - self.gathered <= stale_after_s)


@cache
def shipped_listings() -> Mapping[str, Listing]:
    """The snapshot that comes with Stile, by the bot's name. Its source is in the file."""
    document = json.loads(files("detectors.identity").joinpath("ranges.json").read_bytes())
    gathered = datetime.fromisoformat(document["gathered"]).replace(tzinfo=UTC).timestamp()
    return MappingProxyType(
        {
            name: Listing(tuple(bot["ranges"]), bot["published"], gathered)
            for name, bot in document["bots"].items()
        }
    )


@cache
def shipped_ranges() -> Mapping[str, Ranges]:
    """The snapshot as on the day that it was gathered."""
    listings = shipped_listings().items()
    return MappingProxyType({name: listing.at(listing.gathered, 0.0) for name, listing in listings})


def _number(address: IPv4Address | IPv6Address) -> int:
    return int(address) + (0xFFFF << 32) if address.version == 4 else int(address)
