"""A fault inside a rule's text is shown where that text stands in its YAML file, however it was folded."""

from config.fault import Place
from config.yaml_tree import Document, Path


def place_in_rule(document: Document, path: Path, line: int, column: int) -> Place:
    """The place of `line` and `column` (from 1) of the text at `path`; its start where escapes hide the rest.

    White space is what folding changes, so the n-th other character of the text is the n-th in the file.
    """
    start = document.place(path)
    source = document.sources.get(path)
    rule = _text_at(document.data, path)
    if source is None or rule is None:
        return start
    written = document.text[source.start : source.end]
    skipped = _header_length(written, source.style)
    wanted = sum(not char.isspace() for char in _before(rule, line, column))
    if _squeezed(written[skipped:]).rstrip("'\"") != _squeezed(rule).rstrip("'\""):
        return start
    position = source.start + skipped + _position(written[skipped:], wanted)
    before = document.text[:position]
    return Place(document.file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def _text_at(data: object, path: Path) -> str | None:
    for step in path:
        if isinstance(data, dict) or (isinstance(data, list) and isinstance(step, int)):
            data = data[step]  # type: ignore[index]
        else:
            return None
    return data if isinstance(data, str) else None


def _header_length(written: str, style: str) -> int:
    """How many characters of the source come before the text itself: a quote, or the line with `|` or `>`."""
    if style in ("|", ">"):
        return written.find("\n") + 1
    return len(style)


def _before(rule: str, line: int, column: int) -> str:
    lines = rule.split("\n")
    return "".join(lines[: line - 1]) + "".join(lines[line - 1 : line])[: column - 1]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _position(written: str, wanted: int) -> int:
    """The offset of the character that `wanted` others come before, white space not counted."""
    last = 0
    for offset, char in enumerate(written):
        if char.isspace():
            continue
        if wanted == 0:
            return offset
        wanted -= 1
        last = offset + 1
    return last
