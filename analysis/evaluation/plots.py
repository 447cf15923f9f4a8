"""Small plots as inline SVG, of shapes and classes alone: the page needs no script.

Whoever cannot see them has the title, the description and the table below."""

from collections.abc import Iterable, Sequence
from html import escape
from math import log10

from detectors.value import value

WIDTH, HEIGHT = 480, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 14, 46
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

Point = tuple[float, float]
Tick = tuple[float, str]  # where on the axis from 0 to 1, and what stands there


@value
class Frame:
    """A plot's names: what it shows in a few words, what can be read from it, and its axes."""

    title: str
    description: str
    across: str
    upwards: str


def plot(frame: Frame, across: Iterable[Tick], upwards: Iterable[Tick], drawn: Iterable[str]) -> str:
    """The SVG of a plot with its grid; everything in `drawn` lies in the unit square."""
    grid = [_across(tick) for tick in across] + [_upwards(tick) for tick in upwards]
    names = (
        f'<text class="name" x="{LEFT + INNER_WIDTH / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(frame.across)}</text>"
        f'<text class="name" x="14" y="{TOP + INNER_HEIGHT / 2:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 14 {TOP + INNER_HEIGHT / 2:.1f})">{escape(frame.upwards)}</text>'
    )
    return svg(frame, HEIGHT, [*grid, *drawn, names])


def svg(frame: Frame, height: int, parts: Iterable[str]) -> str:
    """An image with its text alternatives around `parts`."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(frame.title)}</title><desc>{escape(frame.description)}</desc>{''.join(parts)}</svg>"
    )


def line(points: Sequence[Point], kind: str) -> str:
    """A line through points."""
    places = " ".join(f"{_x(across):.1f},{_y(up):.1f}" for across, up in points)
    return f'<polyline class="{kind}" points="{places}"/>'


def stairs(points: Sequence[Point], kind: str) -> str:
    """A line that goes level up to the next point and then straight up."""
    corners: list[Point] = []
    for across, up in points:
        if corners:
            corners.append((across, corners[-1][1]))
        corners.append((across, up))
    return line(corners, kind)


def dot(place: Point, radius: float, kind: str, meaning: str) -> str:
    """A point with what it means."""
    return (
        f'<circle class="{kind}" cx="{_x(place[0]):.1f}" cy="{_y(place[1]):.1f}" r="{radius:.1f}">'
        f"<title>{escape(meaning)}</title></circle>"
    )


def whisker(across: float, low: float, high: float, kind: str) -> str:
    """An interval upwards."""
    return line([(across, low), (across, high)], kind)


def band(begins: float, ends: float, says: str) -> str:
    """A shaded part of the plot and what it is."""
    width = (ends - begins) * INNER_WIDTH
    return (
        f'<rect class="band" x="{_x(begins):.1f}" y="{TOP}" width="{width:.1f}" height="{INNER_HEIGHT}"/>'
        f'<text class="hint" x="{_x(begins) + width / 2:.1f}" y="{TOP + INNER_HEIGHT - 8}" '
        f'text-anchor="middle">{escape(says)}</text>'
    )


def upright(across: float, says: str) -> str:
    """A marked place on the axis."""
    return (
        line([(across, 0.0), (across, 1.0)], "mark")
        + f'<text class="hint" x="{_x(across) + 4:.1f}" y="{TOP + INNER_HEIGHT - 8}">{escape(says)}</text>'
    )


def bars(frame: Frame, rows: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars with their names and numbers, longest as given."""
    most = max((amount for _, amount in rows), default=0.0) or 1.0
    begins, room, step = 142, WIDTH - 142 - 56, 25
    parts = []
    for place, (name, amount) in enumerate(rows):
        y, width = 6 + place * step, max(amount, 0.0) / most * room
        parts.append(
            f'<text class="tick" x="{begins - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{begins}" y="{y}" width="{width:.1f}" height="17" rx="2"/>'
            f'<text class="tick" x="{begins + width + 6:.1f}" y="{y + 13}">{amount:.2f}</text>'
        )
    return svg(frame, 10 + step * len(rows), parts)


def on_log(share: float, lowest: float) -> float:
    """Where a share lies on a logarithmic axis from `lowest` to 1."""
    return 1.0 - log10(max(share, lowest)) / log10(lowest)


def shares(count: int = 5) -> list[Tick]:
    """Ticks at even shares from 0 to 1."""
    return [(place / count, f"{place / count:.1f}") for place in range(count + 1)]


def _across(tick: Tick) -> str:
    place, name = tick
    return (
        line([(place, 0.0), (place, 1.0)], "grid")
        + f'<text class="tick" x="{_x(place):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">'
        f"{escape(name)}</text>"
    )


def _upwards(tick: Tick) -> str:
    place, name = tick
    return (
        line([(0.0, place), (1.0, place)], "grid")
        + f'<text class="tick" x="{LEFT - 7}" y="{_y(place) + 4:.1f}" text-anchor="end">{escape(name)}</text>'
    )


def _x(across: float) -> float:
    return LEFT + across * INNER_WIDTH


def _y(up: float) -> float:
    return TOP + (1.0 - up) * INNER_HEIGHT
