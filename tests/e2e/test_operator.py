"""An operator at the command line: why was this refused, let them in, keep them out, watch only."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.gateway import Gateway
from tests.support.shop import Shop

PERSON = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Upgrade-Insecure-Requests": "1",
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, workers=2) as running:
        yield running


@pytest.fixture
def open_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """One without rules, where only orders refuse anybody."""
    no_rules = {"policy": {"import": [], "rules": []}}
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, no_rules, workers=2) as running:
        yield running


def stile(gateway: Gateway, *words: str) -> str:
    """What `stile` says to the operator of this gateway."""
    access = (
        "--admin", f"127.0.0.1:{gateway.admin_port}",
        "--token-file", str(gateway.folder / "state" / "admin.token"),
    )  # fmt: skip
    command = [sys.executable, "-m", "proxy.cli", *words, *access]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def knocks(gateway: Gateway, times: int, **headers: str) -> set[int]:
    """The statuses of some requests, each over a connection of its own, so that both workers are met."""
    return {
        requests.get(f"{gateway.url}/product/1001", headers={**PERSON, **headers}, timeout=10).status_code
        for _ in range(times)
    }


def test_a_refusal_is_explained_by_its_id(gateway: Gateway) -> None:
    refused = requests.get(f"{gateway.url}/product/1001", timeout=10)

    said = stile(gateway, "explain", refused.headers["Stile-Decision-Id"])

    assert refused.status_code == 403
    assert "automation_tool" in said
    assert "automation-tool" in said


def test_a_ban_holds_on_every_worker_at_once_and_is_lifted_at_once(open_gateway: Gateway) -> None:
    before = knocks(open_gateway, 8)
    stile(open_gateway, "ban", "127.0.0.1", "--for", "1h", "--reason", "test")
    banned = knocks(open_gateway, 8)
    stile(open_gateway, "unban", "127.0.0.1")
    after = knocks(open_gateway, 8)

    assert (before, banned, after) == ({200}, {403}, {200})


def test_a_pass_lets_even_a_declared_tool_in(gateway: Gateway) -> None:
    stile(gateway, "ban", "127.0.0.1", "--allow", "--for", "1h")

    assert knocks(gateway, 8, **{"User-Agent": "curl/8.0"}) == {200}


def test_in_monitor_mode_nobody_is_refused_and_the_log_says_who_would_be(gateway: Gateway) -> None:
    stile(gateway, "mode", "monitor")

    assert knocks(gateway, 4, **{"User-Agent": "curl/8.0"}) == {200}
    last = gateway.events_within(4)[-1]["stile"]["decision"]
    assert last == {"mode": "monitor", "would_action": "challenge", "enforced": False}


def test_metrics_add_up_over_workers(gateway: Gateway) -> None:
    knocks(gateway, 6, **{"User-Agent": "curl/8.0"})

    page = requests.get(f"http://127.0.0.1:{gateway.admin_port}/metrics", timeout=10).text

    assert 'stile_requests_total{action="challenge",mode="enforce",site="shop"} 6.0' in page
    assert "stile_workers 2.0" in page


def test_a_wrong_token_file_is_one_clear_line(gateway: Gateway, tmp_path: Path) -> None:
    token = tmp_path / "wrong"
    token.write_text("x" * 40)
    token.chmod(0o600)
    admin = f"127.0.0.1:{gateway.admin_port}"
    command = [sys.executable, "-m", "proxy.cli", "unban", "192.0.2.1", "--admin", admin]

    done = subprocess.run(
        [*command, "--token-file", str(token)], capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 1
    assert done.stderr.startswith("stile: ")
    assert len(done.stderr.splitlines()) == 1
