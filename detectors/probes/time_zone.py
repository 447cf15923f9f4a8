"""People mostly live where their language is spoken; travellers do not."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Platform, browser_of
from detectors.probes.script_languages import languages_in
from detectors.probes.testimony import Testimony
from detectors.request import Request

SERVER_ZONES = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/Unknown"})
CONSUMER_SYSTEMS = frozenset({Platform.WINDOWS, Platform.MACOS, Platform.IOS, Platform.ANDROID})
# Languages that are mostly spoken in few time zones, unlike English, Spanish, French, Portuguese, Arabic.
HOMES = {
    "ja": ("Asia/",),
    "ko": ("Asia/",),
    "zh": ("Asia/",),
    "th": ("Asia/",),
    "vi": ("Asia/",),
    "hi": ("Asia/",),
    "pl": ("Europe/",),
    "cs": ("Europe/",),
    "hu": ("Europe/",),
    "sv": ("Europe/",),
    "ru": ("Europe/", "Asia/"),
}


@dataclass(frozen=True, slots=True)
class TimeZone:
    """Compares the first language with the time zone.

    Sees:   navigator.languages, the zone of Intl.DateTimeFormat, the claimed system.
    Means:  a machine in a data centre that poses as somebody at home.
    Spares: languages that are spoken around the world. Staged and weak in any case: travellers, emigrants,
            and Firefox and Tor Browser, which give everybody the same zone where fingerprinting is resisted.
    Costs:  two short lists, two look-ups.
    """

    default: ClassVar[float] = 0.0  # staged: people travel
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        zone = testimony.main.time_zone
        reason = _contradiction(zone, testimony) if zone else ""
        return Evidence("probe_time_zone", self.log_odds, reason) if reason else None


def _contradiction(zone: str, testimony: Testimony) -> str:
    if zone in SERVER_ZONES:
        consumer = browser_of(testimony.main.user_agent).platform in CONSUMER_SYSTEMS
        return "a consumer's system in a server's time zone" if consumer else ""
    spoken = languages_in(testimony.main.languages)
    homes = [HOMES.get(language) for language in spoken]
    if not homes or None in homes:
        return ""
    at_home = any(zone.startswith(home) for home in homes if home is not None)
    return "" if at_home else "a language far from its time zone"
