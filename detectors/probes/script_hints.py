"""Client hints are the same for scripts as for servers."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.brands import brands_of
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class ScriptHints:
    """Compares navigator.userAgentData with the sec-ch-ua headers.

    Sees:   brands with their versions, the mobile flag and the system, by script and by header.
    Means:  one of the two was forged, or the testimony is another browser's.
    Spares: whoever lacks either of them, as Firefox and Safari do. Staged: extensions and device toolbars
            change one.
    Costs:  one reading of the brands, three comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: people switch their user agents
    log_odds: float

    def inspect(self, testimony: Testimony, request: Request) -> Evidence | None:
        header = request.fields.get(b"sec-ch-ua")
        if header is None or not testimony.brands:
            return None
        other = _difference(testimony, request, header)
        return (
            Evidence("probe_script_hints", self.log_odds, f"scripts see {other} than was sent")
            if other
            else None
        )


def _difference(testimony: Testimony, request: Request, header: bytes) -> str:
    told = {
        (name.encode(), version.encode())
        for name, _, version in (brand.rpartition("/") for brand in testimony.brands.split("|"))
    }
    if not told.issubset(brands_of(header[:512]).items()):
        return "other brands"
    mobile = request.fields.get(b"sec-ch-ua-mobile")
    if (
        mobile is not None
        and testimony.brands_mobile is not None
        and (mobile == b"?1") != testimony.brands_mobile
    ):
        return "another kind of device"
    system = request.text(b"sec-ch-ua-platform").strip('"')
    if system and testimony.brands_platform and system != testimony.brands_platform:
        return "another system"
    return ""
