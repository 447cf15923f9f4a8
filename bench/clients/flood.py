"""A flood of header sets that nobody sent before: what it costs, and that memory stays flat."""

import argparse
import gc
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from resource import getpagesize

from bench.clients.judged import NOW, first_request
from detectors.behaviour.crowd import Crowd
from detectors.inspection import Inspector
from proxy.state.keys import FINGERPRINT, key_of
from proxy.state.table import ClientTable
from tests.support.requests import CHROME

MAX_CROWDS = 50_000  # as shipped: a quarter of state.max_clients
STEPS = 10


def rss_mb() -> float:
    """The resident memory of this process in megabytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * getpagesize() / 1e6


def flood(count: int, inspector: Inspector, crowds: ClientTable[Crowd]) -> list[tuple[int, float, int, int]]:
    """(sent, MB, sightings kept, crowds kept) after each tenth of `count` distinct fingerprints."""
    found = []
    for number in range(count):
        headers = (*CHROME, (f"X-{number:x}".encode(), b"1"))
        sighting = inspector.sighting(first_request(headers))
        key = key_of("shop", FINGERPRINT, sighting.id)
        if crowds.find(key) is None:
            crowds.add(Crowd(key, NOW))
        if (number + 1) % max(count // STEPS, 1) == 0:
            gc.collect()
            found.append((number + 1, rss_mb(), len(inspector._sightings), len(crowds)))  # noqa: SLF001
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.clients.flood", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    rows = flood(asked.count, Inspector({}), ClientTable(MAX_CROWDS, Crowd.wake))
    took_us = (time.perf_counter() - started) / asked.count * 1e6
    for sent, megabytes, kept, crowds in rows:
        print(f"{sent:9} fingerprints  {megabytes:7.1f} MB  {kept:5} sightings  {crowds:6} crowds")
    print(f"{took_us:.0f} µs each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
