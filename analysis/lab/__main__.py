"""The command of the laboratory."""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.lab.families import FAMILIES, interpreter, missing
from analysis.lab.plan import plans_of
from analysis.lab.run import carry_out
from analysis.lab.sessions import read, write


def main(arguments: Sequence[str] | None = None) -> None:
    """Drive tools and shoppers through the demo shop and write what they did as labelled sessions."""
    parser = argparse.ArgumentParser(prog="python -m analysis.lab", description=main.__doc__)
    parser.add_argument(
        "--into", type=Path, required=True, help="folder for sessions.jsonl.gz and the run's logs"
    )
    parser.add_argument("--families", default=",".join(FAMILIES), help="comma-separated; all without it")
    parser.add_argument("--sessions", type=int, default=18, help="of each family; ten times as many shoppers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--beside", type=Path, help="earlier sessions, to keep those of the families not run now"
    )
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything that was started is ended
    chosen = []
    for name in asked.families.split(","):
        if name not in FAMILIES:
            parser.error(f"no family {name}; there are {', '.join(FAMILIES)}")
        reason = missing(FAMILIES[name], interpreter())
        if reason:
            print(f"{name}: left out, {reason}")
        else:
            chosen.append(name)
    outcome = carry_out(plans_of(chosen, asked.sessions, asked.seed), asked.into, asked.seed)
    kept = [one for one in read(asked.beside) if one.family not in chosen] if asked.beside else []
    write(asked.into / "sessions.jsonl.gz", kept + outcome.sessions)
    counts = Counter(session.family for session in outcome.sessions)
    print("".join(f"{name}: {count} sessions\n" for name, count in sorted(counts.items())), end="")
    print("".join(f"left out or troubled: {line}\n" for line in outcome.failed), end="")


if __name__ == "__main__":
    main()
