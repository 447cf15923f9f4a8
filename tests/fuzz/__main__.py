"""`python -m tests.fuzz --seconds 60`: every target for that long; exit status 1 where one fell."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.run import Run, keep, run, try_one
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same inputs")
    parser.add_argument(
        "--target", choices=sorted(TARGETS), action="append", help="only this one; repeatable"
    )
    parser.add_argument("--again", type=Path, help="run one kept input again, with --target")
    options = parser.parse_args()
    names = options.target or list(TARGETS)
    if options.again:
        return again(names[0], options.again)
    runs = [told(run(TARGETS[name], options.seconds, options.seed), options.seed) for name in names]
    return 1 if any(one.finding for one in runs) else 0


def told(result: Run, seed: int) -> Run:
    """Print how it went."""
    rate = result.inputs / max(result.seconds, 0.001)
    verdict = "survived" if result.finding is None else "FOUND"
    print(f"{result.target}: {verdict}, {result.inputs} inputs, {rate:.0f}/s, seed {seed}", flush=True)
    if result.finding is not None:
        print(result.finding.story)
        print(f"input: {result.finding.data!r}\nkept as {keep(result.finding)}", flush=True)
    return result


def again(name: str, path: Path) -> int:
    """Run one kept input."""
    finding = try_one(TARGETS[name], path.read_bytes())
    print("survived" if finding is None else finding.story)
    return 0 if finding is None else 1


if __name__ == "__main__":
    sys.exit(main())
