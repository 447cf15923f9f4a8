"""Header sets of real browsers' page loads: the recorded ones, and those drawn from networks of visitors."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from detectors.fingerprint.browser import browser_of
from tests.support.header_network import FOLDER, SPELLING, visitors

SIGNATURES = Path(FOLDER).parent / "browser_signatures"
Headers = tuple[tuple[bytes, bytes], ...]
# From these versions on, nothing was learnt: they stand for the browsers that are yet to come.
HELD_OUT = {"chromium": 146, "gecko": 149, "webkit": 26}
GENERATED = re.compile(rb"Chrome/(?:\d+\.0\.[89]\d{3}\.1\d{3}|(?:39|4\d|5\d)\.0\.)")


def recorded() -> Iterator[tuple[str, Headers]]:
    """(file name, header set) of every recorded signature, spelt as on HTTP/1.1."""
    for file in sorted(SIGNATURES.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            frames = document["signature"]["http2"]["frames"]
            lines = next(frame["headers"] for frame in frames if frame["frame_type"] == "HEADERS")
            yield file.stem, on_http1(lines)


def on_http1(lines: list[str]) -> Headers:
    """`name: value` lines of an HTTP/2 page load as HTTP/1.1 spells them, Host first."""
    pairs = (line.partition(": ") for line in lines)
    spelt = tuple((SPELLING.get(name, name).encode(), content.encode()) for name, _, content in pairs)
    return ((b"Host", b"shop.example.com"), *spelt)


def agent_of(headers: Headers) -> bytes:
    """The user agent of a header set."""
    return next((content for name, content in headers if name.lower() == b"user-agent"), b"")


def is_new(headers: Headers) -> bool:
    """True for the newest versions, from which nothing was learnt."""
    browser = browser_of(agent_of(headers).decode("latin-1"))
    return browser.version[0] >= HELD_OUT.get(browser.engine.value, 10_000)


def drawn(count: int, seed: int) -> Iterator[tuple[str, Headers]]:
    """(engine, header set) of `count` visitors."""
    for headers in visitors(count, seed):
        yield browser_of(agent_of(headers).decode("latin-1")).engine.value, headers
