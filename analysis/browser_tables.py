"""Writes in which order browsers send their headers, and since when some, learnt from recorded page loads."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import yaml

from detectors.fingerprint.browser import browser_of

TABLE = Path(__file__).parent.parent / "detectors/fingerprint/browser_tables.json"
SOURCE = "curl-impersonate's signatures of real browsers (MIT), page loads on HTTP/2"
FEWEST_NAMES = 8  # an order of fewer names is too little to tell a browser by
FEWEST_SETS = 3

Names = tuple[str, ...]


def recorded(folder: Path) -> list[tuple[str, int, Names]]:
    """(engine, major version, names in order) of each signature in `folder`. Raises OSError, KeyError."""
    found = []
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            frames = document["signature"]["http2"]["frames"]
            lines = next(frame["headers"] for frame in frames if frame["frame_type"] == "HEADERS")
            pairs = [line.partition(": ") for line in lines]
            agent = next(value for name, _, value in pairs if name == "user-agent")
            browser = browser_of(agent)
            found.append((browser.engine.value, browser.version[0], tuple(name for name, _, _ in pairs)))
    return found


def common_order(sets: Sequence[Names]) -> Names:
    """Names that stand in one and the same order in all `sets`: those in most contradictions go first."""
    before = {(left, right) for names in sets for at, left in enumerate(names) for right in names[at + 1 :]}
    left_over = {name for names in sets for name in names}
    while True:
        quarrels = {
            name: sum((other, name) in before and (name, other) in before for other in left_over)
            for name in left_over
        }
        worst = max(sorted(quarrels), key=quarrels.__getitem__, default="")
        if not worst or not quarrels[worst]:
            return _sorted(left_over, before)
        left_over.discard(worst)


def _sorted(names: Iterable[str], before: set[tuple[str, str]]) -> Names:
    """Each name after all those that were seen before it."""
    left, done = sorted(names), []
    while left:
        ready = next(name for name in left if not any((other, name) in before for other in left))
        left.remove(ready)
        done.append(ready)
    return tuple(done)


def table(folder: Path, newest: int | None = None) -> dict[str, object]:
    """The table for the detectors; `newest` leaves out all major versions above it, to be judged by."""
    engines: dict[str, object] = {}
    sets = [entry for entry in recorded(folder) if newest is None or entry[1] <= newest]
    for engine in sorted({engine for engine, _, _ in sets}):
        of_engine = [names for found, _, names in sets if found == engine]
        order = common_order(of_engine)
        if len(of_engine) >= FEWEST_SETS and len(order) >= FEWEST_NAMES:
            versions = [version for found, version, _ in sets if found == engine]
            engines[engine] = {
                "sets": len(of_engine), "oldest": min(versions), "newest": max(versions), "order": order,
            }  # fmt: skip
    return {
        "source": SOURCE,
        "derived": datetime.now(UTC).date().isoformat(),
        "engines": engines,
        "no_priority": newest_without("priority", sets),
    }


def newest_without(name: str, sets: Sequence[tuple[str, int, Names]]) -> dict[str, int]:
    """For each engine the newest version without header `name` that is older than all that sent it.

    Engines that never sent it, or always did, are left out: nothing was learnt of them.
    """
    since: dict[str, int] = {}
    for engine, version, names in sets:
        if name in names:
            since[engine] = min(version, since.get(engine, version))
    found: dict[str, int] = {}
    for engine, version, names in sets:
        if name not in names and version < since.get(engine, 0):
            found[engine] = max(version, found.get(engine, 0))
    return dict(sorted(found.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m analysis.browser_tables", description=__doc__)
    parser.add_argument("folder", type=Path, help="signatures, one YAML file for each browser")
    parser.add_argument("--to", type=Path, default=TABLE, help="the file to write")
    asked = parser.parse_args(arguments)
    found = table(asked.folder)
    if not found["engines"]:
        print(f"no signatures in {asked.folder}", file=sys.stderr)
        return 1
    asked.to.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
