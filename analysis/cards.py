"""Writes docs/detectors.md: every detector's card as its author wrote it, with its weight and its tests."""

import sys
from collections.abc import Mapping
from inspect import getdoc, getmodule

from detectors.registry import BEHAVIOUR, FINGERPRINT, IDENTITY, PROBES, AnyDetector

OPENING = """# Detectors

Generated from the detectors' own cards by `python -m analysis.cards`; do not edit.

Evidence is in log-odds and adds up, starting from the prior of the policy (-3.0 unless it says otherwise, a
risk of 4.7). From there +2.6 reaches a risk of 40, +3.9 one of 70. A weight of 0 is *staged*: the evidence
is listed in the event but does not count. All weights were set by hand, the reason is beside each in the
source; a policy may give others.
"""
ROOMS: Mapping[str, Mapping[str, AnyDetector]] = {
    "Headers, once per header fingerprint": FINGERPRINT,
    "Claimed identity, once per bot and address": IDENTITY,
    "Behaviour, on every request": BEHAVIOUR,
    "Testimony of a challenge's page, once per answer": PROBES,
}


def page() -> str:
    """The whole page."""
    parts = [OPENING]
    for title, detectors in ROOMS.items():
        parts.append(f"\n## {title}\n")
        parts += [_card(name, detector) for name, detector in sorted(detectors.items())]
    return "".join(parts)


def _card(name: str, detector: AnyDetector) -> str:
    summary, _, facts = (getdoc(detector) or "").partition("\n\n")
    law = (getattr(getmodule(detector), "__doc__", "") or "").strip().splitlines()[0]
    rows = "".join(f"- **{word}** {' '.join(text.split())}\n" for word, text in _facts(facts))
    return f"\n### `{name}` {detector.default:+.1f}\n\n{law} {summary}\n\n{rows}"


def _facts(text: str) -> list[tuple[str, str]]:
    """The card's lines as (word, text); a line that starts with a blank continues the one before."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        word, colon, rest = line.partition(":")
        if colon and not line.startswith(" "):
            found.append((word, rest))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line}")
    return found


if __name__ == "__main__":
    sys.stdout.write(page())
