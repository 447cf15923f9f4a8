"""Checking and reloading a configuration asks nobody: no name server, no publisher of a list, no store."""

import subprocess
import sys
from pathlib import Path

import pytest

ALONE = """
import sys

ASKING = {f"socket.{way}" for way in ("connect", "getaddrinfo", "gethostbyname", "gethostbyaddr", "sendto")}

def alone(event, arguments):
    if event in ASKING:
        sys.stderr.write(f"ASKED {event} {arguments!r}")
        sys.stderr.flush()
        import os
        os._exit(9)

sys.addaudithook(alone)
"""
CHECK = """
from proxy.cli import app
app(["check", sys.argv[1]])
"""
RELOAD = """
from pathlib import Path
from config.loader import read_file
from proxy.in_force import InForce
path = Path(sys.argv[1])
in_force = InForce(str(path), read_file)
in_force.directory.mkdir()
in_force.start()
path.write_text(path.read_text().replace("one", "two"))
assert in_force.reload("sighup").changes == ("rule two added", "rule one removed")
in_force.reread()
assert in_force.roll_back("").changes == ("rule one added", "rule two removed")
path.write_text("sites: []")
assert in_force.reload("sighup").faults
"""
ASK = """
import socket
try:
    socket.getaddrinfo("shop.example.com", 80)
except OSError:
    pass
"""
CONFIG = """
sites:
  - hosts: [shop.example.com]
    upstreams: ["http://origin.example.com:8000", "https://secure.example.com"]
state: {redis: "redis://cache.example.com:6379/0", directory: STATE}
bots:
  dns: {servers: ["192.0.2.53"]}
  ranges: {urls: {googlebot: "https://lists.example.com/googlebot.json"}}
policy:
  rules: [{name: one, when: 'bot.status == "spoofed"', action: block}]
"""


def alone(tmp_path: Path, work: str) -> "subprocess.CompletedProcess[str]":
    """A process that ends at once with exit code 9 where it asks the network for anything."""
    config = tmp_path / "stile.yaml"
    config.write_text(CONFIG.replace("STATE", str(tmp_path / "state")), "utf-8")
    command = [sys.executable, "-c", ALONE + work, str(config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("work", [CHECK, RELOAD], ids=["check", "reload"])
def test_nothing_is_fetched_to_judge_a_configuration(tmp_path: Path, work: str) -> None:
    done = alone(tmp_path, work)

    assert done.returncode == 0, done.stderr
    assert "ASKED" not in done.stderr


def test_a_process_that_asks_would_be_caught(tmp_path: Path) -> None:
    assert alone(tmp_path, ASK).returncode == 9
