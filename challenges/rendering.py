"""Who has drawn a page knows where its boxes came to lie; who copied another's answer does not.

The page's script asks the browser (challenges/assets/probes.js, the same questions in the same order); this
file works the same boxes out by the rules of CSS. All lengths are in pixels, so that no font matters.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

QUESTIONS_ASKED = 3
MAX_NUMBERS = 12
TOLERANCE = 1  # pixels: zoom ends between two of them
MODULUS, FACTOR = 2_147_483_647, 16_807  # Park and Miller's minimal standard: exact in a browser's numbers


class Draw:
    """Whole numbers that depend on a seed alone, the same here and in the page."""

    __slots__ = ("_state",)

    def __init__(self, seed: str) -> None:
        state = 7
        for unit in seed:
            state = (state * 31 + ord(unit)) % MODULUS
        self._state = state or 1

    def between(self, low: int, high: int) -> int:
        """The next number from `low` to `high`, both included."""
        self._state = self._state * FACTOR % MODULUS
        return low + self._state % (high - low + 1)


def shares(draw: Draw) -> list[float]:
    """Flex: room that is left over is shared by `grow`, missing room by `shrink` times the basis."""
    width = draw.between(200, 560)
    children = [(draw.between(1, 5), draw.between(1, 2), draw.between(60, 120)) for _ in range(3)]
    left_over = width - sum(basis for _, _, basis in children)
    if left_over >= 0:
        parts = sum(grow for grow, _, _ in children)
        widths = [basis + left_over * grow / parts for grow, _, basis in children]
    else:  # at most 160 of 360 pixels are missing, so nothing shrinks to nothing
        parts = sum(shrink * basis for _, shrink, basis in children)
        widths = [basis + left_over * shrink * basis / parts for _, shrink, basis in children]
    return [widths[0], widths[1], widths[0] + widths[1]]


def margins(draw: Draw) -> list[float]:
    """Block flow: of two adjoining margins the larger counts; a negative one is taken off (CSS 2, 8.3.1)."""
    width = draw.between(200, 400)
    blocks = []
    for _ in range(3):
        height, before, after = draw.between(20, 60), draw.between(-15, 40), draw.between(1, 40)
        blocks.append((height + width * draw.between(1, 9) / 100, before, after))
    tops = [0.0]
    for (size, _, after), (_, before, _) in pairwise(blocks):
        gap = max(after, before) if before >= 0 else after + before
        tops.append(tops[-1] + size + gap)
    return [tops[1], tops[2], blocks[2][0]]


def floats(draw: Draw) -> list[float]:
    """Floats of one height stand side by side while there is room, and then go below (CSS 2, 9.5.1)."""
    room = 4 * draw.between(40, 80) + 2  # never filled exactly
    height = draw.between(10, 40)
    left = top = end = 0
    for _ in range(7):
        width = 4 * draw.between(8, 30)
        if end + width > room:
            end, top = 0, top + height
        left, end = end, end + width
    return [left, top, top + height]


def places(draw: Draw) -> list[float]:
    """Absolute boxes: between their offsets, or in the middle by automatic margins (CSS 2, 10.3.7)."""
    width, height = draw.between(200, 500), draw.between(100, 300)
    left = width * draw.between(20, 45) / 100 - draw.between(3, 30)
    right = draw.between(5, 60)
    top = height * draw.between(5, 40) / 100
    bottom = draw.between(5, 50)
    start = draw.between(0, 50)
    middle = start + (width - start - draw.between(20, 120)) / 2
    return [left, width - left - right, height - top - bottom, middle]


def children(draw: Draw) -> list[float]:
    """Selectors: every so-manieth child from an offset on, without every so-manieth from the end."""
    count, every, offset, from_end = (draw.between(*each) for each in ((12, 40), (2, 4), (0, 5), (2, 5)))
    chosen = [place for place in range(1, count + 1) if place >= offset and (place - offset) % every == 0]
    return [len(chosen), sum((count + 1 - place) % from_end != 0 for place in chosen)]


QUESTIONS: tuple[Callable[[Draw], list[float]], ...] = (shares, margins, floats, places, children)


def expected_numbers(ticket_id: str) -> list[float]:
    """What a browser measures for this ticket, before it rounds."""
    draw = Draw(ticket_id)
    first, step = draw.between(0, 4), draw.between(1, 4)
    numbers: list[float] = []
    for place in range(QUESTIONS_ASKED):
        numbers += QUESTIONS[(first + place * step) % len(QUESTIONS)](draw)
    return numbers


def is_rendered(ticket_id: str, numbers: Sequence[int]) -> bool:
    """True where `numbers` are what a browser that draws boxes measures for this ticket."""
    if len(numbers) > MAX_NUMBERS:
        return False
    wanted = expected_numbers(ticket_id)
    return len(numbers) == len(wanted) and all(
        abs(number - right) <= TOLERANCE for number, right in zip(numbers, wanted, strict=True)
    )
