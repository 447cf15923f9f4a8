"""The whole measurement, from start to end, on the loopback alone. It ends by itself."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from rich.console import Console

from bench import challenges, rules, stages, tarpit
from bench import tls as tls_connections
from bench.load import Flow, closed_loop
from bench.pace import Latency, Shopper, open_loop, shoppers_of, write_shoppers
from bench.peers import Peer, memory_bytes, nginx_proxy, stile, storefront
from bench.report import MIB, Row, added, against, alone, missing, page, show
from bench.state import course
from bench.streams import Sink, download, growth_bytes, upload

OPTIONAL = ("tarpit", "rules", "tls", *course.PARTS)  # stages that can be left out
RESULTS = Path(__file__).parent / "RESULTS.md"
HIGHEST_RATE = 1500.0  # requests a second that two cores carry with the load on the same machine
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes."""

    rounds: int
    load_s: float
    latency_s: float
    starts: int
    stream_bytes: int
    shoppers: int
    state: course.Plan
    tls: tls_connections.Plan = tls_connections.FULL
    tarpits: tarpit.Plan = tarpit.FULL


FULL = Plan(
    rounds=5,
    load_s=4,
    latency_s=5,
    starts=5,
    stream_bytes=1024 * MIB,
    shoppers=10_000,
    state=replace(course.FULL, weight=replace(course.FULL.weight, forged=500_000, table=50_000)),
)
QUICK = Plan(
    rounds=1,
    load_s=1,
    latency_s=1,
    starts=1,
    stream_bytes=64 * MIB,
    shoppers=100,
    state=course.QUICK,
    tls=tls_connections.QUICK,
    tarpits=tarpit.QUICK,
)


@dataclass(frozen=True, slots=True)
class Field:
    """The peers of one run, all up, and who visits them."""

    stile: Peer
    nginx: Peer
    folder: Path
    people: list[Shopper]
    list_file: Path


