"""What HTTP tools really write: each is run against a listener on the loopback with given header sets."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.wire import listening, request_of

PROGRAMS = Path(__file__).parent / "programs"
TIMEOUT_S = 240
Headers = tuple[tuple[bytes, bytes], ...]
Sets = Sequence[Headers]
NUMBER = re.compile(rb"[?]n=(\d+)")
LIBRARIES = (
    "requests",
    "urllib",
    "httpx",
    "aiohttp",
    "scrapy",
    "urllib3",
    "http.client",
    "httpcore",
    "twisted",
)
# Nothing was tuned on what these write; the first and the third are known by name, as other libraries are.
HELD_OUT = ("urllib3", "http.client", "perl", "node http.get", "httpcore", "twisted")
TOOLS = ("curl", "wget", *LIBRARIES[:5], "go", "node", *HELD_OUT)
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=1000",
    "--dump-dom",
    "--host-resolver-rules=MAP * 127.0.0.1",
)


def missing(tool: str) -> str:
    """Why `tool` cannot be run here; empty where it can."""
    if tool in LIBRARIES:
        here = importlib.util.find_spec(tool.partition(".")[0])
        return "" if here else "not installed in this environment"
    return "" if shutil.which(tool.partition(" ")[0]) else "not on this machine"


def written(tool: str, sets: Sets) -> list[Headers]:
    """What `tool` writes when it is given each of `sets`, in their order; () is the tool as it comes.

    Raises CalledProcessError where the tool fails.
    """
    with listening() as ear:
        url = f"http://127.0.0.1:{ear.port}/"
        given = [[(name.decode(), content.decode()) for name, content in headers] for headers in sets]
        if tool in {"curl", "wget"}:
            for number, headers in enumerate(given):
                _run(BY_COMMAND[tool](f"{url}?n={number}", headers))
        else:
            _run(_command(tool, url), json.dumps(given).encode())
        return _by_number(ear.heads, len(sets))


def _by_number(heads: Sequence[bytes], count: int) -> list[Headers]:
    found: dict[int, Headers] = {}
    for head in heads:
        number = NUMBER.search(head)
        if number:
            found[int(number[1])] = at_the_shop(request_of(head).headers)
    return [found[number] for number in range(count)]


def at_the_shop(headers: Headers) -> Headers:
    """The same headers, sent to the shop instead of the loopback."""
    return tuple(
        (name, b"shop.example.com" if name.lower() == b"host" else content) for name, content in headers
    )


def by_chromium(user_agent: str = "", host: str = "localhost") -> Headers:
    """The page load of headless Chromium; on localhost with all that it sends to https."""
    with listening() as ear, tempfile.TemporaryDirectory(prefix="stile-tools-") as profile:
        disguise = [f"--user-agent={user_agent}"] if user_agent else []
        _run([
            "chromium", *CHROMIUM_FLAGS, *disguise, f"--user-data-dir={profile}", f"http://{host}:{ear.port}/",
        ])  # fmt: skip
        return at_the_shop(request_of(ear.heads[0]).headers)


def _curl(url: str, headers: list[tuple[str, str]]) -> list[str]:
    return ["curl", "-s", *(f"-H{name}: {content}" for name, content in headers), url]


def _wget(url: str, headers: list[tuple[str, str]]) -> list[str]:
    return [
        "wget",
        "-q",
        "-O",
        "/dev/null",
        *(f"--header={name}: {content}" for name, content in headers),
        url,
    ]


BY_COMMAND: dict[str, Callable[[str, list[tuple[str, str]]], list[str]]] = {"curl": _curl, "wget": _wget}


def _command(tool: str, url: str) -> list[str]:
    if tool == "node":
        return ["node", str(PROGRAMS / "fetch.js"), url]
    if tool == "node http.get":
        return ["node", str(PROGRAMS / "get.js"), url]
    if tool == "perl":
        return ["perl", str(PROGRAMS / "fetch.pl"), url]
    if tool == "go":
        return ["go", "run", str(PROGRAMS / "fetch.go"), url]
    return [sys.executable, str(PROGRAMS / "fetch.py"), tool, url]


def _run(command: list[str], told: bytes = b"") -> None:
    subprocess.run(command, check=True, capture_output=True, input=told, timeout=TIMEOUT_S)
