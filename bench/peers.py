"""The parties of a measurement: a storefront, nginx before it, Stile before it, and what each uses up."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

ROOT = Path(__file__).parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SMALL_BYTES = 1024
LARGE_BYTES = 10 * 1024 * 1024
PROBE_PATH = "/product/1000"

NGINX_FRAME = """
{user}
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 75s;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; client_max_body_size 0; server_tokens off;
  {inside}
}}
"""
STOREFRONT = """
  open_file_cache max=100 inactive=60s; default_type text/html;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096; root {files};
    location ~ ^/(product|images|api)/ {{ rewrite ^ /small.html break; }}
  }}
"""
# proxy_buffering stays on, as nginx ships; only its spill to disk is off, which would slow nginx down here.
FORWARDER = """
  upstream shop {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location / {{
      proxy_pass http://shop; proxy_http_version 1.1; proxy_max_temp_file_size 0;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds used so far by the processes that forward, and by the store beside them."""

    forwarder_s: float
    store_s: float

    def since(self, before: "Usage") -> "Usage":
        """What was used in between."""
        return Usage(self.forwarder_s - before.forwarder_s, self.store_s - before.store_s)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Peer:
    """One server process tree that answers on `port`."""

    def __init__(self, name: str, command: Sequence[str], port: int, words: Path) -> None:
        self.name, self.port, self._words = name, port, words
        self.started = time.perf_counter()
        with words.open("wb") as sink:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        self.first_answer_s = self._wait_for_answer(20.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def usage(self) -> Usage:
        """CPU of the whole tree, the store apart."""
        forwarders, stores = self.members()
        return Usage(sum(map(cpu_s, forwarders)), sum(map(cpu_s, stores)))

    def members(self) -> tuple[list[int], list[int]]:
        """Process ids of the tree: those of the peer itself, and those of its embedded store."""
        tree = descendants(self.process.pid)
        stores = [pid for pid in tree if is_store(pid)]
        return [pid for pid in tree if pid not in stores], stores

    def worker(self) -> int:
        """The process that carries the traffic: the busiest one below the supervisor. Ask after some load."""
        forwarders, _ = self.members()
        return max((pid for pid in forwarders if pid != self.process.pid), key=cpu_s)

    def stop(self) -> None:
        """End the tree in order, and by force what is left of it."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)

    def _wait_for_answer(self, seconds: float) -> float:
        while time.perf_counter() - self.started < seconds:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended:\n{self._words.read_text('utf-8', 'replace')}")
            if answers(self.port):
                return time.perf_counter() - self.started
            time.sleep(0.003)
        self.stop()
        raise RuntimeError(f"{self.name} did not answer:\n{self._words.read_text('utf-8', 'replace')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def answers(port: int) -> bool:
    """Whether a page load on that port is answered with the storefront's page."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", PROBE_PATH, headers={"Host": "shop.example.com"})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def nginx(name: str, folder: Path, inside: str, port: int) -> Peer:
    """An nginx with one worker and the given http block."""
    home = folder / name
    home.mkdir()
    config = home / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # or its worker could not read a private folder
    config.write_text(NGINX_FRAME.format(folder=home, inside=inside, user=user), "utf-8")
    return Peer(name, ["nginx", "-p", str(home), "-c", str(config)], port, home / "words")


def storefront(folder: Path, *, huge_bytes: int) -> Peer:
    """nginx with a page of 1 KB under every product, a body of 10 MB and one of `huge_bytes`."""
    files = folder / "files"
    files.mkdir()
    (files / "small.html").write_bytes(b"x" * SMALL_BYTES)
    (files / "large").write_bytes(os.urandom(1024) * (LARGE_BYTES // 1024))
    with (files / "huge").open("wb") as huge:
        huge.truncate(huge_bytes)  # sparse: it takes no disk
    port = free_port()
    return nginx("storefront", folder, STOREFRONT.format(port=port, files=files), port)


def nginx_proxy(folder: Path, upstream: int, name: str = "nginx") -> Peer:
    """nginx proxy_pass with a pool of upstream connections: what Stile is measured against."""
    port = free_port()
    return nginx(name, folder, FORWARDER.format(port=port, upstream=upstream), port)


def stile(
    folder: Path, upstream: int, sink: int, name: str = "stile", changes: Mapping[str, Any] | None = None
) -> Peer:
    """Stile with one worker, its embedded store, and every event written to a file.

    Mode `monitor` runs the whole judgement and event line, and lets the load pass: what is measured is an
    allowed request. A second site, upload.example.com, leads to `sink`. `changes` replace whole sections.
    """
    home = folder / name
    home.mkdir()
    port = free_port()
    document: dict[str, Any] = {
        "listen": [{"address": f"127.0.0.1:{port}"}],
        "trusted_proxies": ["127.0.0.0/8"],
        "admin": {"address": f"127.0.0.1:{free_port()}"},
        "state": {"directory": str(home / "state")},
        "log": {"path": str(home / "events.jsonl")},
        "limits": {"connections_per_address": 10_000},
        "sites": [
            {"hosts": ["upload.example.com"], "upstreams": [f"http://127.0.0.1:{sink}"], "mode": "monitor"},
            {"hosts": ["*"], "upstreams": [f"http://127.0.0.1:{upstream}"], "mode": "monitor"},
        ],
        "routes": {"product": {"match": ["/product/*"]}, "login": {"match": ["POST /login"]}},
        **(changes or {}),
    }
    config = home / "stile.yaml"
    config.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    command = [sys.executable, "-m", "proxy.cli", "run", str(config), "--workers", "1"]
    return Peer(name, command, port, home / "words")


def descendants(root: int) -> list[int]:
    """`root` and every living process below it."""
    tree = [root]
    for pid in tree:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        except OSError:
            continue
        tree.extend(int(child) for child in children.split())
    return tree


def is_store(pid: int) -> bool:
    """Whether the process is a Redis or Valkey server."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text("ascii", "replace")
    except OSError:
        return False
    return "redis" in name or "valkey" in name


def cpu_s(pid: int) -> float:
    """User and system seconds of one process, all its threads."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory_bytes(pid: int, name: str = "Pss") -> int:
    """Resident memory: `Pss` counts shared pages by share, `Rss` counts them whole."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
