"""An order is what a client is sent to do; what it would have waited for is written down, not waited out."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random

Habit = str | bool | int
FULL, FIXED, RANDOM = PACES = ("full", "fixed", "random")


@dataclass(frozen=True, slots=True)
class Order:
    """One session's orders. `asks` is about how many requests of its own it sends; `habits` are the tool's.

    `pace` is `full` (as fast as it goes), `fixed` (`wait_s` before each request) or `random` (between half
    and one and a half times that, as wget's --random-wait and Scrapy's RANDOMIZE_DOWNLOAD_DELAY have it).
    """

    port: int
    family: str
    goal: str
    seed: int
    asks: int
    pace: str
    wait_s: float
    disguised: bool
    habits: Mapping[str, Habit]

    @property
    def origin(self) -> str:
        """Scheme, host and port of the shop as this client knows it."""
        return f"http://127.0.0.1:{self.port}"

    def pause_s(self, chance: Random) -> float:
        """The next wait, drawn."""
        if self.pace == FULL:
            return 0.0
        return self.wait_s if self.pace == FIXED else self.wait_s * chance.uniform(0.5, 1.5)


def written(orders: list[Order]) -> bytes:
    """Orders as `read_orders` takes them."""
    return json.dumps([asdict(order) for order in orders]).encode()


def read_orders() -> list[Order]:
    """The orders on standard input."""
    return [Order(**document) for document in json.load(sys.stdin)]


def mark(port: int, seconds: float) -> None:
    """Write down that the client of this port waits now, for so long."""
    if seconds > 0.0:
        sys.stdout.write(json.dumps({"port": port, "at": time.time(), "wait": round(seconds, 3)}) + "\n")
        sys.stdout.flush()
