"""Horizontal bars, two for each name where there are two configurations: what is, and what would be."""

from collections.abc import Sequence
from html import escape

from analysis.evaluation.plots import WIDTH, Frame, svg
from detectors.value import value

NAMES_PX, NUMBERS_PX = 210, 64
BAR_PX, GAP_PX = 11, 9
MOST_LETTERS = 34


@value
class Pair:
    """A name with its numbers; `after` is None where there is one configuration."""

    name: str
    before: int
    after: int | None = None


def pairs(title: str, rows: Sequence[Pair]) -> str:
    """The bars of `rows`, longest as given."""
    most = max((max(row.before, row.after or 0) for row in rows), default=0) or 1
    parts, y = [], 4
    for row in rows:
        bars = [(row.before, "bar")] + ([] if row.after is None else [(row.after, "bar later")])
        middle = y + len(bars) * (BAR_PX + 1) / 2 + 4
        name = row.name if len(row.name) <= MOST_LETTERS else row.name[: MOST_LETTERS - 1] + "…"
        parts.append(
            f'<text class="tick" x="{NAMES_PX - 8}" y="{middle:.1f}" text-anchor="end">{escape(name)}</text>'
        )
        for amount, kind in bars:
            parts.append(_bar(amount, amount / most, y, kind))
            y += BAR_PX + 1
        y += GAP_PX
    says = "; ".join(_says(row) for row in rows)
    return svg(Frame(title, says, "", ""), y, parts)


def _bar(amount: int, share: float, y: int, kind: str) -> str:
    width = share * (WIDTH - NAMES_PX - NUMBERS_PX)
    return (
        f'<rect class="{kind}" x="{NAMES_PX}" y="{y}" width="{width:.1f}" height="{BAR_PX}" rx="2"/>'
        f'<text class="hint" x="{NAMES_PX + width + 5:.1f}" y="{y + BAR_PX - 2}">{amount:,}</text>'
    )


def _says(row: Pair) -> str:
    return f"{row.name}: {row.before:,}" + ("" if row.after is None else f" before, {row.after:,} after")
