"""A browser's name over another program's TLS, and all those who must never be taken for one."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from analysis.tls_tables import browsers, hello_facts
from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import reading_of
from detectors.fingerprint.tls_family import FAMILIES, LIBRARIES, TlsFamily, TlsOfAnother
from detectors.inspection import Inspector
from detectors.request import Request, Tls
from tests.support.requests import a_request

SIGNATURES = Path(__file__).parents[4] / "shared" / "cases" / "browser_signatures"
SHARED_WITH_TOR = "8daaf6152771"  # Tor Browser offers Chrome's ciphers
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 "
    "Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 "
    "Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.4 Mobile/15E148 Safari/604.1"
)
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
EPIPHANY = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def ja4(ciphers: str) -> str:
    return f"t13d1516h2_{ciphers}_e5627efa2ab1"


def seen(agent: str, ciphers: str, grease: bool | None) -> Evidence | None:
    """What the detector says of this user agent over TLS like that."""
    tls = Tls("TLSv1.3", "shop", ja4(ciphers) if ciphers else "", grease)
    return TlsOfAnother(1.0).inspect(reading_of(asked(agent, tls)))


def asked(agent: str, tls: Tls | None) -> Request:
    """A request with this user agent over TLS like that."""
    return replace(a_request(headers=((b"Host", b"shop"), (b"User-Agent", agent.encode()))), tls=tls)


PYTHON, GO, UNKNOWN = "85036bcba153", "f57a46bbacb6", "0123456789ab"
MUST = {
    "Chrome over Python": (CHROME.format(130), PYTHON, False, "Chromium, has the TLS of Python"),
    "a newer Chrome over Go": (CHROME.format(190), GO, False, "Chromium, has the TLS of Go"),
    "Chrome over Python, told by a front": (
        CHROME.format(130),
        PYTHON,
        None,
        "Chromium, has the TLS of Python",
    ),
    "Chrome over an unknown library": (
        CHROME.format(130),
        UNKNOWN,
        False,
        "Chromium, has a TLS hello without",
    ),
    "a newer Chrome over one": (CHROME.format(190), UNKNOWN, False, "Chromium, has a TLS hello without"),
    "Firefox over Python": (FIREFOX.format(135), PYTHON, False, "Firefox, has the TLS of Python"),
    "Firefox over Chrome's": (FIREFOX.format(130), SHARED_WITH_TOR, True, "Firefox, has a TLS hello with"),
    "an iPhone over Go": (IPHONE, GO, False, "Safari, has the TLS of Go"),
    "Safari over an unknown library": (SAFARI.format(18), UNKNOWN, False, "Safari, has a TLS hello without"),
}
MUST_NOT = {
    "Chrome": (CHROME.format(130), SHARED_WITH_TOR, True),
    "Chrome with ciphers of its future": (CHROME.format(190), UNKNOWN, True),
    "Firefox with GREASE in its future": (FIREFOX.format(190), UNKNOWN, True),
    "Firefox with new ciphers": (FIREFOX.format(190), UNKNOWN, False),
    "Tor Browser": (FIREFOX.format(128), SHARED_WITH_TOR, False),
    "Chrome behind a front that tells a new JA4": (CHROME.format(190), UNKNOWN, None),
    "Chrome behind a front that tells nothing": (CHROME.format(130), "", None),
    "a browser from before the table": (CHROME.format(60), UNKNOWN, False),
    "an app's request in the name of its WebView": (WEBVIEW, GO, False),
    "WebKit on Linux": (EPIPHANY, UNKNOWN, False),
    "a library in its own name": ("python-requests/2.34", PYTHON, False),
    "a bot in its own name": (GOOGLEBOT, GO, False),
    "nobody": ("", PYTHON, False),
}


@pytest.mark.parametrize(("agent", "ciphers", "grease", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_borrowed_name(agent: str, ciphers: str, grease: bool | None, reason: str) -> None:
    found = seen(agent, ciphers, grease)

    assert found is not None
    assert found.reason.startswith(f"claims to be {reason}")


@pytest.mark.parametrize(("agent", "ciphers", "grease"), MUST_NOT.values(), ids=MUST_NOT)
def test_spares(agent: str, ciphers: str, grease: bool | None) -> None:
    assert seen(agent, ciphers, grease) is None


def test_is_staged() -> None:
    assert TlsOfAnother.default == 0.0  # company proxies open people's connections anew


def test_is_remembered_for_each_fingerprint_apart() -> None:
    inspector = Inspector({})
    tls = [Tls("", "", ja4(SHARED_WITH_TOR), True), Tls("", "", ja4(PYTHON), False), None]

    found = [inspector.sighting(asked(CHROME.format(130), one)) for one in tls]

    ids = [[item.id for item in sighting.evidence] for sighting in found]
    assert ["tls_of_another" in one for one in ids] == [False, True, False]


@pytest.mark.skipif(not SIGNATURES.is_dir(), reason="../shared/cases/browser_signatures is not here")
@pytest.mark.parametrize(("newest", "newest_safari"), [(110, 15), (120, 17), (131, 17)])
def test_browsers_newer_than_the_table_pass_by_it(
    tmp_path: Path, newest: int, newest_safari: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of the older versions alone judges the newer ones, which it has not seen."""
    newer = []
    for file in sorted(SIGNATURES.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            browser, version = file.name.split("_")[:2]
            most = newest_safari if browser == "safari" else newest
            if int(version.split(".")[0]) > most:
                newer.append(hello_facts(document["signature"]))
            else:
                (tmp_path / file.name).write_text(file.read_text())
    older = {
        Engine(engine): TlsFamily(one["grease"], one["oldest"], one["newest"], frozenset(one["ciphers"]))
        for engine, one in browsers(tmp_path).items()
    }
    monkeypatch.setattr("detectors.fingerprint.tls_family.FAMILIES", older)

    found = [seen(agent, ciphers, grease) for agent, grease, ciphers in newer]

    assert found == [None] * len(newer)
    assert len(newer) >= 5


def test_no_browser_s_ciphers_are_a_library_s() -> None:
    assert not {ciphers for family in FAMILIES.values() for ciphers in family.ciphers} & set(LIBRARIES)
    assert len(LIBRARIES) >= 7
