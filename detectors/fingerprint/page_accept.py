"""A page load asks for HTML by name. `*/*` is what a library says that does not know what it is for."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class PageAccept:
    """Compares Accept on a page load with what browsers send there.

    Sees:   Accept, Sec-Fetch-Dest, the path's extension, whether the user agent is a browser's or says
            Mozilla.
    Means:  every browser's page load asks for text/html; `*/*`, or nothing, is a library's default.
    Spares: requests that Sec-Fetch-Dest or the extension says are no page; on plain http a script's fetch of
            a path without extension looks like a page load, so this weighs too little to matter alone.
    Costs:  one search, once per fingerprint.
    """

    default: ClassVar[float] = 1.8  # alone 23 of 100, for the sake of fetch() on plain http
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        accept = reading.value(b"accept")
        if not reading.page or not reading.poses_as_browser or accept not in {b"", b"*/*"}:
            return None
        if not reading.fetch_metadata and (reading.has(b"origin") or reading.has(b"x-requested-with")):
            return None
        return Evidence("page_accept", self.log_odds, "a page load that does not ask for HTML")
