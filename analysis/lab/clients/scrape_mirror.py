"""wget and httrack, which follow links by themselves: they are told where to begin and when to end."""

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from analysis.lab.clients.disguise import CHROME_AGENT, headers
from analysis.lab.clients.goals import FIRST, LAST, SHELVES, WORDS
from analysis.lab.clients.order import Order, read_orders

PAGE_BYTES = 9000  # about; both tools can be told only how many bytes are enough
PATIENCE_S = 60


def wget(order: Order, folder: Path, chance: Random) -> list[str]:
    """wget --recursive for links, a list of addresses for numbers and searches.

    `--wait` is left out: docs/lab.md tells how it comes in.
    """
    command = ["wget", "-q", "-P", str(folder), "--tries=1", f"--quota={order.asks * PAGE_BYTES}"]
    for name, text in headers(order).items():
        if name != "Accept-Encoding":
            command += [f"--header={name}: {text}"]
    if not order.habits.get("careful"):
        command += ["-e", "robots=off"]
    if not order.habits.get("cookies"):
        command += ["--no-cookies"]
    if order.goal in {"sweep", "search"}:
        return [*command, "-i", _list(order, folder, chance)]
    command += ["--recursive", "--level=6"]
    if order.habits.get("assets"):
        command += ["--page-requisites"]
    if order.goal == "prices":
        return [*command, "--accept-regex=/category/", f"{order.origin}/category/{chance.choice(SHELVES)}"]
    return [*command, order.origin + chance.choice(("/", "/", f"/category/{chance.choice(SHELVES)}"))]


def httrack(order: Order, folder: Path, chance: Random) -> list[str]:
    """httrack with one or several connections; its own limits are for lines of long ago."""
    command = ["httrack", "-q", "-Q", "-O", str(folder), "-E40", f"-M{order.asks * PAGE_BYTES}", "-A9000000"]
    command += ["-I0", "--disable-security-limits", f"-c{8 if order.pace == 'full' else 1}", "-R0"]
    command += ["-s0"] if not order.habits.get("careful") else ["-s2"]
    command += ["-b1"] if order.habits.get("cookies") else ["-b0"]
    if order.disguised:
        command += ["-F", CHROME_AGENT]
        for name, text in headers(order).items():
            if name.lower().startswith(("sec-", "upgrade")):
                command += ["-%X", f"{name}: {text}"]
    if not order.habits.get("assets"):
        command += ["-*.svg", "-*.css", "-*.js"]
    if order.goal in {"sweep", "search"}:
        return [*command, "-r1", "-%L", _list(order, folder, chance)]
    if order.goal == "prices":
        shelf = f"{order.origin}/category/{chance.choice(SHELVES)}"
        return [*command, "-r12", shelf, "-*", "+*/category/*"]
    return [*command, "-r6", order.origin + "/"]


TOOLS: Mapping[str, Callable[[Order, Path, Random], list[str]]] = {"wget": wget, "httrack": httrack}


def main() -> None:
    """Carry out the orders one after the other."""
    for order in read_orders():
        with tempfile.TemporaryDirectory() as folder:
            command = TOOLS[order.family](order, Path(folder), Random(order.seed))
            nothing = subprocess.DEVNULL
            subprocess.run(
                command, check=False, stdin=nothing, stdout=nothing, stderr=nothing, timeout=PATIENCE_S
            )


def _list(order: Order, folder: Path, chance: Random) -> str:
    """A file with addresses, one a line."""
    if order.goal == "search":
        paths = [f"/search?q={word}&page={page}" for word in chance.sample(WORDS, 8) for page in range(1, 8)]
    else:
        number, step = chance.randrange(FIRST, LAST - 1000), chance.choice((1, 1, 2, 7))
        paths = [f"/product/{number + place * step}" for place in range(order.asks)]
    file = folder / "addresses.txt"
    file.write_text("".join(f"{order.origin}{path}\n" for path in paths[: order.asks]), "utf-8")
    return str(file)


if __name__ == "__main__":
    main()
