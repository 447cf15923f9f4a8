"""What `stile replay` promises, in figures: recorded decisions come out again, how fast, in how much memory.

`python -m bench.replay [LOG ...]`; without logs only the recorded traffic is looked at.
"""

import asyncio
import json
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from analysis.records import Record, Records
from analysis.replaying.trial import replay_records
from config.decision import Decision
from config.loader import load
from detectors.visit import Visit
from tests.support.gateway import Gateway
from tests.support.mixed_traffic import an_answer, play, scripts
from tests.support.processes import ROOT, Program, free_port, wait_until
from tests.support.upstream import Upstream

WANTED = 20_000
DEMO = ROOT / ".cache/demo"
CHANGES = {
    "trusted_proxies": ["127.0.0.0/8"],
    "policy": {"rules": [{"name": "ask", "when": "request.path == '/news/7.html'", "action": "challenge"}]},
}
SITE = {"sites": [{"hosts": ["*"], "upstreams": ["http://127.0.0.1:1"]}]}
STRICTER = {
    **SITE,
    "bands": {"trusted": 5, "low": 30, "elevated": 60, "high": 85},
    "policy": {
        "rules": [
            {
                "name": "busy-address",
                "when": 'client.page_rate("ip", "10m") > 60.0 && bot.status != "verified"',
                "action": "throttle",
            }
        ]
    },
}
# A child's peak as `resource` tells it begins at its parent's, so the command measures itself.
PROGRAM = """
import atexit, re, resource, sys
from pathlib import Path
from proxy.cli import main

def peak_kib():
    own = int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
    sys.stderr.write(str(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)))

atexit.register(peak_kib)
main()
"""
Words = tuple[str, str, Any, Any, tuple[tuple[str, float], ...]]


async def record(port: int) -> int:
    """Play the same everybody again and again; how many requests were sent."""
    sent = 0
    while sent < WANTED:
        sent += await play(port)
    return sent


def recorded(events: Path) -> dict[str, Words]:
    """What live traffic was decided, by decision id: action, rule, risk, margin, evidence."""
    found: dict[str, Words] = {}
    for line in events.read_bytes().splitlines():
        event = json.loads(line)
        stile = event["stile"]
        if event["event"]["risk_score"] is not None:
            evidence = sorted((item["id"], item["log_odds"]) for item in stile["evidence"])
            found[event["event"]["id"]] = (
                stile["decision"].get("would_action", event["event"]["action"]),
                event.get("rule", {}).get("name", ""),
                event["event"]["risk_score"],
                stile.get("model", {}).get("margin"),
                tuple(evidence),
            )
    return found


def replayed(events: Path, config: Path) -> dict[str, Words]:
    """The same as it is judged again."""
    found: dict[str, Words] = {}

    def watch(record: Record, _: Visit, decision: Decision) -> None:
        margin = None if decision.margin is None else float(f"{decision.margin:.4f}")
        evidence = sorted((item.id, item.log_odds) for item in decision.evidence[:10])
        words = (str(decision.would_action), decision.rule, decision.risk, margin, tuple(evidence))
        found[record.id] = words

    replay_records(Records(events), load(str(config)), watch=watch)
    return found


def exactness(folder: Path) -> bool:
    """Record a gateway's traffic, judge it again, and say how much came out as it was."""
    with Upstream((an_answer("200 OK", "text/html"),)) as upstream:
        upstream.scripts = scripts()
        with Gateway(folder, upstream.address, CHANGES) as gateway:
            sent = asyncio.run(record(gateway.port))
            gateway.events_within(sent)
    timed(gateway.events_file, gateway.config_file, None, 1)
    return alike("a gateway", sent, gateway.events_file, gateway.config_file)


def alike(what: str, sent: int, events: Path, config: Path) -> bool:
    """Whether every recorded decision comes out again."""
    before, again = recorded(events), replayed(events, config)
    same = sum(again.get(id_) == words for id_, words in before.items())
    print(f"{what}: {sent:,} requests recorded, {len(before):,} judged, {same:,} judged alike again")
    print(
        "  "
        + ", ".join(f"{action} {count:,}" for action, count in Counter(w[0] for w in before.values()).items())
    )
    return same == len(before)


def demo_exactness() -> bool:
    """The same of the demo shop behind Stile, as `make demo` starts it, with nothing remembered."""
    shutil.rmtree(DEMO, ignore_errors=True)
    port, admin = free_port(), free_port()
    command = [sys.executable, "-m", "proxy.cli", "demo", "--port", str(port), "--admin-port", str(admin)]
    with Program(command, Path("/dev/null")) as demo:
        if not wait_until(lambda: demo.running and _answers(port), 20.0):
            raise RuntimeError("the demo did not start")
        sent = asyncio.run(record(port))
    return alike("make demo", sent, DEMO / "events.jsonl", ROOT / "deploy/demo/stile.yaml")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def timed(log: Path, before: Path, after: Path | None, processes: int) -> None:
    """One run of the command: seconds, lines a second and core, the largest process."""
    command = [sys.executable, "-c", PROGRAM, "replay", str(log), "--json", "--config", str(before)]
    command += ["--processes", str(processes), *(() if after is None else ("--against", str(after)))]
    began, cpu_before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=True)
    seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = json.loads(done.stdout)["lines"]
    cpu = used.ru_utime + used.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime
    print(
        f"{log.name}: {lines:,} lines, {2 if after else 1} policies, {processes} processes: {seconds:.1f} s, "
        f"{lines / seconds:,.0f} lines/s, {lines / cpu:,.0f} lines per CPU second, "
        f"largest process {int(done.stderr) // 1024} MiB"
    )


def speed(folder: Path, logs: list[Path]) -> None:
    """Each log by one policy and by two, in one process and in two."""
    before, after = folder / "before.yaml", folder / "after.yaml"
    before.write_text(yaml.safe_dump(SITE), "utf-8")
    after.write_text(yaml.safe_dump(STRICTER), "utf-8")
    for log in logs:
        for against, processes in ((None, 1), (after, 1), (after, 2)):
            timed(log, before, against, processes)


def main(arguments: list[str]) -> int:
    """Exit code 1 where a recorded decision did not come out again."""
    with TemporaryDirectory(prefix="stile-bench-") as name:
        speed(Path(name), [Path(argument) for argument in arguments])
        exact = [exactness(Path(name)), demo_exactness()]
        return 0 if all(exact) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
