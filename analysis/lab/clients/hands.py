"""HTTP libraries, each behind one call: take an ask and headers, give the answer."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from analysis.lab.clients.goals import Answer, Ask
from analysis.lab.clients.order import Order

PATIENCE_S = 20
FETCH = Path(__file__).parent / "fetch.mjs"
Send = Callable[[Ask, Mapping[str, str]], Answer]


def with_requests(order: Order) -> Send:
    """requests, with its session or, where cookies are not kept, one call after another."""
    import requests

    kept = requests.Session()

    def send(ask: Ask, headers: Mapping[str, str]) -> Answer:
        session = kept if order.habits.get("cookies") else requests
        method = "POST" if ask.form else "GET"
        answer = session.request(
            method, order.origin + ask.path, data=ask.form, headers=dict(headers), timeout=PATIENCE_S
        )
        return Answer(answer.status_code, answer.text)

    return send


def with_httpx(order: Order) -> Send:
    """httpx, with its client or with single calls."""
    import httpx

    kept = httpx.Client(follow_redirects=True, timeout=PATIENCE_S)

    def send(ask: Ask, headers: Mapping[str, str]) -> Answer:
        client = kept
        if not order.habits.get("cookies"):
            client = httpx.Client(follow_redirects=True, timeout=PATIENCE_S)
        method = "POST" if ask.form else "GET"
        form = dict(ask.form) if ask.form else None
        answer = client.request(method, order.origin + ask.path, data=form, headers=dict(headers))
        return Answer(answer.status_code, answer.text)

    return send


def with_urllib(order: Order) -> Send:
    """The standard library, with or without a cookie jar. It sends `Connection: close`."""
    opener = build_opener(*([HTTPCookieProcessor(CookieJar())] if order.habits.get("cookies") else []))

    def send(ask: Ask, headers: Mapping[str, str]) -> Answer:
        form = urlencode(ask.form).encode() if ask.form else None
        plain = {name: text for name, text in headers.items() if name != "Accept-Encoding"}
        request = Request(order.origin + ask.path, form, plain)  # noqa: S310  the shop on this machine
        try:
            with opener.open(request, timeout=PATIENCE_S) as answer:
                return Answer(answer.status, answer.read().decode("utf-8", "replace"))
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, "")

    return send


def with_curl(order: Order) -> Send:
    """A loop that starts curl for each address, as shell scripts do; the jar is a file."""
    jar = Path(tempfile.mkdtemp()) / "jar"

    def send(ask: Ask, headers: Mapping[str, str]) -> Answer:
        command = ["curl", "-sS", "-L", "--compressed", "-m", str(PATIENCE_S), "-w", "\n%{http_code}"]
        if order.habits.get("cookies"):
            command += ["-b", str(jar), "-c", str(jar)]
        for name, text in headers.items():
            command += ["-H", f"{name}: {text}"]
        if ask.form:
            command += ["-d", urlencode(ask.form)]
        done = subprocess.run([*command, order.origin + ask.path], capture_output=True, check=False)
        text, _, status = done.stdout.decode("utf-8", "replace").rpartition("\n")
        return Answer(int(status or 0), text)

    return send


def with_node(order: Order) -> Send:
    """Node's own fetch in one process, told over a pipe what to fetch."""
    node = Piped(["node", str(FETCH)])

    def send(ask: Ask, headers: Mapping[str, str]) -> Answer:
        form = urlencode(ask.form) if ask.form else None
        keep = bool(order.habits.get("cookies"))
        told = {"url": order.origin + ask.path, "form": form, "headers": dict(headers), "keep": keep}
        return node.ask(told)

    return send


class Piped:
    """A program that reads one JSON line per ask and answers with another."""

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment and dict(environment)
        )

    def ask(self, told: Mapping[str, object]) -> Answer:
        """Tell it and wait for its answer. Raises EOFError where it has ended."""
        said, hears = self._program.stdin, self._program.stdout
        if said is None or hears is None:
            raise EOFError("no pipe")
        said.write(json.dumps(told).encode() + b"\n")
        said.flush()
        line = hears.readline()
        if not line:
            raise EOFError("the program ended")
        return Answer(**json.loads(line))


HANDS: Mapping[str, Callable[[Order], Send]] = {
    "requests": with_requests,
    "httpx": with_httpx,
    "urllib": with_urllib,
    "curl": with_curl,
    "node": with_node,
}
