"""Whom the probes must never refuse, and whom always: recorded, or told as people's browsers are."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.evidence import total_log_odds
from detectors.inspection import Inspector
from detectors.probes.detectors import PROBES
from detectors.probes.testimony import read_testimony
from tests.support.requests import a_request
from tests.support.testimonies import CHROME_AGENT, PLAIN, RECORDED, recorded, told

REFUSED = 3.0
NO_FLAG = ("wd", "wn", "fwd", "wwd")
TOR_AGENT = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE_AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
WEBVIEW_AGENT = (
    "Mozilla/5.0 (Linux; Android 7.0; SM-G930V; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/59.0.3071.125 Mobile Safari/537.36"
)
NO_HINTS = ("br", "bm", "bp")
PEOPLE = {
    "a desktop": told(),
    "tor browser": told(
        *NO_HINTS, "pq", ua=TOR_AGENT, tz="UTC", hc=2, gl="none", ch=False, cs=100_000 - 1, ce=100, cd=0, np=0
    ),
    "brave, whose worker counts other processors": told(hc=5, whc=8),
    "an iphone": told(
        *NO_HINTS, "hc", "pn", "pq", ua=IPHONE_AGENT, pl="iPhone", sw=390, sh=844, tp=5, pc=True, pf=False
    ),
    "an old web view": told(
        *NO_FLAG, *NO_HINTS, "wk", "pq", wm=True, ua=WEBVIEW_AGENT, ch=False, np=0, sw=360, sh=640, ow=0, oh=0
    ),
    "a web view without frame, worker and clock": told("fr", "wk", "cd", "ce", "cs", "cf", ua=WEBVIEW_AGENT),
    "who switches the user agent": told(ua=TOR_AGENT, nf="userAgent,platform", no=2, wua=CHROME_AGENT),
    "who keeps privacy by an extension": told(
        nf="hardwareConcurrency,plugins,languages,getParameter,toDataURL,webdriver",
        wo=True,
        no=4,
        wla="de-DE,de",
    ),
    "whose password manager types": told(kc=12, km=100, kd=0, iu=12),
    "whose helper moves the pointer": told(mc=80, mm=100, md=0, ms=1000, iu=80),
    "a remote desktop": told(sw=800, sh=600, aw=800, ah=600, ow=810, oh=610, gl="software", hc=1),
    "a virtual machine whose clock is set": told(gl="none", cf=False, cd=90_000),
    "a developer with open tools and a phone's frame": told(
        ua=IPHONE_AGENT, cl=True, wua=CHROME_AGENT, bm=True, sw=390, sh=844
    ),
    "a traveller": told(la="ja-JP,ja", tz="America/Denver"),
    "who denies notifications to everybody": told(pn="denied"),
    **{name: recorded(name)[0] for name in ("chromium-headed", "firefox-headed", "firefox-resisting")},
}
TOOLS = {
    **{
        name: recorded(name)[0]
        for name in RECORDED
        if name.split("-")[0] in {"playwright", "selenium", "puppeteer"}
    },
    "covered by an own property": told(wo=True, fwd=True, wn=True),
    "covered by another getter everywhere": told(nf="webdriver", wn=True),
    "headless under another name": told(br="Chromium/130|HeadlessChrome/130"),
    "headless to its worker": told(wua=CHROME_AGENT.replace("Chrome", "HeadlessChrome")),
    "written by hand": read_testimony({"v": 1, "r": [1, 2, 3]}),
    "nothing": read_testimony({}),
}
MARKS = frozenset({*NO_FLAG, "g", "ua", "fua", "wua", "br", "sw", "cd"})
ODD = some.fixed_dictionaries(
    {},
    optional={
        key: some.booleans() if isinstance(content, bool) else some.integers(0, 99_999)
        for key, content in PLAIN.items()
        if key not in MARKS and isinstance(content, int)
    }
    | {
        key: some.sampled_from(("UTC", "de", "none", "denied"))
        for key in ("la", "wla", "tz", "gl", "pn", "pq")
    }
    | {"nf": some.sampled_from(("webdriver,userAgent", "toString")), "whc": some.integers(0, 64)},
)


def weighed(testimony) -> float:
    return total_log_odds(0.0, Inspector({}).probes(testimony, a_request()))


@pytest.mark.parametrize("testimony", PEOPLE.values(), ids=PEOPLE)
def test_nobody_is_refused(testimony):
    assert weighed(testimony) == 0.0


@pytest.mark.parametrize("testimony", TOOLS.values(), ids=TOOLS)
def test_a_tool_is_refused(testimony):
    assert weighed(testimony) >= REFUSED


@given(ODD)
def test_however_odd_a_browser_is_only_declared_automation_counts(changes):
    assert weighed(told(**changes)) == 0.0


def test_a_probe_weighs_all_or_nothing_and_never_speaks_for_anybody():
    assert {probe.default for probe in PROBES.values()} == {0.0, 6.0}


def test_an_operator_s_weight_counts():
    evidence = Inspector({"probe_graphics": 3.5}).probes(told(gl="none"), a_request())

    assert [(found.id, found.log_odds) for found in evidence] == [("probe_graphics", 3.5)]


def test_staged_evidence_is_listed_after_what_counts():
    evidence = Inspector({}).probes(told(wd=True, gl="none", cl=True), a_request())

    assert [found.id for found in evidence] == ["probe_webdriver", "probe_console", "probe_graphics"]


def test_a_broken_probe_is_named_and_the_others_are_heard():
    class Broken:
        default = 9.0

        def __init__(self, log_odds: float) -> None:
            self.log_odds = log_odds

        def inspect(self, *_: object) -> None:
            raise TypeError("broken on purpose")

    inspector, faults = Inspector({}, probes=MappingProxyType({"broken": Broken, **PROBES})), []

    evidence = inspector.probes(told(wd=True), a_request(), faults)

    assert ([found.id for found in evidence], faults) == (["probe_webdriver"], ["broken"])


@pytest.mark.parametrize("name", RECORDED)
def test_no_reason_repeats_what_a_client_wrote(name):
    """Reasons are ours, word for word: what a page sends reaches neither logs nor operators."""
    testimony, request = recorded(name)
    evidence = Inspector({}).probes(testimony, request)

    assert not any("cdc_" in found.reason or "Mozilla" in found.reason for found in evidence)
