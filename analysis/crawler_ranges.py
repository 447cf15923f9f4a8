"""Writes detectors/identity/ranges.json from a folder of crawler range files, by hand."""

import datetime
import sys
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path

import orjson
import yaml

SOURCE = (
    "the crawler range files of Anubis (github.com/TecharoHQ/anubis, data/crawlers), MIT, copyright Xe Iaso"
)
# File name -> our name of the bot, and whether its operator publishes the ranges. Ranges taken from an AS
# registry or a letter verify, but an address outside them proves nothing. YandexBot has none: it answers by
# reverse DNS.
BOTS = {
    "googlebot": ("googlebot", True),
    "bingbot": ("bingbot", True),
    "applebot": ("applebot", True),
    "duckduckbot": ("duckduckbot", True),
    "qwantbot": ("qwantbot", True),
    "mojeekbot": ("mojeekbot", True),
    "kagibot": ("kagibot", True),
    "openai-gptbot": ("gptbot", True),
    "openai-searchbot": ("oai-searchbot", True),
    "perplexitybot": ("perplexitybot", True),
    "commoncrawl": ("ccbot", True),
    "marginalia": ("marginalia", False),
    "internet-archive": ("internet-archive", False),
    "arquivo-pt": ("arquivo-pt", False),
    "wikimedia-citoid": ("wikimedia", False),
}


def snapshot(folder: Path, gathered: datetime.date) -> bytes:
    """The whole document: source, date, and the collapsed prefixes of every bot in BOTS, sorted."""
    bots = {
        name: {"published": published, "ranges": _collapse(_prefixes(folder / f"{file}.yaml"))}
        for file, (name, published) in sorted(BOTS.items())
    }
    document = {"source": SOURCE, "licence": "MIT", "gathered": gathered.isoformat(), "bots": bots}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _prefixes(path: Path) -> Iterator[str]:
    for rule in yaml.safe_load(path.read_text(encoding="utf-8")):
        yield from rule.get("remote_addresses", ())


def _collapse(prefixes: Iterable[str]) -> list[str]:
    networks = [ip_network(prefix) for prefix in prefixes]
    four = collapse_addresses([each for each in networks if isinstance(each, IPv4Network)])
    six = collapse_addresses([each for each in networks if isinstance(each, IPv6Network)])
    return [str(each) for each in (*four, *six)]


if __name__ == "__main__":
    sys.stdout.buffer.write(snapshot(Path(sys.argv[1]), datetime.date.fromisoformat(sys.argv[2])))
