"""How much our header fingerprint tells: its entropy over drawn visitors, and which browsers share one."""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from bench.clients.people import GENERATED, Headers, agent_of, drawn
from bench.clients.tools import TOOLS, missing, written
from detectors.fingerprint.browser import browser_of
from detectors.fingerprint.header_fingerprint import fingerprint_of

SEED = 5


def bits(counts: Iterable[int]) -> float:
    """Shannon's entropy of these counts, in bits."""
    counted = list(counts)
    total = sum(counted)
    return -sum(count / total * math.log2(count / total) for count in counted if count)


def id_of(headers: Headers) -> str:
    """Our fingerprint of these headers on HTTP/1.1."""
    return fingerprint_of(tuple(name for name, _ in headers), "1.1")


def measure(count: int) -> dict[str, float]:
    """Entropy in bits, distinct fingerprints, and how often two visitors' families share one.

    `told_family` is the mutual information of fingerprint and family, out of `family` bits.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for _, headers in drawn(count, SEED):
        if not GENERATED.search(agent_of(headers)):
            pairs[browser_of(agent_of(headers).decode("latin-1")).engine.value, id_of(headers)] += 1
    families, ids = Counter[str](), Counter[str]()
    owners: dict[str, set[str]] = {}
    for (family, fingerprint), seen in pairs.items():
        families[family] += seen
        ids[fingerprint] += seen
        owners.setdefault(fingerprint, set()).add(family)
    shared = sum(ids[fingerprint] for fingerprint, names in owners.items() if len(names) > 1)
    return {
        "visitors": float(sum(ids.values())),
        "distinct": float(len(ids)),
        "bits": bits(ids.values()),
        "family": bits(families.values()),
        "told_family": bits(families.values()) + bits(ids.values()) - bits(pairs.values()),
        "shared_by_families": shared / sum(ids.values()),
        "most_common": max(ids.values()) / sum(ids.values()),
    }


def tools_like_people(count: int) -> dict[str, int]:
    """For each tool as it comes, how many of `count` visitors have its fingerprint."""
    people = Counter(id_of(headers) for _, headers in drawn(count, SEED))
    return {tool: people[id_of(written(tool, [()])[0])] for tool in TOOLS if not missing(tool)}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.clients.entropy", description=__doc__)
    parser.add_argument("--people", type=int, default=25_000)
    asked = parser.parse_args(arguments)
    for name, figure in measure(asked.people).items():
        print(f"{name:20} {figure:10.4f}")
    for tool, shared in tools_like_people(asked.people).items():
        print(f"as {tool:17} {shared:5} visitors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
