"""Policies replaced one after the other under load: nobody notices, nothing is mixed, memory stays flat."""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

from bench.pace import Latency, Shopper, open_loop
from bench.peers import Peer, free_port, storefront

WARM = 50  # reloads before memory is measured for the first time
BAD_EVERY = 10
SLICE_S = 5.0
RULE = "policy-"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many policies, how many requests a second, how many networks in a list, how many workers."""

    policies: int = 500
    rate: float = 2000.0
    networks: int = 0
    workers: int = 2
    shoppers: int = 1000
    pause_s: float = 0.0


@dataclass(slots=True)
class Course:
    """What was measured."""

    took_ms: list[float] = field(default_factory=list)
    refused: int = 0
    versions: dict[str, str] = field(default_factory=dict)  # the rule of each version
    latencies: list[Latency] = field(default_factory=list)
    quiet: Latency | None = None
    memory: list[int] = field(default_factory=list)  # KiB of all workers: warm, at half, at the end
    in_workers: str = ""


class Gateway:
    """`stile run` with as many workers as asked for, whose only rule names the policy."""

    def __init__(self, folder: Path, upstream: int, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.port, self.admin_port = free_port(), free_port()
        self.config = folder / "stile.yaml"
        self.events = folder / "events.jsonl"
        self._upstream = upstream
        self.write(0)
        command = [sys.executable, "-m", "proxy.cli", "run", str(self.config), "--workers", str(plan.workers)]
        self.peer = Peer("stile", command, self.port, folder / "words")

    def write(self, number: int, *, bad: bool = False) -> None:
        """The policy of this number, or one of that number that is broken."""
        rule = {
            "name": f"{RULE}{number}",
            "when": 'request.path.startsWith("/")' + (" && request.ip in networks.many" if bad else ""),
            "wen" if bad else "reason": f"policy {number}",
            "action": "allow",
        }
        networks = {"few": ["203.0.113.0/24"]}
        if self.plan.networks:
            networks["list"] = many_networks(self.plan.networks, number)
        document: dict[str, Any] = {
            "listen": [{"address": f"127.0.0.1:{self.port}"}],
            "trusted_proxies": ["127.0.0.0/8"],
            "admin": {"address": f"127.0.0.1:{self.admin_port}"},
            "state": {"directory": str(self.folder / "state")},
            "log": {"path": str(self.events)},
            "limits": {"connections_per_address": 10_000},
            "sites": [
                {"name": "shop", "upstreams": [f"http://127.0.0.1:{self._upstream}"], "mode": "enforce"}
            ],
            "networks": networks,
            "policy": {"rules": [rule]},
        }
        self.config.write_text(
            json.dumps(document) if self.plan.networks else yaml.safe_dump(document), "utf-8"
        )

    def reload(self) -> dict[str, Any]:
        """Ask for a reload; the answer, or the problem."""
        token = (self.folder / "state" / "admin.token").read_text("utf-8").strip()
        url = f"http://127.0.0.1:{self.admin_port}/api/reload"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            with urlopen(Request(url, b"", headers), timeout=90) as answer:
                return dict(json.loads(answer.read()))
        except HTTPError as refused:
            return dict(json.loads(refused.read()))

    def worker_memory(self) -> int:
        """KiB that the workers hold resident, shared pages by their share."""
        parent = self.peer.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        workers = [pid for pid in children if "cli" in Path(f"/proc/{pid}/cmdline").read_text("ascii")]
        return sum(proportional_kib(pid) for pid in workers[: self.plan.workers])


def many_networks(count: int, number: int) -> list[str]:
    """So many networks; each policy has another one."""
    return [f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}/32" for n in range(count)] + [
        f"192.0.2.{number % 256}/32"
    ]


def proportional_kib(pid: str) -> int:
    """The proportional set size of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def measure(plan: Plan, folder: Path) -> tuple[Course, Counter[str]]:
    """The whole course, and what the event log says of it."""
    course = Course()
    with storefront(folder, huge_bytes=0) as shop:
        gateway = Gateway(folder, shop.port, plan)
        shoppers = [Shopper(f"198.51.{n >> 8}.{n & 255}") for n in range(plan.shoppers)]
        with gateway.peer:
            course.versions[_version(gateway)] = f"{RULE}0"
            course.quiet = open_loop(gateway.peer, shoppers, plan.rate, SLICE_S)
            ended = threading.Event()

            def load() -> None:
                while not ended.is_set():
                    course.latencies.append(open_loop(gateway.peer, shoppers, plan.rate, SLICE_S))

            loading = threading.Thread(target=load)
            loading.start()
            try:
                replace_policies(gateway, course)
            finally:
                ended.set()
                loading.join()
            time.sleep(1.0)  # the log is written behind the answers
        course.in_workers = spent(folder / "words")
        return course, audit(gateway.events, course.versions)


