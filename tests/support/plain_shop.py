"""A storefront of a few texts that a test may change while it runs."""

import gzip
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

PAGE = b"<!doctype html><html><head><title>Shoes</title></head><body><a href=/a>a</a></body></html>"


class PlainShop:
    """Answers `/robots.txt` with `robots` (None: 404), anything else with `body` and `headers`.

    `asked` are the paths that were asked for, `fields` those of the last request. Where it `squeezes`, it
    compresses for whoever takes gzip. `broken` makes it close without an answer.
    """

    def __init__(self, robots: str | None = None) -> None:
        self.robots = robots
        self.robots_type = "text/plain"
        self.body = PAGE
        self.status = 200
        self.headers: dict[str, str] = {"Content-Type": "text/html; charset=utf-8"}
        self.squeezes = False
        self.broken = False
        self.asked: list[str] = []
        self.fields: dict[str, str] = {}
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shop.asked.append(self.path)
                shop.fields = {name.lower(): text for name, text in self.headers.items()}
                if shop.broken:
                    self.close_connection = True
                elif self.path == "/robots.txt":
                    self._robots()
                else:
                    self._page()

            do_HEAD = do_GET  # noqa: N815  the name that the server looks for

            def _robots(self) -> None:
                found = shop.robots is not None
                self._send(
                    200 if found else 404,
                    (shop.robots or "none").encode(),
                    {"Content-Type": shop.robots_type},
                )

            def _page(self) -> None:
                body, headers = shop.body, dict(shop.headers)
                if shop.squeezes and "gzip" in self.headers.get("Accept-Encoding", ""):
                    body = gzip.compress(body)
                    headers["Content-Encoding"] = "gzip"
                self._send(shop.status, body, headers)

            def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def ask(
    url: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their names in lower case, and body as it came."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        line.request(method, parts.path + ("?" + parts.query if parts.query else ""), headers=headers or {})
        answer = line.getresponse()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
    finally:
        line.close()
