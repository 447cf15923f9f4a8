"""Header sets of real visitors, drawn from the networks in ../shared/cases/fp_headers."""

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent.parent.parent / "shared/cases/fp_headers"
GIVEN = ("*BROWSER", "*OPERATING_SYSTEM", "*DEVICE", "*HTTP_VERSION")
TITLED = (
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Connection",
    "Upgrade-Insecure-Requests",
    "DNT",
    "TE",
    "Sec-Fetch-Site",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Dest",
)
SPELLING = {name.lower(): name for name in TITLED}
# The networks leave out what every browser sends on a page load.
ALWAYS = {
    "accept-language": "en-US,en;q=0.9",
    "sec-fetch-site": "none",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}


def visitors(count: int, seed: int) -> Iterator[tuple[tuple[bytes, bytes], ...]]:
    """`count` header sets of page loads on https, in the order of the browser that sends them."""
    chance = random.Random(seed)
    order = {
        browser: [name.lower() for name in names]
        for browser, names in json.loads((FOLDER / "headers-order.json").read_text()).items()
    }
    who, headers = _network("input-network-definition"), _network("header-network-definition")
    drawn = 0
    while drawn < count:
        visitor = _draw(who, {}, chance)
        found = visitor and _draw(headers, {name: visitor[name] for name in GIVEN}, chance)
        if visitor and found:
            drawn += 1
            yield _written(found, order[visitor["*BROWSER"].split("/")[0]])


def plain(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """The same page load on plain http: no hints, no Sec-Fetch headers, no br."""
    kept = tuple((name, content) for name, content in headers if not name.lower().startswith(b"sec-"))
    return tuple(
        (name, b"gzip, deflate" if name == b"Accept-Encoding" else content) for name, content in kept
    )


def _network(name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(FOLDER / f"{name}.zip") as archive:
        nodes: list[dict[str, Any]] = json.loads(archive.read(archive.namelist()[0]))["nodes"]
    return nodes


def _draw(nodes: list[dict[str, Any]], given: dict[str, str], chance: random.Random) -> dict[str, str] | None:
    values = dict(given)
    for node in nodes:
        if node["name"] in values:
            continue
        table = node["conditionalProbabilities"]
        for parent in node["parentNames"]:
            deeper = table.get("deeper", {})
            table = deeper[values[parent]] if values[parent] in deeper else table.get("skip", {})
        odds = {content: odd for content, odd in table.items() if content not in {"deeper", "skip"}}
        if not odds:
            return None
        values[node["name"]] = chance.choices(list(odds), list(odds.values()))[0]
    return values


def _written(found: dict[str, str], order: list[str]) -> tuple[tuple[bytes, bytes], ...]:
    values = dict(ALWAYS)
    for name, content in found.items():
        if not name.startswith("*") and content != "*MISSING_VALUE*":
            values[name.lower()] = content
    names = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    lines = [(SPELLING.get(name, name).encode(), values[name].encode()) for name in names]
    return ((b"Host", b"shop.example.com"), *lines)
