"""A browser brings its own TLS; a program that borrows its name opens connections as its library does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Browser, Engine, Platform
from detectors.fingerprint.reading import Reading
from detectors.value import value

ENGINES = {Engine.CHROMIUM: "Chromium", Engine.GECKO: "Firefox", Engine.WEBKIT: "Safari"}
# WebKit on Linux opens TLS with GnuTLS, on consoles with libraries of their own.
APPLE = frozenset((Platform.MACOS, Platform.IOS))


@value
class TlsFamily:
    """What all recorded hellos of an engine share. `grease` is None where they differ.

    `oldest` and `newest` are the first and last major version that was recorded.
    """

    grease: bool | None
    oldest: int
    newest: int
    ciphers: frozenset[str]


def _shipped() -> tuple[Mapping[Engine, TlsFamily], Mapping[str, str]]:
    """Families by engine, and libraries' names by the hash of their ciphers that no browser offers."""
    document = json.loads(files("detectors.fingerprint").joinpath("tls_families.json").read_bytes())
    families = {
        Engine(engine): TlsFamily(one["grease"], one["oldest"], one["newest"], frozenset(one["ciphers"]))
        for engine, one in document["browsers"].items()
    }
    browsers = frozenset().union(*(family.ciphers for family in families.values()))
    libraries = {
        hashed: names[0] for hashed, names in document["libraries"].items() if hashed not in browsers
    }
    return families, libraries


FAMILIES, LIBRARIES = _shipped()


@dataclass(frozen=True, slots=True)
class TlsOfAnother:
    """Compares the TLS hello with the claimed browser's family.

    Sees:   JA4, read here or told by a trusted front; whether the hello held GREASE values (RFC 8701).
    Means:  Chromium and Apple's WebKit have mixed GREASE into every hello for years, Firefox up to the newest
            recorded never; curl, Python, Node and Go offer ciphers in a way that no browser does.
    Spares: ciphers that are not in the table, so newer browsers; WebViews, whose name apps give to requests
            of their own; WebKit off Apple's systems; fronts that pass no fingerprint on. Staged: virus
            scanners and company proxies open people's connections anew with a library's TLS, 4 to 11 of 100
            connections in 2017 (Durumeric et al., The Security Impact of HTTPS Interception).
    Costs:  two look-ups, once per header set and JA4.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        family = FAMILIES.get(browser.engine)
        if family is None or browser.webview or browser.version[0] < family.oldest:
            return None
        if browser.engine is Engine.WEBKIT and browser.platform not in APPLE:
            return None
        library = LIBRARIES.get(reading.ja4[11:23])
        if library is not None:
            return self._found(browser, f"the TLS of {library}")
        if reading.grease is None or family.grease is None or reading.grease is family.grease:
            return None
        if reading.grease and browser.version[0] > family.newest:
            return None  # a browser may begin to send GREASE; none has stopped
        return self._found(
            browser, "a TLS hello with GREASE" if reading.grease else "a TLS hello without GREASE"
        )

    def _found(self, browser: Browser, what: str) -> Evidence:
        return Evidence(
            "tls_of_another", self.log_odds, f"claims to be {ENGINES[browser.engine]}, has {what}"
        )
