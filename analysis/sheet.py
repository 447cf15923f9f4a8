"""A page that needs nothing else: no script, no request to anybody, nothing to install."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from analysis.evaluation.style import STYLE


def sheet(title: str, parts: Iterable[str]) -> str:
    """The page. The policy in its head allows one style sheet, by its hash, and nothing else."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>\n</head>\n<body>\n<main>",
            *parts,
            "</main>\n</body>\n</html>\n",
        )
    )


def tiles_of(tiles: Iterable[tuple[str, str, str]]) -> str:
    """The most important numbers: name, number, what it says."""
    shown = "".join(
        f'<div class="tile"><dt>{escape(name)}</dt><dd><b>{escape(number)}</b>'
        f"<span>{escape(says)}</span></dd></div>"
        for name, number, says in tiles
    )
    return f'<dl class="tiles">{shown}</dl>'


def section(title: str, lead: str, drawn: str, table: str) -> str:
    """A part of the page: what it says, what it draws, and the numbers."""
    figure = f"<figure>{drawn}</figure>" if drawn else ""
    return f"<section><h2>{escape(title)}</h2><p>{escape(lead)}</p>{figure}{table}</section>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, opened: bool = False) -> str:
    """A table; behind a line to open it, where a drawing shows the same."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(part)}</td>" for part in rest)}</tr>'
        for first, *rest in rows
    )
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(heads[0])}: table">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return table if opened else f"<details><summary>The numbers as a table</summary>{table}</details>"
