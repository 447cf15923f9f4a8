"""Which site a host belongs to: its own name first, then the nearest wildcard, then the one for all."""

from collections.abc import Iterable

from config.settings import Site

MEMO = 4096  # hosts; a flood of invented ones empties the memo, it never grows


class Sites:
    """The sites of one configuration, looked up by host."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._exact = {host.lower(): site for site in sites for host in site.hosts}
        self._memo: dict[str, Site | None] = {}

    def of(self, host: str) -> Site | None:
        """The site of a lower-case host without port; None where nobody claims it."""
        try:
            return self._memo[host]
        except KeyError:
            if len(self._memo) >= MEMO:
                self._memo.clear()
            found = self._memo[host] = self._find(host)
            return found

    def _find(self, host: str) -> Site | None:
        exact = self._exact.get(host)
        if exact is not None:
            return exact
        rest = host
        while "." in rest:
            rest = rest.partition(".")[2]
            wildcard = self._exact.get("*." + rest)
            if wildcard is not None:
                return wildcard
        return self._exact.get("*")