def replace_policies(gateway: Gateway, course: Course) -> None:
    """One after the other; every tenth is broken."""
    plan = gateway.plan
    for number in range(1, plan.policies + 1):
        bad = number % BAD_EVERY == 0
        gateway.write(number, bad=bad)
        began = time.perf_counter()
        answer = gateway.reload()
        course.took_ms.append((time.perf_counter() - began) * 1000)
        if "version" in answer:
            course.versions[answer["version"]] = f"{RULE}{number}"
        else:
            course.refused += 1
        time.sleep(plan.pause_s)
        if number in {min(WARM, plan.policies // 2), plan.policies // 2}:
            course.memory.append(gateway.worker_memory())
    course.memory.append(gateway.worker_memory())


def audit(events: Path, versions: dict[str, str]) -> Counter[str]:
    """What the events say: how many there are, how many failed, how many mix two policies."""
    found: Counter[str] = Counter()
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            found["events"] += 1
            found["failed"] += event["http"]["response"]["status_code"] != 200
            found["faulty"] += bool(event["stile"]["faults"])
            version = event["stile"]["policy"]["version"]
            found["mixed"] += event["rule"]["name"] != versions.get(version)
    return found


def spent(words: Path) -> str:
    """What a reload cost a worker, by its own log: in the thread beside requests, and in their way."""
    lines = [json.loads(line) for line in words.read_text("utf-8").splitlines() if "config.loaded" in line]
    took = [line["labels"]["took_ms"] for line in lines]
    swap = [line["labels"]["swap_ms"] for line in lines]
    return (
        f"median {median(took):.0f} ms; the loop stands still for {median(swap):.1f}, worst {max(swap):.1f}"
    )


def _version(gateway: Gateway) -> str:
    """What is in force, once all workers are ready."""
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{gateway.admin_port}/readyz", timeout=10) as answer:
                return str(json.loads(answer.read())["config_version"])
        except HTTPError:
            time.sleep(0.05)


def report(plan: Plan, course: Course, found: Counter[str]) -> str:
    """The figures, one a line."""
    assert course.quiet is not None
    worst = max(latency.p99_ms for latency in course.latencies)
    lost = sum(latency.lost for latency in course.latencies)
    typical = median(latency.p50_ms for latency in course.latencies)
    memory = ", ".join(f"{kib / 1024:.1f}" for kib in course.memory)
    lines = [
        f"{plan.policies} policies in a row, {plan.networks:,} networks, {plan.workers} workers",
        f"  put in force {len(course.versions) - 1}, refused {course.refused}",
        f"  asked to confirmed: median {median(course.took_ms):.0f} ms, worst {max(course.took_ms):.0f} ms",
        f"  in a worker: {course.in_workers}",
        f"  requests {found['events']:,} at {plan.rate:.0f}/s: unanswered {lost}, failed {found['failed']}",
        f"  judged by one policy and told of another: {found['mixed']}, with faults: {found['faulty']}",
        f"  latency p50 {typical:.2f} ms, quiet {course.quiet.p50_ms:.2f} ms",
        f"  latency p99, worst slice: {worst:.1f} ms, quiet {course.quiet.p99_ms:.1f} ms",
        f"  memory of the workers, warm, at half, at the end: {memory} MiB",
    ]
    return "\n".join(lines)


def main() -> None:
    """`python -m bench.reload`: the whole course; options make it smaller, or its lists larger."""
    usual, parser = Plan(), argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=usual.policies)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--networks", type=int, default=0)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--pause", type=float, default=usual.pause_s, help="seconds between two reloads")
    given = parser.parse_args()
    plan = Plan(given.policies, given.rate, given.networks, given.workers, pause_s=given.pause)
    with tempfile.TemporaryDirectory(prefix="stile-reload-") as folder:
        course, found = measure(plan, Path(folder))
    print(report(plan, course, found))
    sys.exit(bool(found["failed"] or found["mixed"] or found["faulty"]))


if __name__ == "__main__":
    main()
