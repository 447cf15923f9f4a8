"""A named list of networks answers one question: does this address belong to it?"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

MEMO = 4096  # addresses; the table is emptied when full, so it never grows


class Networks:
    """Networks by prefix length. An address that cannot be read belongs to none."""

    __slots__ = ("_masks", "_memo")

    def __init__(self, cidrs: Iterable[str]) -> None:
        self._masks: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
        self._memo: dict[str, bool] = {}
        for text in cidrs:
            network = ip_network(text)
            shift = network.max_prefixlen - network.prefixlen
            numbers = self._masks[network.version].setdefault(shift, set())
            numbers.add(int(network.network_address) >> shift)

    def __contains__(self, address: str) -> bool:
        known = self._memo.get(address)
        if known is None:
            if len(self._memo) >= MEMO:
                self._memo.clear()
            known = self._memo[address] = self._look_up(address)
        return known

    def _look_up(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        number = int(address)
        return any(number >> shift in numbers for shift, numbers in self._masks[address.version].items())
