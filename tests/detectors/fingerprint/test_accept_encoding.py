"""What a version can unpack."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.accept_encoding import AcceptEncoding
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "plain text only": (
        sets.reading(sets.changed(CHROME, {b"Accept-Encoding": b"identity"})),
        "a browser that does not offer gzip",
    ),
    "nothing": (
        sets.reading(sets.changed(CHROME, {b"Accept-Encoding": None})),
        "a browser that does not offer gzip",
    ),
    "too little on https": (
        sets.reading(sets.changed(CHROME, {b"Accept-Encoding": b"gzip, deflate"})),
        "Chrome 130 offers br on a secure origin",
    ),
    "too little on localhost": (
        sets.reading(sets.FORGED_REQUESTS, scheme="http", host="localhost"),
        "Chrome 130 offers br on a secure origin",
    ),
    "zstd too early": (
        sets.reading(sets.firefox(b"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0")),
        "Firefox 115 cannot unpack zstd",
    ),
    "br too early": (
        sets.reading(
            sets.changed(
                sets.safari(sets.OLD_IPHONE_UA, secure=False), {b"Accept-Encoding": b"gzip, deflate, br"}
            )
        ),
        "Safari 10 cannot unpack br",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "chrome on http": sets.reading(sets.chromium_on_http(), scheme="http"),
    "firefox": sets.reading(sets.firefox()),
    "safari on localhost": sets.reading(
        sets.safari(sets.MAC_SAFARI_UA, secure=False), scheme="http", host="localhost"
    ),
    "rewritten by a front": sets.reading(
        sets.changed(CHROME, {b"Accept-Encoding": b"gzip", b"CF-Ray": b"8"})
    ),
    "film": sets.reading(
        sets.changed(CHROME, {b"Accept-Encoding": b"identity", b"Sec-Fetch-Dest": b"video"})
    ),
    "resumed": sets.reading(
        sets.changed(sets.chromium_on_http(), {b"Accept-Encoding": b"identity", b"Range": b"bytes=9-"})
    ),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_an_offer_that_the_version_never_made(reading, reason):
    evidence = AcceptEncoding(1.5).inspect(reading)

    assert evidence == Evidence("accept_encoding", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_fronts_and_media(reading):
    evidence = AcceptEncoding(1.5).inspect(reading)

    assert evidence is None
