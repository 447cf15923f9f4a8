"""The demo shop, and Stile in front of it, which watches and never interferes; both as processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "deploy" / "demo" / "stile.yaml"
KEPT = ("routes", "evidence", "policy", "bots", "robots")  # of the demo's configuration
SHOP_SAYS = re.compile(r"^shop http://[^:]+:(\d+)/", re.MULTILINE)
START_S = 20.0
STOP_S = 20.0
MANY = 10_000


class HouseFault(RuntimeError):
    """The shop, the gateway or the screen did not come up; the text holds what it said."""


@contextmanager
def house(folder: Path) -> Iterator[int]:
    """The port of a gateway with the shop behind it. At the end every event stands in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with program([sys.executable, "-m", "deploy.demo.shop", "--port", "0"], folder / "shop.out") as shop:
        until(lambda: SHOP_SAYS.search(shop.said()) is not None, shop)
        found = SHOP_SAYS.search(shop.said())
        assert found is not None  # noqa: S101  just waited for
        port, admin_port = free_port(), free_port()
        file = folder / "stile.yaml"
        file.write_text(yaml.safe_dump(document(folder, int(found[1]), port, admin_port)), "utf-8")
        command = [sys.executable, "-m", "proxy.cli", "run", str(file), "--workers", "1"]
        with program(command, folder / "gateway.out") as gateway:
            until(lambda: ready(admin_port), gateway)
            yield port


def document(folder: Path, shop_port: int, port: int, admin_port: int) -> dict[str, Any]:
    """The demo's configuration, watching only, with each client's address from the doors."""
    demo = yaml.safe_load(DEMO.read_text("utf-8"))
    return {
        **{key: part for key, part in demo.items() if key in KEPT},
        "listen": [{"address": f"127.0.0.1:{port}"}],
        "trusted_proxies": ["127.0.0.1/32"],
        "admin": {"address": f"127.0.0.1:{admin_port}"},
        "state": {"directory": str(folder / "state")},
        "log": {"path": str(folder / "events.jsonl")},
        "limits": {"connections_per_address": MANY, "drain_timeout": "3s"},
        "sites": [
            {
                "name": "shop",
                "hosts": ["*"],
                "upstreams": [f"http://127.0.0.1:{shop_port}"],
                "mode": "monitor",
            }
        ],
    }


def events_of(folder: Path) -> list[dict[str, Any]]:
    """Every event that the gateway wrote."""
    with (folder / "events.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Running:
    """A process of ours and the file with its words."""

    def __init__(self, process: "subprocess.Popen[bytes]", words: Path) -> None:
        self.process = process
        self._words = words

    def said(self) -> str:
        """What it wrote so far."""
        return self._words.read_text("utf-8", "replace")


@contextmanager
def program(command: Sequence[str], words: Path, more: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run a program in a group of its own, and end it with all that it started."""
    with words.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(more or {})},
            start_new_session=True,
        )
    try:
        yield Running(process, words)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_group(process.pid)


def end_group(number: int) -> None:
    """End what a program left behind."""
    try:
        os.killpg(number, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def screen() -> Iterator[str]:
    """The name of a display of Xvfb."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
            if not number:
                raise HouseFault("Xvfb gave no display")
            yield f":{number}"
    finally:
        server.terminate()
        server.wait(STOP_S)


def until(claim: Callable[[], bool], running: Running) -> None:
    """Wait for it. Raises HouseFault where the program ends or the time is over."""
    deadline = time.monotonic() + START_S
    while not claim():
        if running.process.poll() is not None or time.monotonic() > deadline:
            raise HouseFault(running.said())
        time.sleep(0.03)


def ready(admin_port: int) -> bool:
    """Whether the gateway says that it takes requests."""
    line = HTTPConnection("127.0.0.1", admin_port, timeout=2)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
