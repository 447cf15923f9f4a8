"""What rules and lists cost: `python -m bench.rules` asks the compiled rules and lists, without a socket."""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import yaml
from rich.console import Console

from bench.report import Row, alone, show
from bench.stages import NOW, per_call_us, some_visits
from config.list_kinds import Kind, read_lines
from config.loader import load
from config.policy import Policy
from detectors.visit import Visit

NETWORKS = 100_000
AGENTS = 1_000
SLICE = 250
ASKED = 20_000  # addresses and texts that no memory knows
SITE = {"hosts": ["*"], "upstreams": ["http://127.0.0.1:9"]}
# What operators write, of which nothing applies to a browser in a shop; {0} is another number each time.
CONDITIONS = (
    'request.path.startsWith("/area{0}/") && client.rate("session", "10s") > 50.0',
    'request.route == "product" && client.rate("ip", "1m") > 60{0}.0',
    'request.method == "POST" && request.path == "/cart/{0}" && client.rate("ip", "10m") > 20.0',
    'request.country in ["XA", "XB"] && request.path == "/checkout/{0}"',
    'request.asn == 6{0} && bot.status != "verified"',
    'request.header("X-Partner") == "p{0}" && request.ip in networks.partners',
    'band in ["high", "certain"] && request.path.startsWith("/api/v{0}/")',
    'bot.category == "scanner" && request.host == "shop{0}.example.com"',
    'request.user_agent.contains("Tool{0}/")',
    'clearance == "none" && client.page_rate("session", "10m") > 90{0}.0',
)


def a_policy(folder: Path, count: int) -> Policy:
    """`count` different rules and nothing else."""
    rules = [
        {
            "name": f"rule-{number}",
            "when": CONDITIONS[number % len(CONDITIONS)].format(number),
            "action": ("challenge", "block", "throttle")[number % 3],
        }
        for number in range(count)
    ]
    document = {
        "state": {"directory": str(folder / "state")},
        "sites": [SITE],
        "routes": {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}},
        "networks": {"partners": ["192.0.2.0/24", "198.51.100.0/24"]},
        "policy": {"import": [], "rules": rules},
    }
    file = folder / f"rules-{count}.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return load(str(file)).sites[0].policy


def rules_us(folder: Path, count: int) -> float:
    """Microseconds that it takes to find that none of `count` rules applies."""
    policy = a_policy(folder, count)
    matcher, inspector = policy.rule_set.matcher, policy.inspector
    visits = some_visits(policy)
    sightings = {id(visit): inspector.sighting(visit.request) for visit in visits}
    band = policy.bands.of(4.7)

    def ask(visit: Visit) -> int:
        sighting = sightings[id(visit)]
        return matcher(visit, sighting, sighting.claim, 4.7, band, (), NOW, [], None)

    if any(ask(visit) != -1 for visit in visits):
        raise RuntimeError("a rule applied: what is measured is none that does")
    return per_call_us(ask, visits)


def look_up_us(contains: Callable[[str], bool], wanted: Sequence[str]) -> float:
    """Microseconds of one look-up in the best of many slices, each look-up for something else."""
    slices = []
    for begin in range(0, len(wanted), SLICE):
        some = wanted[begin : begin + SLICE]
        started = time.perf_counter_ns()
        for each in some:
            contains(each)
        slices.append((time.perf_counter_ns() - started) / len(some) / 1000)
    return min(slices)


def list_rows(chance: random.Random) -> list[Row]:
    """Lists that operators import: long, and asked for what they have not seen before."""
    lines = [
        f"{ip_address(chance.getrandbits(32) >> bits << bits)}/{32 - bits}"
        for bits in chance.choices((0, 4, 8, 10), k=NETWORKS)
    ]
    load_s = []
    for _ in range(3):
        started = time.perf_counter()
        networks, faults = read_lines(Kind.NETWORKS, lines)
        load_s.append(time.perf_counter() - started)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz-/.", k=12)) for _ in range(AGENTS)]
    agents, more = read_lines(Kind.USER_AGENTS, words)
    if faults or more:
        raise RuntimeError("a line of our own is wrong")
    four = [str(ip_address(chance.getrandbits(32))) for _ in range(ASKED)]
    browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/{}.0 Safari/537.36"
    names = [browser.format(number) for number in range(ASKED)]
    made_up = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz ", k=110)) for _ in range(ASKED)]
    looked_up = (
        (f"an address in {NETWORKS:,} networks", networks, four, 2),
        (f"a browser in {AGENTS:,} user agents", agents, names, None),
        ("a made-up one, of the same length", agents, made_up, None),
        ("one that was asked before", agents, names[:1] * ASKED, None),
    )
    return [
        alone(f"load {NETWORKS:,} networks", min(load_s), 0.5, unit="s", digits=2),
        *(
            alone(what, look_up_us(entries.__contains__, wanted), budget, unit="µs", digits=2)
            for what, entries, wanted, budget in looked_up
        ),
    ]


def rows() -> list[Row]:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="stile-rules-") as folder:
        return [
            alone("20 rules, none applies", rules_us(Path(folder), 20), 4, unit="µs", digits=2),
            alone("200 rules, none applies", rules_us(Path(folder), 200), 30, unit="µs", digits=2),
            *list_rows(random.Random(7)),
        ]


if __name__ == "__main__":
    show(rows(), Console(width=120))
    sys.exit(0)
