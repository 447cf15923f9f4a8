"""Measures how many people and how many tools are challenged on their first request."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.clients.course import Shares, chromium, in_all, people, tools
from bench.clients.judged import shipped_policy
from bench.clients.people import SIGNATURES
from bench.clients.tools import TOOLS


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where the header sets are not here."""
    parser = argparse.ArgumentParser(prog="python -m bench.clients", description=__doc__)
    parser.add_argument("--people", type=int, default=25_000, help="visitors to draw (0: none)")
    parser.add_argument(
        "--copies", type=int, default=6, help="header sets that each tool copies, per browser"
    )
    parser.add_argument("--tools", default=",".join((*TOOLS, "chromium")), help="some of the tools, or none")
    parser.add_argument("--why", action="store_true", help="show which evidence asked")
    asked = parser.parse_args(arguments)
    if not SIGNATURES.exists():
        print("the header sets of ../shared are not here", file=sys.stderr)
        return 1
    chosen = asked.tools.split(",")
    with tempfile.TemporaryDirectory(prefix="stile-bench-") as folder:
        policy = shipped_policy(Path(folder))
        if asked.people:
            show("People challenged on the first request", people(policy, asked.people), asked.why)
        found, absent = tools(policy, asked.copies, [tool for tool in TOOLS if tool in chosen])
        if "chromium" in chosen:
            shares, reason = chromium(policy)
            found |= shares
            absent |= {"headless chromium": reason} if reason else {}
    found |= in_all(found)
    show("Tools challenged on the first request", found, asked.why)
    for tool, reason in absent.items():
        print(f"not measured: {tool}: {reason}")
    return 0


def show(title: str, shares: Shares, why: bool) -> None:
    """One line per row: challenged of all, share, Wilson's interval at 95 %."""
    print(f"\n{title}")
    for (who, how), share in shares.items():
        low, high = share.interval
        counted = f"{share.asked:6} of {share.all:6}  {share.rate:8.3%}  [{low:.3%}, {high:.3%}]"
        print(f"  {who:32} {how:48} {counted}")
        if why:
            for ids, count in sorted(share.by.items(), key=lambda item: -item[1])[:4]:
                print(f"      {count:6} {ids}")


if __name__ == "__main__":
    sys.exit(main())
