"""The demo shop as a process, seen through its request log: what really arrived, not what was sent."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.processes import Program, wait_until

ADDRESS = re.compile(r"^shop http://[^:]+:(\d+)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that the shop answered."""

    method: str
    path: str
    status: int
    client: str
    agent: str


class Shop:
    """The shop on a free port. Its log stands in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "shop.jsonl"
        self._log.touch()
        command = [sys.executable, "-m", "deploy.demo.shop", "--port", "0", "--log", str(self._log)]
        self.program = Program(command, folder / "shop.out")
        if not wait_until(lambda: bool(ADDRESS.search(self.program.said)) or not self.program.running):
            raise RuntimeError(f"the shop did not start:\n{self.program.said}")
        found = ADDRESS.search(self.program.said)
        if found is None:
            raise RuntimeError(f"the shop ended:\n{self.program.said}")
        self.port = int(found[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def arrivals(self) -> list[Arrival]:
        """Every request so far, oldest first."""
        lines = self._log.read_text("utf-8").splitlines()
        names = Arrival.__dataclass_fields__
        return [Arrival(**{name: line[name] for name in names}) for line in map(json.loads, lines)]

    def product_pages(self) -> int:
        """How many product pages were given away."""
        return sum(seen.status == 200 and seen.path.startswith("/product/") for seen in self.arrivals())

    def saw(self, method: str, path: str, *, status: int | None = None, seconds: float = 10.0) -> bool:
        """Whether such a request arrives in time; `path` ending with * is a prefix."""

        def arrived() -> bool:
            return any(
                seen.method == method
                and (seen.path.startswith(path[:-1]) if path.endswith("*") else seen.path == path)
                and status in {None, seen.status}
                for seen in self.arrivals()
            )

        return wait_until(arrived, seconds, pause=0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.program.stop()
