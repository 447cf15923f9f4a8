"""Policies as files under tests/vectors/policies: `good` ones, `broken` ones, and `unwise` ones that load.

The last lines of a broken or unwise file say what `stile check` shall find: `# expects 8:13: error: ...`.
"""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "vectors" / "policies"
NOW = 1_790_000_000.0  # 21 September 2026
_EXPECTS = "# expects "


def files_in(folder: str) -> dict[str, Path]:
    """Every file of one kind, by its name without the ending."""
    return {path.stem: path for path in sorted((FOLDER / folder).glob("*.yaml"))}


def expected(path: Path) -> list[str]:
    """What shall be found in a file, as its last lines say."""
    lines = path.read_text("utf-8").splitlines()
    return [line.removeprefix(_EXPECTS) for line in lines if line.startswith(_EXPECTS)]
