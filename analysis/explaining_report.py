"""An explanation on a terminal: the rules in order, why each did or did not apply, and what might have."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from analysis.explaining import Asked, Explanation
from config.cel.trace import Part

MARKS = {True: ("✓", "bold green"), False: ("·", "dim"), None: ("–", "dim")}
MAX_TEXT = 160
MAX_READS = 4
MAX_ITEMS = 3


def panels(explanation: Explanation) -> RenderableType:
    """Both as panels, to stand below the decision itself."""
    rules = Table.grid(padding=(0, 1))
    rules.add_column(no_wrap=True)
    rules.add_column(no_wrap=True)
    rules.add_column(overflow="fold")
    for asked in explanation.asked:
        for row in _rows(asked):
            rules.add_row(*row)
    parts: list[RenderableType] = [_panel("rules, in order", rules)]
    if explanation.otherwise:
        parts.append(_panel("what would have changed it", Group(*map(_plain, explanation.otherwise))))
    return Group(*parts)


def _panel(title: str, body: RenderableType) -> Panel:
    return Panel(body, title=title, title_align="left", border_style="dim", padding=(1, 2))


def _rows(asked: Asked) -> Iterator[tuple[Text, Text, Text]]:
    """A line for the rule; below it all parts where it holds, beside it the first that is false where not."""
    mark, style = MARKS[asked.holds]
    name = Text(asked.rule.name, "bold" if asked.holds else "dim")
    if asked.holds:
        yield Text(mark, style), name, Text(asked.outcome, "bold")
        about = ": ".join(filter(None, (asked.rule.owner, asked.rule.note)))
        if about:
            yield Text(), Text(), _plain(about)
        for part in asked.parts:
            value = Text(_shown(part.value), "green" if part.value is True else "dim", justify="right")
            yield Text(), value, _part(part)
        return
    reason = next((part for part in asked.parts if part.value is not True and not part.joint), None)
    yield (
        Text(mark, style),
        name,
        Text(asked.outcome, "dim") if reason is None else _part(reason, indent=False),
    )


def _part(part: Part, *, indent: bool = True) -> Text:
    said = f"all of these ({part.joint}):" if part.joint == "&&" else f"any of these ({part.joint}):"
    text = _plain("  " * (part.depth if indent else 0) + (said if part.joint else part.text))
    if part.reads:
        reads = ", ".join(f"{read.text} is {_shown(read.value)}" for read in part.reads[:MAX_READS])
        text.append(f"   {_plain(reads)}", "cyan")
    return text


def _shown(content: object) -> str:
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, float):
        return f"{content:g}"
    if isinstance(content, list | tuple):
        rest = len(content) - MAX_ITEMS
        shown = [*map(_shown, content[:MAX_ITEMS]), *([f"{rest} more"] if rest > 0 else ())]
        return f"[{', '.join(shown)}]"
    if isinstance(content, str):
        return content if content.startswith(("no value", "not known")) else f'"{_cut(content)}"'
    return _cut(str(content))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _plain(text: str) -> Text:
    """Text that a client may have sent: shown, not obeyed."""
    return Text("".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text))
