"""Whatever goes into a page is escaped; only what this room itself rendered may stay as it is."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent / "templates"
LONGEST_WORD = 200
_SLOT = re.compile(r"\{\{ (\w+) \}\}")


class Markup(str):
    """HTML that a template of ours rendered, so it is not escaped again."""

    __slots__ = ()


class Template:
    """A page with slots, written `{{ name }}`. Raises KeyError where a slot gets nothing."""

    __slots__ = ("_pieces",)

    def __init__(self, source: str) -> None:
        self._pieces = tuple(_SLOT.split(source))

    @property
    def slots(self) -> frozenset[str]:
        """The names of all slots."""
        return frozenset(self._pieces[1::2])

    def render(self, values: Mapping[str, str]) -> Markup:
        """The page with every slot filled."""
        pieces: list[str] = list(self._pieces)
        pieces[1::2] = [escaped(values[name]) for name in self._pieces[1::2]]
        return Markup("".join(pieces))

    def fill(self, values: Mapping[str, str]) -> "Template":
        """The template with those slots filled that `values` names; the rest stay open."""
        first, *rest = self._pieces
        pieces = [first]
        for name, literal in zip(rest[::2], rest[1::2], strict=True):
            if name in values:
                pieces[-1] += escaped(values[name]) + literal
            else:
                pieces += [name, literal]
        filled = Template("")
        filled._pieces = tuple(pieces)  # not parsed again: what looks like a slot in a value is text
        return filled


def load_template(name: str) -> Template:
    """The template in the file of this name."""
    return _OURS[name]


def escaped(content: str) -> str:
    """`content` as text of a page, or of an attribute in quotes; markup of ours as it is."""
    if isinstance(content, Markup):
        return content
    return _escaped_word(content) if len(content) <= LONGEST_WORD else _escaped(content)


def _escaped(content: str) -> str:
    return escape(content.encode("utf-8", "replace").decode("utf-8"), quote=True)


_escaped_word = lru_cache(maxsize=2048)(_escaped)  # most of a page is words that stand in every page


_OURS = {
    file.name: Template(file.read_text("utf-8")) for file in FOLDER.glob("*.html")
}  # read once, at start
