"""Writes how browsers and HTTP libraries open TLS, learnt from recorded hellos."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from detectors.fingerprint.browser import browser_of
from detectors.fingerprint.client_hello import client_hello_of
from detectors.fingerprint.ja4 import ciphers_of, ja4_of

TABLE = Path(__file__).parent.parent / "detectors/fingerprint/tls_families.json"
SOURCE = (
    "browsers: curl-impersonate's signatures of real browsers (MIT); libraries: recorded by "
    "`python -m tests.support.record_hellos`"
)
GREASE = "GREASE"


def browsers(folder: Path) -> dict[str, dict[str, Any]]:
    """What each engine's hellos have in common, from the signatures in `folder`. Raises OSError, KeyError."""
    found: dict[str, list[tuple[int, bool, str]]] = {}
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            agent, grease, ciphers = hello_facts(document["signature"])
            browser = browser_of(agent)
            found.setdefault(browser.engine.value, []).append((browser.version[0], grease, ciphers))
    return {engine: _common(rows) for engine, rows in sorted(found.items())}


def hello_facts(signature: Mapping[str, Any]) -> tuple[str, bool, str]:
    """The user agent, whether the hello held GREASE, and the ciphers' hash. Raises KeyError."""
    hello = signature["tls_client_hello"]
    kinds = [extension["type"] for extension in hello["extensions"]]
    offered = [suite for suite in hello["ciphersuites"] if isinstance(suite, int)]
    return _user_agent(signature), GREASE in (*hello["ciphersuites"], *kinds), ciphers_of(offered)


def _user_agent(signature: Mapping[str, Any]) -> str:
    frames = signature["http2"]["frames"]
    lines: Sequence[str] = next(frame["headers"] for frame in frames if frame["frame_type"] == "HEADERS")
    return next(line.partition(": ")[2] for line in lines if line.startswith("user-agent: "))


def _common(rows: Sequence[tuple[int, bool, str]]) -> dict[str, Any]:
    greased = {grease for _, grease, _ in rows}
    return {
        "versions": len(rows),
        "oldest": min(version for version, _, _ in rows),
        "newest": max(version for version, _, _ in rows),
        "grease": greased.pop() if len(greased) == 1 else None,
        "ciphers": sorted({ciphers for _, _, ciphers in rows}),
    }


def libraries(file: Path) -> dict[str, list[str]]:
    """Who sends a list of ciphers, by the list's hash in JA4. Raises OSError, ValueError."""
    found: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        recorded = json.loads(line)
        ja4 = ja4_of(client_hello_of(bytes.fromhex(recorded["hello"])[5:]))  # a record of its own
        name = f"{recorded['name']} ({' '.join(recorded['version'].split()[:4])})"
        found.setdefault(ja4.split("_")[1], []).append(name)
    return {ciphers: sorted(set(names)) for ciphers, names in sorted(found.items())}


def table(signatures: Path, hellos: Path, gathered: str) -> bytes:
    """The whole document."""
    document = {
        "source": SOURCE,
        "gathered": gathered,
        "browsers": browsers(signatures),
        "libraries": libraries(hellos),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m analysis.tls_tables", description=__doc__)
    parser.add_argument("signatures", type=Path, help="a folder of browsers' signatures")
    parser.add_argument("hellos", type=Path, help="what tests.support.record_hellos wrote")
    parser.add_argument("--out", type=Path, default=TABLE)
    asked = parser.parse_args(arguments)
    asked.out.write_bytes(table(asked.signatures, asked.hellos, datetime.now(UTC).date().isoformat()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
