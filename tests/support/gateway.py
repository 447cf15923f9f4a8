"""A whole gateway as an operator starts it: a YAML file, the command line, real sockets, the event log."""

import json
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import yaml

from tests.support.processes import Program, free_port, wait_until

START_S = 15.0
STOP_S = 15.0
Event = dict[str, Any]


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, mapping by mapping; None takes a key away."""
    result = dict(base)
    for key, change in changes.items():
        if change is None:
            result.pop(key, None)
        elif isinstance(change, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], change)
        else:
            result[key] = change
    return result


class Gateway:
    """`stile run` in front of one upstream; `changes` are laid over the configuration written here."""

    def __init__(
        self, folder: Path, upstream: str, changes: Mapping[str, Any] | None = None, *, workers: int = 1
    ) -> None:
        self.port, self.admin_port = free_port(), free_port()
        self.folder = folder
        self.events_file = folder / "events.jsonl"
        self.config_file = folder / "stile.yaml"
        self.document = merged(self._document(upstream), changes or {})
        self.write()
        command = [sys.executable, "-m", "proxy.cli", "run", str(self.config_file), "--workers", str(workers)]
        self.program = Program(command, folder / "gateway.out")
        if not wait_until(lambda: self.ready() or not self.program.running, START_S):
            self.program.kill()
            raise RuntimeError(f"the gateway did not become ready:\n{self.program.said}")
        if not self.program.running:
            raise RuntimeError(f"the gateway ended:\n{self.program.said}")

    def _document(self, upstream: str) -> dict[str, Any]:
        return {
            "listen": [{"address": f"127.0.0.1:{self.port}"}],
            "admin": {"address": f"127.0.0.1:{self.admin_port}"},
            "state": {"directory": str(self.folder / "state")},
            "log": {"path": str(self.events_file)},
            "sites": [{"name": "shop", "hosts": ["*"], "upstreams": [upstream], "mode": "enforce"}],
            "routes": {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}},
        }

    def write(self) -> None:
        """Put the configuration where the gateway reads it."""
        self.config_file.write_text(yaml.safe_dump(self.document, sort_keys=False), "utf-8")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        """Whether the admin listener says that requests are taken."""
        line = HTTPConnection("127.0.0.1", self.admin_port, timeout=2)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()

    def events(self) -> list[Event]:
        """Every event so far, oldest first; one that is still being written comes next time."""
        if not self.events_file.exists():
            return []
        whole, _, _ = self.events_file.read_text("utf-8", "replace").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def events_within(self, count: int, seconds: float = 5.0) -> list[Event]:
        """The events, once there are `count` of them or the time is over."""
        wait_until(lambda: len(self.events()) >= count, seconds)
        return self.events()

    def stop(self) -> int:
        """End the gateway as an operator does, and return its exit status."""
        return self.program.stop(STOP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def demo_changes() -> dict[str, Any]:
    """Routes, weights and rules of the demo's configuration, for a gateway on other ports."""
    document = yaml.safe_load(
        (Path(__file__).parent.parent.parent / "deploy/demo/stile.yaml").read_text("utf-8")
    )
    return {
        key: part for key, part in document.items() if key not in {"listen", "admin", "state", "log", "sites"}
    }
