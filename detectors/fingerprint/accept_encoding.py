"""What a browser can unpack grows with its version, and so does what it offers."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Browser, Engine
from detectors.fingerprint.client_hints import is_switched
from detectors.fingerprint.reading import Reading

BROTLI_SINCE = {Engine.CHROMIUM: (51, 0), Engine.GECKO: (44, 0), Engine.WEBKIT: (11, 0)}
ZSTD_SINCE = {Engine.CHROMIUM: (123, 0), Engine.GECKO: (126, 0)}  # caniuse.com, "zstd content-encoding"


@dataclass(frozen=True, slots=True)
class AcceptEncoding:
    """Compares Accept-Encoding with what the claimed version offers.

    Sees:   Accept-Encoding, the claimed browser and version, whether the origin is https or local.
    Means:  every browser offers gzip; br on secure origins since 2016; zstd only since 2024.
    Spares: all but page loads (media come unpacked), clients behind a front, which may change it, and user
            agents of another version than the client hints: `client_hints` weighs these.
    Costs:  three searches, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # some virus scanners take br away from people: 18 of 100 alone
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if not reading.page or not reading.browser.claimed or reading.fronted or reading.has(b"range"):
            return None
        if is_switched(reading):
            return None
        reason = _contradiction(reading.browser, reading.value(b"accept-encoding"), reading.trustworthy)
        return Evidence("accept_encoding", self.log_odds, reason) if reason else None


def _contradiction(browser: Browser, offered: bytes, trustworthy: bool) -> str:
    if b"gzip" not in offered:
        return "a browser that does not offer gzip"
    brotli = BROTLI_SINCE[browser.engine]
    if (
        trustworthy
        and browser.engine is not Engine.WEBKIT
        and browser.version >= brotli
        and b"br" not in offered
    ):
        return f"{browser.name} {browser.version[0]} offers br on a secure origin"
    if b"br" in offered and (0, 0) < browser.version < brotli:
        return f"{browser.name} {browser.version[0]} cannot unpack br"
    if b"zstd" in offered and (0, 0) < browser.version < ZSTD_SINCE.get(browser.engine, (0, 0)):
        return f"{browser.name} {browser.version[0]} cannot unpack zstd"
    return ""
