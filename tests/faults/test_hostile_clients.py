"""Clients that mean harm: each of these once stopped a worker, filled its memory, or spoke for others."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.upstream import OK, Upstream
from tests.vectors.case import GOOD, answer

MIB = 1024 * 1024
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html",
    "Accept-Language": "en-US,en;q=0.5",
}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream((OK,)) as running:
        yield running


def open_site(upstream: Upstream, **more: Any) -> dict[str, Any]:
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    limits = {"write_stall_timeout": "1s", "keep_alive_timeout": "2s"}
    return {"policy": {"import": [], "rules": []}, "sites": [site], "limits": limits, **more}


def worker_memory(gateway: Gateway) -> int:
    """Resident bytes of the largest worker."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in children]
    return max(pages) * 4096


def flood(port: int, data: bytes, seconds: float) -> None:
    """Send and never read."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(0.2)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line.send(data)
            except TimeoutError:
                continue
            except OSError:
                return


def test_a_client_that_never_reads_gets_no_more_answers(tmp_path: Path, upstream: Upstream) -> None:
    upstream.scripts[b"/m"] = (answer(b"Content-Length: 200000", body=b"x" * 200_000),)
    with Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway:
        before = worker_memory(gateway)
        flood(gateway.port, b"GET /m HTTP/1.1\r\nHost: shop.test\r\n\r\n" * 500, 3.0)

        assert worker_memory(gateway) - before < 16 * MIB


def test_a_flood_of_empty_lines_holds_nobody_up(tmp_path: Path, upstream: Upstream) -> None:
    with (
        Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway,
        Line(gateway.port) as hostile,
        Line(gateway.port) as shopper,
    ):
        hostile.send(b"\r\n" * 500_000)
        began = time.monotonic()
        shopper.send(GOOD)
        answered = shopper.answer()

        assert answered is not None
        assert answered.status == 200
        assert time.monotonic() - began < 1.0  # it was six seconds and more


def test_a_first_upload_over_a_kept_storefront_connection_goes_through(
    tmp_path: Path, upstream: Upstream
) -> None:
    with Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway:
        statuses = []
        for number in range(4):
            agent = {"User-Agent": f"uploader {number}"}
            requests.get(f"{gateway.url}/page", headers=BROWSER, timeout=10)
            with Line(gateway.port, deadline=10.0) as line:
                head = f"POST /up HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: {agent['User-Agent']}\r\n"
                line.send(head.encode() + b"Content-Length: 300000\r\n\r\n" + b"x" * 1000)
                time.sleep(0.05)
                line.send(b"x" * 299_000)
                heard = line.answer()
                statuses.append(heard.status if heard else 0)

        assert statuses == [200] * 4


def test_a_client_that_leaves_its_last_answer_unread_is_cut(tmp_path: Path, upstream: Upstream) -> None:
    upstream.scripts[b"/m"] = (answer(b"Content-Length: 60000", body=b"x" * 60_000),)
    with Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway:
        lines = []
        for _ in range(5):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", gateway.port))
            line.send(b"GET /m HTTP/1.1\r\nHost: shop.test\r\n\r\n")
            lines.append(line)
        page = f"http://127.0.0.1:{gateway.admin_port}/metrics"

        assert wait_until(lambda: "stile_connections 0.0" in requests.get(page, timeout=5).text, 15)
        for line in lines:
            line.close()


def test_a_host_cannot_speak_in_the_forwarded_field(tmp_path: Path, upstream: Upstream) -> None:
    with Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway, Line(gateway.port) as line:
        line.send(b"GET / HTTP/1.1\r\nHost: x,for=198.51.100.6;by=evil\r\n\r\n")
        heard = line.answer()

        assert heard is not None
        assert heard.status == 400


@pytest.mark.parametrize("disguise", ["{};.css", "{}/x.png", "{}?x=.css"])
def test_a_page_in_disguise_counts_as_a_page(tmp_path: Path, upstream: Upstream, disguise: str) -> None:
    page = (answer(b"Content-Type: text/html", b"Content-Length: 4", body=b"page"),)
    paths = [disguise.format(f"/product/{number}") for number in range(150)]
    for path in paths:
        upstream.scripts[path.encode()] = page
    site = {"sites": [{"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "enforce"}]}
    with Gateway(tmp_path, upstream.address, site) as gateway:
        statuses = [
            requests.get(gateway.url + path, headers=BROWSER, timeout=10).status_code for path in paths
        ]

        assert {403, 429} & set(statuses)  # asked or slowed down, as for the pages that they are


def test_a_gateway_on_a_port_in_use_says_so(tmp_path: Path, upstream: Upstream) -> None:
    (tmp_path / "second").mkdir()
    with Gateway(tmp_path, upstream.address, open_site(upstream)) as first:
        address = {"listen": [{"address": f"127.0.0.1:{first.port}"}]}
        with pytest.raises(RuntimeError, match="cannot listen"):
            Gateway(tmp_path / "second", upstream.address, open_site(upstream) | address)


def test_two_gateways_do_not_share_a_state_directory(tmp_path: Path, upstream: Upstream) -> None:
    (tmp_path / "second").mkdir()
    with Gateway(tmp_path, upstream.address, open_site(upstream)):
        shared = {"state": {"directory": str(tmp_path / "state")}}
        with pytest.raises(RuntimeError, match="in use by another gateway"):
            Gateway(tmp_path / "second", upstream.address, open_site(upstream) | shared)


def test_a_reload_survives_a_state_directory_that_is_gone(tmp_path: Path, upstream: Upstream) -> None:
    import shutil
    import signal

    with Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway, Line(gateway.port) as line:
        line.send(GOOD)
        before = line.answer()
        shutil.rmtree(tmp_path / "state")
        gateway.program.signal(signal.SIGHUP)
        time.sleep(0.5)
        line.send(GOOD)
        after = line.answer()

        assert before is not None
        assert after is not None
        assert (before.status, after.status) == (200, 200)


def test_a_missing_certificate_is_said_before_anybody_is_served(tmp_path: Path, upstream: Upstream) -> None:
    tls = {"certificate": "none.crt", "key": "none.key"}
    with pytest.raises(RuntimeError, match=r"none\.crt"):
        Gateway(tmp_path, upstream.address, {"listen": [{"address": "127.0.0.1:0", "tls": tls}]})
