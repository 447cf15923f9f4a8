"""The recorded handshakes that are published with JA4, and the fingerprints that stand beside them."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from detectors.fingerprint.client_hello import client_hello_of
from detectors.fingerprint.ja4 import ja4_of
from tests.support.captures import tcp_streams

CASES = Path(__file__).parents[4] / "shared" / "cases" / "ja4"
EXPECTED: dict[str, list[dict[str, Any]]] = (
    json.loads((CASES / "expected_ja4.json").read_text()) if CASES.is_dir() else {}
)

pytestmark = pytest.mark.skipif(not EXPECTED, reason="../shared/cases/ja4 is not here")


def flow_of(stream: dict[str, Any]) -> tuple[str, int, str, int]:
    """The key of an expected stream among those of a capture."""
    source, target = (str(ip_address(stream[name])) for name in ("src", "dst"))
    return source, int(stream["srcport"]), target, int(stream["dstport"])


def message_in(stream: bytes) -> bytes:
    """The handshake message in the first record of `stream`; SOCKS may have spoken before it."""
    start = stream.index(b"\x16\x03") + 5
    return stream[start : start + 4 + int.from_bytes(stream[start + 1 : start + 4], "big")]


@pytest.mark.parametrize("capture", EXPECTED)
def test_every_vector_matches(capture: str) -> None:
    streams = tcp_streams(CASES / capture)
    hellos = [client_hello_of(message_in(streams[flow_of(one)])) for one in EXPECTED[capture]]

    found = [(ja4_of(hello), hello.server_name) for hello in hellos]

    assert found == [(one["JA4.1"], one["domain"]) for one in EXPECTED[capture]]


def test_there_are_as_many_as_were_published() -> None:
    assert sum(map(len, EXPECTED.values())) == 77
