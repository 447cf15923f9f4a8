"""The brand that Chromium makes up, version by version."""

import pytest
import yaml

from bench.clients.people import SIGNATURES
from detectors.evidence import Evidence
from detectors.fingerprint.brands import brands_of, made_up_brand
from detectors.fingerprint.made_up_brand import MadeUpBrand
from tests.support import header_sets as sets
from tests.support.requests import CHROME

# As the browsers of ../shared/cases/fp_headers and Chromium 156 sent them.
SENT = {
    106: (b"Not;A=Brand", b"99"),
    109: (b"Not_A Brand", b"99"),
    119: (b"Not?A_Brand", b"24"),
    138: (b"Not)A;Brand", b"8"),
    147: (b"Not.A/Brand", b"8"),
    149: (b"Not)A;Brand", b"24"),
    156: (b"Not:A-Brand", b"8"),
}


def listing(brands, user_agent=sets.CHROME_WINDOWS_UA):
    return sets.reading(sets.changed(CHROME, {b"sec-ch-ua": brands, b"User-Agent": user_agent}))


MUST = {
    "a newer number in an old list": listing(
        b'"Not/A)Brand";v="8", "Chromium";v="147", "Google Chrome";v="147"'
    ),
    "another version of the made-up brand": listing(
        b'"Google Chrome";v="144", "Chromium";v="144", "Not(A:Brand";v="99"'
    ),
    "two made-up brands": listing(b'"Not.A/Brand";v="8", "Chromium";v="147", "Not?A_Brand";v="99"'),
    "the recipe of version 98": listing(
        b'" Not A;Brand";v="99", "Chromium";v="147", "Google Chrome";v="147"'
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "brave": listing(b'"Brave";v="147", "Not.A/Brand";v="8", "Chromium";v="147"'),
    "in another order": listing(b'"Chromium";v="147", "Not.A/Brand";v="8", "Google Chrome";v="147"'),
    "chrome 98": listing(b'" Not A;Brand";v="99", "Chromium";v="98", "Google Chrome";v="98"'),
    "chrome 103": listing(b'".Not/A)Brand";v="99", "Google Chrome";v="103", "Chromium";v="103"'),
    "nothing made up, which brand_list knows": listing(b'"Chromium";v="147"'),
    "no chromium": listing(b'"Not.A/Brand";v="8"'),
    "no number": listing(b'"Chromium";v="next", "Not.A/Brand";v="8"'),
    "other digits": listing(b'"Chromium";v="\xb2\xb3", "Not.A/Brand";v="8"'),
    "no hints": sets.reading(sets.chromium_on_http()),
    "firefox": listing(b'"Chromium";v="147", "Not?A_Brand";v="8"', sets.FIREFOX_UA),
}


@pytest.mark.parametrize("version", SENT)
def test_follows_chromiums_recipe(version):
    assert made_up_brand(version) == SENT[version]


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_a_list_of_another_version(reading):
    evidence = MadeUpBrand(1.0).inspect(reading)

    assert evidence == Evidence("made_up_brand", 1.0, "the made-up brand is another version's")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_what_browsers_send(reading):
    assert MadeUpBrand(1.0).inspect(reading) is None


@pytest.mark.skipif(not SIGNATURES.exists(), reason="the signatures of ../shared are not here")
def test_spares_every_recorded_browser():
    hints = [line for file in SIGNATURES.glob("*.yaml") for line in _hints(file)]

    assert len(hints) > 20
    assert [hint for hint in hints if MadeUpBrand(1.0).inspect(listing(hint))] == []
    assert all(brands_of(hint) for hint in hints)


def _hints(file):
    for document in yaml.safe_load_all(file.read_text("utf-8")):
        for frame in document["signature"]["http2"]["frames"]:
            for line in frame.get("headers", ()):
                if line.startswith("sec-ch-ua: "):
                    yield line.removeprefix("sec-ch-ua: ").encode()