def in_turn(
    field: Field, rounds: int, work: Callable[[Peer], Measured]
) -> tuple[list[Measured], list[Measured]]:
    """Both peers alternately, so that what the machine does meanwhile meets both: (Stile's, nginx's)."""
    pairs = [(work(field.stile), work(field.nginx)) for _ in range(rounds)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def middle(items: Sequence[Measured], of: Callable[[Measured], float]) -> float:
    return median(map(of, items))


def load_rows(field: Field, plan: Plan) -> tuple[list[Row], float]:
    """CPU and throughput under as much as passes, and the lower of the two throughputs."""

    def work(peer: Peer) -> Flow:
        return closed_loop(peer, field.list_file, plan.load_s)

    ours, theirs = in_turn(field, plan.rounds, work)
    if any(flow.refused for flow in (*ours, *theirs)):
        raise RuntimeError("some requests were refused: what was measured is not allowed traffic")
    store_us = middle(ours, lambda f: f.usage.store_s / f.requests * 1e6)
    share = middle(ours, lambda f: f.usage.store_s / max(f.usage.forwarder_s, 0.001))
    slower = min(middle(ours, lambda f: f.per_second), middle(theirs, lambda f: f.per_second))
    rows = [
        against("CPU per allowed 1 KB request", *both(ours, theirs, lambda f: f.cpu_us), 2.0, unit="µs"),
        against(
            "throughput, 32 connections",
            *both(ours, theirs, lambda f: f.per_second),
            None,
            unit="/s",
            digits=0,
        ),
        alone("CPU of the embedded store, per request", store_us, None, unit="µs"),
        alone("CPU of the embedded store, beside Stile's", share * 100, 15, unit="%"),
    ]
    return rows, slower


def both(
    ours: Sequence[Measured], theirs: Sequence[Measured], of: Callable[[Measured], float]
) -> tuple[float, float]:
    """The medians of Stile and of nginx."""
    return middle(ours, of), middle(theirs, of)


def latency_rows(field: Field, plan: Plan, rate: float) -> list[Row]:
    """Added latency at half load."""

    def work(peer: Peer) -> Latency:
        return open_loop(peer, field.people, rate, plan.latency_s)

    ours, theirs = in_turn(field, plan.rounds, work)
    at = f"at {rate:,.0f} requests/s"
    return [
        added(f"latency {at}, median", *both(ours, theirs, lambda took: took.p50_ms), 0.5, unit="ms"),
        added(f"latency {at}, 99 of 100", *both(ours, theirs, lambda took: took.p99_ms), 2.0, unit="ms"),
    ]


def large_rows(field: Field, plan: Plan) -> list[Row]:
    """CPU per byte of 10 MB bodies."""

    def work(peer: Peer) -> Flow:
        return closed_loop(peer, field.list_file, plan.load_s, target="/large", connections=4)

    ours, theirs = in_turn(field, max(1, plan.rounds - 2), work)
    figures = both(ours, theirs, lambda flow: flow.cpu_ns_per_kib)
    return [against("CPU per KiB of 10 MB bodies", *figures, 1.5, unit="ns", digits=0)]


def stage_rows(folder: Path) -> list[Row]:
    """The judgement taken apart."""
    took = stages.measure(folder)
    model = [alone("model score", took["model"], 5, unit="µs", digits=2)] if "model" in took else []
    return [
        alone(
            f"judgement: evidence, model, {took['rules_asked']:.0f} rules", took["judgement"], 15, unit="µs"
        ),
        alone("· counting (step, two of these a request)", took["counting"], None, unit="µs", digits=2),
        alone("· sighting (headers seen before)", took["sighting"], None, unit="µs", digits=2),
        alone("· behaviour evidence", took["behaviour"], None, unit="µs", digits=2),
        alone("· features for the model", took["features"], None, unit="µs", digits=2),
        alone("· rules", took["rules"], None, unit="µs", digits=2),
        *model,
        alone("event line", took["event"], 4, unit="µs", digits=2),
    ]


def growth_rows(peer: Peer, size: int) -> list[Row]:
    """How much a worker holds while a large body passes a slow reader, or a slow storefront."""
    ways = {"down": download, "up": upload}
    return [
        alone(
            f"memory growth, {size // MIB:,} MiB {way}",
            growth_bytes(peer, pass_body, size) / MIB,
            32,
            unit="MiB",
        )
        for way, pass_body in ways.items()
    ]


def start_seconds(folder: Path, upstream: int, sink: int, plan: Plan) -> float:
    """Median time from the command to the first answer."""
    took = []
    for number in range(plan.starts):
        with stile(folder, upstream, sink, f"start-{number}") as peer:
            took.append(peer.first_answer_s)
    return median(took)


def run(plan: Plan, folder: Path, say: Callable[[str], None], without: Collection[str] = ()) -> list[Row]:
    """Everything, in order, but for what is left out."""
    with ExitStack() as stack:
        sink = Sink()
        stack.callback(sink.close)
        shop = stack.enter_context(storefront(folder, huge_bytes=plan.stream_bytes))
        say("start to first answer")
        start_s = start_seconds(folder, shop.port, sink.port, plan)
        ours = stack.enter_context(stile(folder, shop.port, sink.port))
        theirs = stack.enter_context(nginx_proxy(folder, shop.port))
        idle = {pid: memory_bytes(pid) / MIB for pid in ours.members()[0]}
        people = shoppers_of(ours, plan.shoppers)
        field = Field(ours, theirs, folder, people, write_shoppers(people, folder / "shoppers"))
        say("slow peers")  # before the load, which would leave memory behind that a body then fits into
        memory = growth_rows(ours, plan.stream_bytes)
        say("as much as passes")
        rows, slower = load_rows(field, plan)
        say("half load")
        rows += latency_rows(field, plan, min(HIGHEST_RATE, slower / 2))
        say("large bodies")
        rows += large_rows(field, plan)
        rows += memory
        rows.append(alone("idle worker (proportional set size)", idle[ours.worker()], 80, unit="MiB"))
        pit_rows = []
        if "tarpit" not in without:
            say("a full tarpit")
            pit_rows = tarpit.rows(tarpit.measure(folder, shop.port, plan.tarpits))
        rows.append(alone("start to first answer", start_s, 1.5, unit="s", digits=2))
    say("the stages of a judgement")
    rows += stage_rows(folder)
    rows += rules.rows() if "rules" not in without else []
    say("challenges")
    rows += challenges.rows()
    if "tls" not in without:
        say("TLS hellos")
        rows += tls_connections.measure(plan.tls)
    rows += pit_rows
    return rows + course.measure(
        folder, plan.state, say, [part for part in course.PARTS if part not in without]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where a program is missing, never for a budget that does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Stile beside nginx.")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that the measurement works")
    parser.add_argument(
        "--output", type=Path, help=f"where the page goes (default: {RESULTS.name}; none for --quick)"
    )
    parser.add_argument("--without", default="", help=f"some of {', '.join(OPTIONAL)}")
    asked = parser.parse_args(arguments)
    console = Console(width=120)
    if missing(console, "nginx", "wrk"):
        return 1
    plan = QUICK if asked.quick else FULL
    with tempfile.TemporaryDirectory(prefix="stile-bench-") as folder:
        rows = run(
            plan,
            Path(folder),
            lambda step: console.print(f"measuring: {step}", style="dim"),
            asked.without.split(","),
        )
    show(rows, console)
    output = asked.output or (None if asked.quick else RESULTS)
    if output:
        notes = [
            f"medians of {plan.rounds} alternating rounds; {plan.shoppers:,} shoppers with cookies, as Chrome"
        ]
        output.write_text(page(rows, notes), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
