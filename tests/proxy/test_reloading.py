"""What a reload replaced leaves memory at once: the collector may not look for it for hours."""

import gc
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from config.loader import Recorder, load
from proxy.client_address import Trust

TEXT = """
sites: [{upstreams: ["http://127.0.0.1:1"]}]
networks: {partners: [192.0.2.0/24]}
policy:
  rules:
    - {name: plain, when: 'request.ip in networks.partners', action: allow}
    - {name: pattern, when: 'request.path.matches("^/p/[0-9]+$")', action: challenge}
    - {name: closure, when: 'evidence.exists(id, id == "header_order")', action: challenge}
"""


def loaded() -> None:
    recorder = Recorder()
    recorder.texts["stile.yaml"] = TEXT
    load("stile.yaml", recorder)


def trusted() -> None:
    trust = Trust([ip_network("10.0.0.0/8")], "X-Forwarded-For")
    trust.covers("10.0.0.1")


PARTS: dict[str, Callable[[], None]] = {"a configuration": loaded, "who is trusted": trusted}


@pytest.mark.parametrize("make", PARTS.values(), ids=PARTS)
def test_nothing_is_left_for_the_collector(make: Callable[[], None]) -> None:
    make()  # what is made once and kept
    gc.collect()
    gc.disable()
    try:
        make()
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0
