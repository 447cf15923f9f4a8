"""axe-core, installed from its lock file into the cache: the rules that accessibility is held against."""

import shutil
import subprocess
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "challenges" / "axe"
CACHE = ROOT / ".cache" / "axe"
SCRIPT = CACHE / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("package.json", "package-lock.json")
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RUN = f"""axe.run({{runOnly: {list(LEVELS)}}}).then(found => found.violations.map(each =>
    each.id + ': ' + each.nodes.map(node => node.html).join(' ')))"""


def axe_script() -> str:
    """The rules as a script. Skips where they are not here and cannot be had."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # several test workers may want it at once
        if not (SCRIPT.exists() and all(_same(LOCK / name, CACHE / name) for name in NAMES)):
            _install()
    return SCRIPT.read_text("utf-8")


def _install() -> None:
    if shutil.which("npm") is None:
        pytest.skip("not on this machine: npm, which brings axe-core")
    for name in NAMES:
        shutil.copy(LOCK / name, CACHE / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(CACHE)]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    if installed.returncode != 0:
        pytest.skip(f"npm could not bring axe-core: {installed.stderr.strip()[-200:]}")


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()
