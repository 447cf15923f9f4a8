"""The house keeps its shape: short files, short functions, our own packages, nothing unfinished."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("proxy", "detectors", "challenges", "config", "analysis")
MAX_LINES = 400
MAX_FUNCTION_LINES = 50
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_ours_and_no_foreign_distribution_of_the_same_name(room: str) -> None:
    found = importlib.import_module(room).__file__

    assert found is not None
    assert Path(found).is_relative_to(ROOT)


def test_no_file_is_longer_than_a_reader_s_patience() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in SOURCES}

    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{node.name}": (node.end_lineno or 0) - node.lineno
        for path in SOURCES
        for node in functions(path)
    }

    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_opens_with_its_law(path: Path) -> None:
    law = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""

    assert law.partition("\n")[0].endswith((".", "?", "!")) or not path.read_text("utf-8").strip()


def test_nothing_is_left_unfinished() -> None:
    marks = ("NotImplementedError", "# TODO", "# FIXME", "# XXX")
    found = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in SOURCES
        for mark in marks
        if mark in path.read_text("utf-8")
    ]

    assert found == []
