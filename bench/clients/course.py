"""The measurement: who of many first requests is challenged, people by engine, tools by disguise."""

import random
import subprocess
from collections.abc import Iterable, Iterator

from bench.clients import disguises
from bench.clients.judged import Share, first_request, judged
from bench.clients.people import GENERATED, Headers, agent_of, drawn, is_new, recorded
from bench.clients.tools import HELD_OUT, TOOLS, by_chromium, missing, written
from config.policy import Policy
from tests.support.header_network import plain

Row = tuple[str, str]
Shares = dict[Row, Share]
SEED = 4
SCHEMES = ("https", "http")
KINDS = {"as it comes": "as it comes"}
LIGHT = "lightly disguised as Chrome, Edge or Firefox"
FAMILIES = ("Chrome/", "Edg/", "Firefox/", "Version/")


def people(policy: Policy, count: int) -> Shares:
    """Every recorded signature and `count` drawn visitors, on https and on plain http."""
    shares: Shares = {}

    def ask(row: Row, headers: Headers, scheme: str) -> None:
        shares.setdefault(row, Share()).add(judged(first_request(headers, scheme), policy))

    for _, headers in recorded():
        ask(("recorded", "https"), headers, "https")
        ask(("recorded", "TLS ended by a silent front"), headers, "http")
        ask(("recorded", "plain http"), plain(headers), "http")
    for claimed, headers in drawn(count, SEED):
        engine = "user agents that no browser has" if GENERATED.search(agent_of(headers)) else claimed
        ask((engine, "https"), headers, "https")
        ask((engine, "plain http"), plain(headers), "http")
        ask(("all drawn", "https"), headers, "https")
        ask(("all drawn", "plain http"), plain(headers), "http")
        if is_new(headers):
            ask((engine, "https, newest versions, nothing learnt from them"), headers, "https")
    return shares


def originals(family: str, count: int, seed: int = SEED) -> list[Headers]:
    """`count` different header sets whose user agent bears `family`'s mark, for a tool to copy."""
    found: dict[bytes, Headers] = {}
    for _, headers in drawn(4000, seed):
        agent = agent_of(headers)
        family_here = next(
            (mark for mark in ("Edg/", "Firefox/", "Chrome/", "Version/") if mark.encode() in agent), ""
        )
        if family_here == family and not GENERATED.search(agent):
            found.setdefault(agent, headers)
        if len(found) == count:
            break
    return list(found.values())


def tools(policy: Policy, copies: int, chosen: Iterable[str] = TOOLS) -> tuple[Shares, dict[str, str]]:
    """Shares by (tool, disguise), and why a tool is not among them."""
    shares: Shares = {}
    absent: dict[str, str] = {}
    for tool in chosen:
        reason = missing(tool)
        if reason:
            absent[tool] = reason
            continue
        try:
            _one(tool, policy, copies, shares)
        except (subprocess.SubprocessError, KeyError) as problem:
            absent[tool] = f"failed: {problem!r}"[:200]
    return shares, absent


def _one(tool: str, policy: Policy, copies: int, shares: Shares) -> None:
    names, sets = [], []
    for disguise, headers in _disguised(copies):
        names.append(disguise)
        sets.append(headers)
    for disguise, headers in zip(names, written(tool, sets), strict=True):
        for scheme in SCHEMES:
            shares.setdefault((tool, disguise), Share()).add(judged(first_request(headers, scheme), policy))


def _disguised(copies: int) -> Iterator[tuple[str, Headers]]:
    chance = random.Random(SEED)
    yield "as it comes", ()
    for family in FAMILIES:
        name = {"Version/": "Safari", "Edg/": "Edge"}.get(family, family.rstrip("/"))
        for original in originals(family, copies):
            yield f"{name}'s user agent", disguises.with_agent(original)
            yield f"{name}'s headers, sorted", disguises.by_name(original)
            for _ in range(4):
                yield f"{name}'s headers, shuffled", disguises.shuffled(original, chance)
            yield f"({name}'s headers, in order)", disguises.in_order(original)


def chromium(policy: Policy) -> tuple[Shares, str]:
    """Headless Chromium as it comes, and with a copied user agent."""
    reason = missing("chromium")
    if reason:
        return {}, reason
    shares: Shares = {}
    disguised = agent_of(originals("Chrome/", 1)[0]).decode()
    own = agent_of(by_chromium()).decode().replace("Headless", "")
    for disguise, agent in (
        ("as it comes", ""), ("copied user agent", disguised), ("its own user agent without the word", own),
    ):  # fmt: skip
        for scheme, host in (("https", "localhost"), ("http", "shop.example.com")):
            headers = by_chromium(agent, host)
            row = ("headless chromium", f"{disguise}, {scheme}")
            shares.setdefault(row, Share()).add(judged(first_request(headers, scheme), policy))
    return shares, ""


def in_all(shares: Shares) -> Shares:
    """All tools together: the light disguises of the issue, with and without those in Safari's name."""
    totals: Shares = {}
    for (tool, disguise), share in shares.items():
        if disguise.startswith("(") or tool == "headless chromium":
            continue
        row = (
            "tools that nothing was tuned on" if tool in HELD_OUT else "all common tools",
            "lightly disguised as Safari" if "Safari" in disguise else KINDS.get(disguise, LIGHT),
        )
        total = totals.setdefault(row, Share())
        total.all += share.all
        total.asked += share.asked
    return totals
