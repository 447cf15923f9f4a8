"""A page with nothing on it but the probes, under the challenge's own policy, and what browsers told it."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from challenges.assets import FOLDER
from challenges.page import page_headers
from detectors.request import Request
from tests.support.requests import a_request

NONCE = "bm9uY2Utb2YtdGhlLXBhZ2U"
PAGE = """<!doctype html><html lang="en" dir="{direction}"><meta charset="utf-8"><title>Probes</title>
<link rel="icon" href="data:,"><script nonce="{nonce}" src="/probes.js"></script>
<body><main data-worker="/{worker}"></main><script nonce="{nonce}">{first}
var began = performance.now(), calls = 0;
StileProbes.gather('{seed}', function (told) {{
  var took = Math.round(performance.now() - began);
  setTimeout(function () {{
    fetch('/told', {{method: 'POST', body: JSON.stringify(
      {{seed: '{seed}', who: '{who}', took: took, calls: calls, told: told}})}});
  }}, 50);
  calls++;
}});
</script>"""


# What old or locked browsers do not have, taken away before the probes look.
POOR = """
['Worker', 'Proxy', 'Intl', 'Notification', 'matchMedia', 'console', 'chrome', 'performance', 'Permissions']
  .forEach(function (name) { try { delete self[name]; self[name] = undefined; } catch (error) { } });
['permissions', 'userAgentData', 'plugins', 'hardwareConcurrency', 'languages', 'webdriver']
  .forEach(function (name) { delete Navigator.prototype[name]; });
HTMLCanvasElement.prototype.getContext = HTMLElement.prototype.hasAttribute = function () { throw 1; };
self.performance = {now: function () { return Date.now(); }};
"""
SILENT = "silent.js"  # an address that never answers


@dataclass(frozen=True)
class Told:
    """One testimony as it came. `took` is in milliseconds, `calls` how often the page was given it."""

    who: str
    seed: str
    document: dict[str, object]
    request: Request
    took: int
    calls: int


@dataclass
class ProbePage:
    """Where the page is, and what was told so far."""

    port: int = 0
    told: list[Told] = field(default_factory=list)

    def address(self, who: str, direction: str = "ltr", **more: str) -> str:
        return f"http://127.0.0.1:{self.port}/?{urlencode({'who': who, 'direction': direction, **more})}"

    def of(self, who: str) -> list[Told]:
        return [each for each in self.told if each.who == who]

    def page(self, query: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        seed = seed_of(len(self.told))
        return PAGE.format(
            nonce=NONCE,
            seed=seed,
            who=asked.get("who", ""),
            direction=asked.get("direction", "ltr"),
            worker=asked.get("worker", "worker.js"),
            first=POOR if "poor" in asked else "",
        )


def seed_of(number: int) -> str:
    """A ticket's id: 22 characters of base64url."""
    return urlsafe_b64encode(sha256(str(number).encode()).digest()[:16]).rstrip(b"=").decode()


@contextmanager
def probe_page() -> Iterator[ProbePage]:
    """Serve the page until the block ends."""
    house, over = ProbePage(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            name = asked.path.removeprefix("/")
            if name in {"probes.js", "worker.js"}:
                own = {"Content-Type": "text/javascript", "Content-Security-Policy": "default-src 'none'"}
                self.reply(200, own, (FOLDER / name).read_bytes())
            elif name == SILENT:
                over.wait(60)
                self.close_connection = True
            elif name:
                self.reply(404, {}, b"")
            else:
                headers = {key.decode(): text.decode() for key, text in page_headers("0a1b", "", NONCE)}
                self.reply(200, headers, house.page(asked.query).encode())

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            lines = tuple((name.encode(), text.encode()) for name, text in self.headers.items())
            request = a_request("/.stile/answer", method="POST", headers=lines)
            house.told.append(
                Told(sent["who"], sent["seed"], sent["told"], request, sent["took"], sent["calls"])
            )
            self.reply(204, {}, b"")

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            return  # browsers that are ended hang up in the middle

    server = Server(("127.0.0.1", 0), Handler)
    house.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield house
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
