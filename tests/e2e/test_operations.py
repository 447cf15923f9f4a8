"""An operator changes a running gateway: reload, rollback, a list that a timer replaces, a broken file."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.gateway import Gateway
from tests.support.processes import free_port, wait_until
from tests.support.shoppers import Shoppers
from tests.support.upstream import Upstream

TEAPOT = {"name": "teapots", "when": 'request.path == "/teapot"', "action": "block"}


def changes(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"policy": {"import": [], "rules": list(rules)}, **more}


def stile(gateway: Gateway, *words: str) -> tuple[int, str]:
    """Exit code and words of a command to this gateway."""
    access = ("--admin", f"127.0.0.1:{gateway.admin_port}", "--token-file", str(token_file(gateway)))
    command = [sys.executable, "-m", "proxy.cli", *words, *access]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


def token_file(gateway: Gateway) -> Path:
    return gateway.folder / "state" / "admin.token"


def status(gateway: Gateway, path: str = "/teapot") -> int:
    return requests.get(f"{gateway.url}{path}", timeout=10).status_code


def rewritten(gateway: Gateway, document: dict[str, Any]) -> None:
    gateway.document.update(document)
    gateway.write()


def reloaded(gateway: Gateway) -> requests.Response:
    """What the admin listener says to a reload."""
    token = token_file(gateway).read_text("utf-8").strip()
    url = f"http://127.0.0.1:{gateway.admin_port}/api/reload"
    return requests.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("operations")
    with Upstream() as shop, Gateway(folder, shop.address, changes(), workers=2) as gateway:
        yield gateway


@pytest.fixture
def gateway(running: Gateway) -> Gateway:
    """Two workers that let everybody in and follow no file, whatever happened before."""
    rewritten(running, changes(reload={"watch": "off"}))
    assert reloaded(running).ok
    return running


def test_a_reload_says_what_changed_and_a_rollback_takes_it_back(gateway: Gateway) -> None:
    before = status(gateway)
    rewritten(gateway, changes(TEAPOT))
    taken = stile(gateway, "reload")
    meanwhile = {status(gateway) for _ in range(6)}
    rewritten(gateway, changes({**TEAPOT, "wen": "true"}, {**TEAPOT, "name": "Bad Name"}))
    refused = stile(gateway, "reload")
    kept = stile(gateway, "versions")[1].splitlines()
    rolled_back = stile(gateway, "rollback")
    after = {status(gateway) for _ in range(6)}

    assert (before, meanwhile, after) == (200, {403}, {200})
    assert (taken[0], refused[0], rolled_back[0]) == (0, 1, 0)
    assert "on 2 of 2 workers\nrule teapots added" in taken[1]
    assert "did you mean 'when'?" in refused[1]
    assert "policy.rules[1].name" in refused[1]
    assert "on 2 of 2 workers\nrule teapots removed" in rolled_back[1]
    assert kept[0].startswith("* ")
    assert kept[0].endswith(" by admin")
    assert kept[1] == "    rule teapots added"
    files = [*(gateway.folder / "state" / "versions").iterdir()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_changed_file_is_taken_over_where_all_files_are_followed(gateway: Gateway) -> None:
    rewritten(gateway, changes(reload={"watch": "all"}))
    reloaded(gateway)
    rewritten(gateway, changes(TEAPOT))

    assert wait_until(lambda: status(gateway) == 403, 6.0)
    assert '"cause":"watch"' in gateway.program.said


def test_a_broken_file_refuses_to_start_unless_the_last_good_one_may(tmp_path: Path) -> None:
    text = "state:\n  directory: STATE\nsites: [\n"
    with Upstream() as shop:
        with Gateway(tmp_path, shop.address, changes(TEAPOT)) as gateway:
            good = gateway.config_file.read_text("utf-8")
        gateway.config_file.write_text(text.replace("STATE", str(tmp_path / "state")), "utf-8")
        command = [sys.executable, "-m", "proxy.cli", "run", str(gateway.config_file), "--workers", "1"]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        process = subprocess.Popen([*command, "--last-good"], stderr=subprocess.PIPE, text=True)
        try:
            assert wait_until(gateway.ready, 15.0)
            served = status(gateway)
            told = _get(gateway, "readyz")["config"]
            gateway.config_file.write_text(good, "utf-8")
            os.kill(process.pid, signal.SIGHUP)
            mended = wait_until(lambda: _get(gateway, "readyz")["config"] == "ok", 5.0)
        finally:
            process.terminate()
            said = process.communicate(timeout=15)[1]

        assert refused.returncode == 1
        assert "stile.yaml:" in refused.stderr
        assert (served, mended) == (403, True)
        assert "stile.yaml:" in told
        assert "config.last_good" in said


def _get(gateway: Gateway, path: str) -> dict[str, Any]:
    answer = requests.get(f"http://127.0.0.1:{gateway.admin_port}/{path}", timeout=10)
    return dict(answer.json())


def test_the_emergency_switch_lets_everybody_in_on_every_worker_and_back(gateway: Gateway) -> None:
    rewritten(gateway, changes(TEAPOT))
    reloaded(gateway)
    stile(gateway, "ban", "127.0.0.1")
    stile(gateway, "mode", "enforce", "--site", "shop")
    banned = {status(gateway, "/other") for _ in range(6)}
    code, said = stile(gateway, "mode", "allow-all", "--for", "30m")
    let_in = {status(gateway) for _ in range(6)}
    own = status(gateway, "/.stile/nothing-is-here")
    metrics = requests.get(f"http://127.0.0.1:{gateway.admin_port}/metrics", timeout=10).text
    stile(gateway, "mode", "configured")
    after = {status(gateway) for _ in range(6)}
    stile(gateway, "unban", "127.0.0.1")

    def passed() -> list[dict[str, Any]]:
        return [event for event in gateway.events() if event["stile"]["decision"]["mode"] == "allow-all"]

    assert (code, banned, let_in, after) == (0, {403}, {200}, {403})
    assert "every site: allow-all until " in said
    assert own == 404
    assert 'stile_allow_all{site="shop"} 1.0' in metrics
    assert wait_until(lambda: len(passed()) == 6, 5.0)
    assert {event["rule"]["name"] for event in passed()} == {"allow-all"}
    assert all("every request is allowed by order until " in str(event) for event in passed())
    assert "mode.ordered" in gateway.program.said


def test_the_emergency_switch_works_while_the_store_is_away(tmp_path: Path) -> None:
    away = {"state": {"redis": f"redis://127.0.0.1:{free_port()}/0"}}
    with Upstream() as shop, Gateway(tmp_path, shop.address, changes(TEAPOT, **away), workers=2) as gateway:
        before = {status(gateway) for _ in range(4)}
        _, said = stile(gateway, "mode", "allow-all")
        after = {status(gateway) for _ in range(6)}

        assert (before, after) == ({403}, {200})
        assert "on this node only" in said


def test_policies_in_a_row_fail_nobody_and_are_never_mixed(gateway: Gateway) -> None:
    def policy(number: int, key: str = "when") -> dict[str, Any]:
        return changes({"name": f"policy-{number}", key: 'request.path.startsWith("/")', "action": "allow"})

    rewritten(gateway, policy(0))
    names = {reloaded(gateway).json()["version"]: "policy-0"}
    told_before = len(gateway.events())
    refused = 0
    with Shoppers(gateway.port) as shoppers:
        for number in range(1, 21):
            rewritten(gateway, policy(number, "wen" if number % 5 == 0 else "when"))
            answer = reloaded(gateway)
            refused += answer.status_code == 422
            if answer.ok:
                names[answer.json()["version"]] = f"policy-{number}"
        shoppers.go_home()
    events = gateway.events_within(told_before + len(shoppers.visits))
    judged = [
        (event["rule"].get("name", ""), names.get(event["stile"]["policy"]["version"])) for event in events
    ]
    told = [pair for pair in judged if pair[0].startswith("policy-")]

    assert (len(names), refused) == (17, 4)
    assert shoppers.failed() == []
    assert [pair for pair in told if pair[0] != pair[1]] == []
    assert len(set(told)) > 3
