"""Figures stand in a document between two marks; a measurement replaces its own and nothing else."""

from pathlib import Path


def write_section(document: Path, name: str, text: str) -> None:
    """Put `text` between the marks of this name; they are added at the end where there are none."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end: {name} -->"
    whole = document.read_text("utf-8") if document.exists() else ""
    before, found, rest = whole.partition(begin)
    if found:
        after = rest.partition(end)[2]
    else:
        before, after = f"{whole.rstrip()}\n\n" if whole else "", "\n"
    document.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", "utf-8")
