"""A front that ends TLS may tell its client's fingerprint; nobody else may, nor borrow the front's."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.tls_house import TlsHouse
from tests.support.upstream import OK, Upstream

JA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"
TOLD = {"X_JA4": "forged", "X-JA4": JA4, "X-Other": "stays"}
FRONT: dict[str, Any] = {"trusted_proxies": ["127.0.0.0/8"], "tls_fingerprint_headers": ["CF-JA4", "X-JA4"]}
STRANGER: dict[str, Any] = {
    "trusted_proxies": ["192.0.2.0/24"],
    "tls_fingerprint_headers": ["CF-JA4", "X-JA4"],
}


def asked(folder: Path, changes: Mapping[str, Any], *, tls: bool) -> tuple[dict[str, Any], bytes]:
    """What the event says of TLS, and the head that the storefront got, of one request with TOLD."""
    with Upstream((OK,)) as upstream, TlsHouse(folder, upstream.address, changes) as house:
        if tls:
            assert house.get(**TOLD) == 200
        else:
            address = house.document["listen"][0]["address"]
            lines = [word for name, text in TOLD.items() for word in ("-H", f"{name}: {text}")]
            subprocess.run(["curl", "-s", *lines, f"http://{address}/"], check=True, capture_output=True)
        heads = [seen.raw for seen in upstream.seen if seen.raw.startswith(b"GET / ")]  # not /robots.txt
        return house.seen(1)[0].get("tls", {}), heads[0]


@pytest.mark.parametrize("tls", [False, True])
def test_a_trusted_front_is_believed(tmp_path: Path, tls: bool) -> None:
    said, head = asked(tmp_path, FRONT, tls=tls)

    assert said == {"client": {"ja4": JA4}}
    assert JA4.encode() in head


@pytest.mark.parametrize("tls", [False, True])
def test_a_stranger_is_neither_believed_nor_passed_on(tmp_path: Path, tls: bool) -> None:
    said, head = asked(tmp_path, STRANGER, tls=tls)

    assert said.get("client", {}).get("ja4", "") != JA4
    assert bool(said) is tls
    assert (b"ja4" in head.lower(), b"stays" in head) == (False, True)


def test_without_a_word_from_the_front_nothing_is_known(tmp_path: Path) -> None:
    changes = {"trusted_proxies": ["127.0.0.0/8"]}
    said, _ = asked(tmp_path, changes, tls=True)

    assert said == {"version": "TLSv1.3", "client": {"server_name": "localhost"}}


def test_a_site_that_names_no_header_passes_all_on(tmp_path: Path) -> None:
    _, head = asked(tmp_path, {}, tls=False)

    assert b"forged" in head
