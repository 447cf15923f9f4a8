"""As much traffic as passes: wrk, its figures, and what the peer used up meanwhile. Bounded in time."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.peers import Peer, Usage

CONNECTIONS = 32
LUA = Path(__file__).parent / "shoppers.lua"
UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True, slots=True)
class Flow:
    """What came through in one closed-loop run."""

    requests: int
    seconds: float
    body_bytes: int
    refused: int
    usage: Usage

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU of the forwarder per request, in microseconds."""
        return self.usage.forwarder_s / max(1, self.requests) * 1e6

    @property
    def cpu_ns_per_kib(self) -> float:
        """CPU of the forwarder per KiB of body, in nanoseconds."""
        return self.usage.forwarder_s / max(1, self.body_bytes) * 1024 * 1e9


def closed_loop(
    peer: Peer, shoppers: Path, seconds: float, *, target: str = "", connections: int = CONNECTIONS
) -> Flow:
    """As many requests as pass through `connections` connections, and the CPU that the peer used for them.

    The shoppers open product pages, or ask for `target` alone where one is named.
    """
    duration = max(1, round(seconds))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{duration}s",
        "--timeout",
        "20s",
        "-s",
        str(LUA),
        peer.url,
    ]
    before = peer.usage()
    done = subprocess.run(
        [*command, "--", str(shoppers), *([target] if target else [])],
        capture_output=True,
        text=True,
        timeout=duration + 60,
        check=True,
    )
    return flow_of(done.stdout, peer.usage().since(before))


def flow_of(report: str, usage: Usage) -> Flow:
    """Read what wrk printed."""
    counted = re.search(r"(\d+) requests in ([\d.]+)(m?s|m), ([\d.]+)([KMG]?B) read", report)
    if counted is None:
        raise RuntimeError(f"wrk said:\n{report}")
    seconds = float(counted[2]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[counted[3]]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    return Flow(
        requests=int(counted[1]),
        seconds=seconds,
        body_bytes=int(float(counted[4]) * UNITS[counted[5]]),
        refused=int(refused[1]) if refused else 0,
        usage=usage,
    )
