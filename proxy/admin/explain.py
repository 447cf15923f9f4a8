"""One decision on a terminal: what was done and why, with every finding's weight as a bar."""

from io import StringIO
from typing import Any

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from proxy.admin.decision_page import FULL_SCALE, facts

Event = dict[str, Any]

COLORS = {
    "allow": "green",
    "throttle": "yellow",
    "challenge": "blue",
    "tarpit": "magenta",
    "decoy": "magenta",
    "block": "red",
}
BAR_WIDTH = 13  # cells on each side of zero
WIDTH = 110


def explained(event: Event, *, color: bool = False, width: int = WIDTH) -> str:
    """The decision as text; with `color`, terminal escapes of ours and of nobody else."""
    done = str(event["event"]["action"])
    headline = Text.assemble(
        (f" {done.upper()} ", f"bold reverse {COLORS.get(done, 'white')}"),
        "  ",
        _plain(event["event"]["reason"]),
    )
    body = Group(headline, Text(), _facts(event), Text(), _evidence(event))
    return rendered(
        Panel(body, title="decision", title_align="left", border_style="dim", padding=(1, 2)),
        color=color,
        width=width,
    )


def listed(events: list[Event], *, color: bool = False, width: int = WIDTH) -> str:
    """Several decisions as a table, newest first."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("time", no_wrap=True)
    table.add_column("action", no_wrap=True)
    table.add_column("risk", justify="right", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("request", ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column("decision", no_wrap=True, style="dim")
    for event in events:
        done = str(event["event"]["action"])
        risk = event["event"].get("risk_score")
        method = event.get("http", {}).get("request", {}).get("method", "")
        request = f"{method} {event.get('url', {}).get('path', '')}"
        table.add_row(
            _plain(event["@timestamp"][11:23]),
            Text(done, COLORS.get(done, "")),
            "–" if risk is None else f"{risk:.0f}",
            _plain(event.get("rule", {}).get("name", "")),
            _plain(request),
            _plain(event["event"]["id"]),
        )
    return rendered(table, color=color, width=width)


def _facts(event: Event) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in facts(event):
        grid.add_row(name, _plain(text))
    return grid


def _evidence(event: Event) -> RenderableType:
    items = event.get("stile", {}).get("evidence", [])
    if not items:
        return Text("no evidence was weighed", "dim")
    scale = max([FULL_SCALE, *(abs(item["log_odds"]) for item in items)])
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("evidence", no_wrap=True)
    table.add_column("log-odds", justify="right", no_wrap=True)
    table.add_column("person".rjust(BAR_WIDTH), no_wrap=True, justify="right")
    table.add_column("bot", no_wrap=True)
    table.add_column("", overflow="fold")
    for item in items:
        weight = float(item["log_odds"])
        table.add_row(_plain(item["id"]), f"{weight:+.2f}", *_bars(weight / scale), _plain(item["reason"]))
    return table


def _bars(share: float) -> tuple[RenderableType, RenderableType]:
    """The cells on both sides of zero; people lie to the left."""
    person = Bar(1.0, 1.0 + min(share, 0.0), 1.0, width=BAR_WIDTH, color="green")
    bot = Bar(1.0, 0.0, max(share, 0.0), width=BAR_WIDTH, color="red")
    return person, bot


def _plain(text: object) -> Text:
    """Text from a client: markup means nothing in it, and control characters are shown, not obeyed."""
    return Text("".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in str(text)))


def rendered(what: RenderableType, *, color: bool = False, width: int = WIDTH) -> str:
    """What rich shows, as text; with `color`, terminal escapes of ours and of nobody else."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
    )
    console.print(what)
    output = console.file
    assert isinstance(output, StringIO)  # noqa: S101  made two lines above
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"
