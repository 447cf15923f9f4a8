"""Lists of networks that somebody keeps: one range a line, merged, so that a bisection finds any address."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from detectors.identity.ranges import Ranges

# A Tor exit or a VPN's server nearly always stands in a data centre. The narrower word says more, and it is
# behind these three that people are, so whatever a rule does to `hosting` spares them.
NETWORK_KINDS = ("tor", "vpn", "proxy", "hosting")
MAPPED = 0xFFFF << 32  # IPv4 within IPv6, RFC 4291 section 2.5.5.2
WIDEST_BITS = {4: 8, 6: 16}  # a wider prefix is a slip: no list means a whole /7 of IPv4
MAX_RANGES = 2_000_000

Pair = tuple[int, int]


class NetworkLines:
    """Takes lines as they come: a CIDR prefix, an address, or `first,last` with whatever columns follow.

    Empty lines and those that begin with `#` or `;` say nothing. `bad` counts lines that are none of these;
    `first_bad` is the number of the first, from 1.
    """

    __slots__ = ("_pairs", "bad", "first_bad", "read")

    def __init__(self) -> None:
        self._pairs: list[Pair] = []
        self.read = 0
        self.bad = 0
        self.first_bad = 0

    def take(self, lines: Iterable[str]) -> None:
        """Read further lines. Raises ValueError beyond MAX_RANGES."""
        for line in lines:
            self.read += 1
            text = line.strip()
            if not text or text[0] in "#;":
                continue
            try:
                self._pairs.append(_pair(text))
            except ValueError:
                self.bad += 1
                self.first_bad = self.first_bad or self.read
        if len(self._pairs) > MAX_RANGES:
            raise ValueError(f"holds more than {MAX_RANGES} ranges")

    def __len__(self) -> int:
        return len(self._pairs)

    def pairs(self) -> list[Pair]:
        """First and last address of every range as numbers, IPv4 within IPv6."""
        return self._pairs


def merged_ranges(pairs: Iterable[Pair]) -> Ranges:
    """Sorted ranges of which no two touch."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(pairs):
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return Ranges(tuple(starts), tuple(ends), published=False)


def _pair(text: str) -> Pair:
    """The range in a line. Raises ValueError where there is none."""
    first, comma, rest = text.partition(",")
    first = first.strip().strip('"')
    last = rest.partition(",")[0].strip().strip('"')
    if comma and last:
        low, high = ip_address(first), ip_address(last)
        if low.version != high.version or int(high) < int(low):
            raise ValueError("not a range")
        size = int(high) - int(low)
        version = low.version
        numbers = int(low), int(high)
    else:
        network = ip_network(first.split(maxsplit=1)[0], strict=False)
        version = network.version
        numbers = int(network.network_address), int(network.broadcast_address)
        size = numbers[1] - numbers[0]
    if size >= 1 << ((32 if version == 4 else 128) - WIDEST_BITS[version]):
        raise ValueError("too wide")
    return (numbers[0] + MAPPED, numbers[1] + MAPPED) if version == 4 else numbers
