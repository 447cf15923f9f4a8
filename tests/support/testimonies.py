"""Testimonies for tests: what real browsers told, and what they would have told with one thing different."""

import json
from pathlib import Path
from typing import Any

from detectors.probes.testimony import Testimony, read_testimony
from detectors.request import Request
from tests.support.requests import CHROME, a_request

FOLDER = Path(__file__).parent.parent / "vectors" / "testimonies"
RECORDED: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))
}
CHROME_AGENT = dict(CHROME)[b"User-Agent"].decode()
# A person at a desk: the Chrome of `a_request`.
PLAIN: dict[str, Any] = {
    "v": 1,
    "ua": CHROME_AGENT,
    "la": "en-US,en",
    "pl": "Win32",
    "tz": "America/Denver",
    "hc": 8,
    "wd": False,
    "wm": False,
    "wo": False,
    "wn": False,
    "no": 0,
    "cl": False,
    "sw": 1920,
    "sh": 1080,
    "aw": 1920,
    "ah": 1040,
    "ow": 1920,
    "oh": 1040,
    "iw": 1905,
    "ih": 920,
    "dp": 100,
    "tp": 0,
    "pc": False,
    "pf": True,
    "np": 5,
    "ch": True,
    "gl": "hardware",
    "br": "Chromium/130|Google Chrome/130|Not?A_Brand/99",
    "bm": False,
    "bp": "Windows",
    "pn": "default",
    "pq": "prompt",
    "et": False,
    "cf": True,
    "cs": 100,
    "ce": 80,
    "cd": 81,
    "fr": True,
    "fwd": False,
    "wk": True,
    "wwd": False,
    "mc": 0,
    "kc": 0,
    "tc": 0,
    "iu": 0,
}


def told(*without: str, **changes: object) -> Testimony:
    """What a plain Chrome tells, less `without`, with `changes`."""
    document = {key: content for key, content in PLAIN.items() if key not in without} | changes
    testimony = read_testimony(document)
    assert testimony is not None, document
    return testimony


def recorded(name: str) -> tuple[Testimony, Request]:
    """A testimony of tests/vectors/testimonies and the request that brought it."""
    vector = RECORDED[name]
    testimony = read_testimony(vector["testimony"])
    assert testimony is not None
    headers = tuple((line.encode(), text.encode()) for line, text in vector["headers"])
    return testimony, a_request("/.stile/answer", method="POST", headers=headers)
