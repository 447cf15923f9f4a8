"""Browsers under remote control, as programs: started on an address, left open until the block ends."""

from pathlib import Path

from analysis.lab.families import NODE_MODULES, interpreter
from tests.support.person import Screen
from tests.support.processes import Program

TOOLS = ("playwright", "selenium", "puppeteer")
MODES = ("headless", "headed")


def driven(
    screen: Screen, folder: Path, port: int, path: str, tool: str, mode: str, *, disguised: bool = False
) -> Program:
    """One tool that opens `path` and waits for a minute; disguised, it sends Chrome's user agent."""
    order = [tool, str(port), path, mode, "yes" if disguised else "no"]
    return program(screen, folder, "tests.challenges.remote_control", *order)


def program(screen: Screen, folder: Path, module: str, *order: str) -> Program:
    """A module run by the laboratory's interpreter, on this screen."""
    command = [str(interpreter()), "-m", module, *order]
    return Program(
        command, folder / "driver.out", {**screen.environment, "LAB_NODE_MODULES": str(NODE_MODULES)}
    )
