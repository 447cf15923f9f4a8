"""An operator replaces the model while people shop: nobody notices, and a broken bundle changes nothing."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from tests.e2e.test_operator import PERSON
from tests.support.bundles import a_stump, sealed
from tests.support.gateway import Event, Gateway
from tests.support.processes import wait_until
from tests.support.shipped import a_shipped, broken_bundles
from tests.support.shop import Shop

NOTICED_S = 15.0  # two looks, a second apart, on a machine that has other work
BROKEN = {
    name: case
    for name, case in broken_bundles().items()
    if name in {"truncated", "NaN", "another schema", "oversized", "another content"}
}
MILD = sealed(version="mild", base=0.0, trees=[a_stump(low=-1.0, high=-1.0)])
HARSH = sealed(version="harsh", base=0.0, trees=[a_stump(low=9.0, high=9.0)])


def put(path: Path, document: bytes) -> None:
    """Replace a bundle as a whole."""
    partial = path.with_suffix(".new")
    partial.write_bytes(document)
    partial.replace(path)


class Shoppers:
    """Traffic that goes on: visitors of six pages each, all statuses and faults kept."""

    def __init__(self, gateway: Gateway, threads: int = 3) -> None:
        self.gateway = gateway
        self.statuses: Counter[Any] = Counter()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._shop, args=(place,)) for place in range(threads)]

    def _shop(self, place: int) -> None:
        visitor = 0
        while not self._ending.is_set():
            visitor += 1
            with requests.Session() as session:
                agent = f"{PERSON['User-Agent']} visitor/{place}.{visitor}"
                session.headers.update({**PERSON, "User-Agent": agent})
                for page in range(6):
                    try:
                        url = f"{self.gateway.url}/product/{1001 + page}"
                        self.statuses[session.get(url, timeout=10).status_code] += 1
                    except requests.RequestException as error:
                        self.statuses[type(error).__name__] += 1

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()


def spoken(gateway: Gateway) -> list[Event]:
    """What models said, in the order of the log."""
    return [event["stile"]["model"] for event in gateway.events() if "model" in event["stile"]]


def metrics(gateway: Gateway) -> str:
    return requests.get(f"http://127.0.0.1:{gateway.admin_port}/metrics", timeout=10).text


def said(gateway: Gateway, message: str) -> list[dict[str, Any]]:
    """The lines of the application log with this message."""
    lines = [json.loads(line) for line in gateway.program.said.splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == message]


def workers_of(gateway: Gateway) -> list[int]:
    """The process ids of both workers, which are the first that the gateway forked."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    forked = [int(one) for one in children if b"proxy.cli" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return forked[:2]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """Two workers, without rules that would end a visit."""
    put(tmp_path / "model.json", a_shipped("first"))
    changes = {"model": {"path": "model.json"}, "policy": {"import": [], "rules": []}}
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, changes, workers=2) as running:
        yield running


def test_a_bundle_is_replaced_under_traffic_and_no_request_fails(gateway: Gateway) -> None:
    with Shoppers(gateway) as shoppers:
        assert wait_until(lambda: len(spoken(gateway)) > 20, NOTICED_S)
        for version in ("second", "third"):
            put(gateway.folder / "model.json", a_shipped(version))
            taken = f'version="{version}"}} 2.0'
            assert wait_until(lambda taken=taken: taken in metrics(gateway), NOTICED_S)
            seen = len(spoken(gateway))
            assert wait_until(lambda seen=seen: len(spoken(gateway)) > seen + 20, NOTICED_S)
    pairs = {(model["version"], model["sha256"]) for model in spoken(gateway)}
    sealed_as = {(v, json.loads(a_shipped(v))["sha256"][:12]) for v in ("first", "second", "third")}

    assert set(shoppers.statuses) == {200}
    assert pairs == sealed_as
    assert spoken(gateway)[-1]["version"] == "third"
    assert [event["stile"]["faults"] for event in gateway.events() if event["stile"]["faults"]] == []


@pytest.mark.slow
def test_broken_bundles_leave_the_last_good_one_and_are_named(gateway: Gateway) -> None:
    with Shoppers(gateway, threads=1) as shoppers:
        for number, (document, reason) in enumerate(BROKEN.values(), 1):
            put(gateway.folder / "model.json", document)
            count = f'stile_model_refused_total{{role="champion"}} {2.0 * number}'
            assert wait_until(lambda count=count: count in metrics(gateway), NOTICED_S)
            last = said(gateway, "model.refused")[-1]["labels"]
            assert (reason in last["reason"], last["kept"]) == (True, "first")
            assert last["path"] == str(gateway.folder / "model.json")
        ready = requests.get(f"http://127.0.0.1:{gateway.admin_port}/readyz", timeout=10)
        seen = len(spoken(gateway))
        assert wait_until(lambda: len(spoken(gateway)) > seen + 10, NOTICED_S)

    assert (ready.status_code, str(gateway.folder / "model.json") in ready.json()["model"]) == (200, True)
    assert {model["version"] for model in spoken(gateway)} == {"first"}
    assert set(shoppers.statuses) == {200}


def test_a_reload_takes_a_new_bundle_and_refuses_a_broken_one(gateway: Gateway) -> None:
    put(gateway.folder / "model.json", a_shipped("second"))
    gateway.program.signal(signal.SIGHUP)
    assert wait_until(lambda: 'version="second"} 2.0' in metrics(gateway), NOTICED_S)
    put(gateway.folder / "model.json", b"{")
    gateway.program.signal(signal.SIGHUP)
    assert wait_until(lambda: bool(said(gateway, "config.refused")), NOTICED_S)

    assert 'version="second"} 2.0' in metrics(gateway)


def test_a_worker_that_takes_over_from_a_dead_one_has_the_last_good_bundle(gateway: Gateway) -> None:
    put(gateway.folder / "model.json", a_shipped("second"))
    assert wait_until(lambda: 'version="second"} 2.0' in metrics(gateway), NOTICED_S)
    put(gateway.folder / "model.json", b"{")
    assert wait_until(lambda: len(said(gateway, "model.refused")) == 2, NOTICED_S)

    for worker in workers_of(gateway):
        os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: len(said(gateway, "model.refused")) == 4, NOTICED_S)

    assert 'version="second"} 2.0' in metrics(gateway)
    assert {line["labels"]["kept"] for line in said(gateway, "model.refused")} == {"second"}


@pytest.mark.slow
def test_a_challenger_shows_in_events_and_changes_no_action(tmp_path: Path) -> None:
    rule = {"name": "ask", "when": 'band == "high" || band == "certain"', "action": "challenge"}
    changes = {
        "model": {"path": "model.json", "challenger": "next.json"},
        "policy": {"import": [], "rules": [rule]},
        "evidence": {"browser_order": 0.0, "moved_headers": 0.0},  # what the client library does to headers
    }
    put(tmp_path / "model.json", MILD)
    put(tmp_path / "next.json", b"{")
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, changes) as gateway:
        with Shoppers(gateway, threads=1) as shoppers:
            assert wait_until(lambda: bool(said(gateway, "model.refused")), NOTICED_S)
            put(tmp_path / "next.json", HARSH)
            assert wait_until(lambda: len(heard(gateway)) > 10, NOTICED_S)
            told = metrics(gateway)
        actions, statuses = Counter(actions_of(gateway)), set(shoppers.statuses)
        put(tmp_path / "model.json", HARSH)
        with Shoppers(gateway, threads=1):
            assert wait_until(lambda: "challenge" in actions_of(gateway), NOTICED_S)

    assert {json.dumps(model) for model in heard(gateway) if model["version"] == "mild"} == {
        json.dumps({**named(MILD), "margin": -1.0, "challenger": {**named(HARSH), "margin": 4.0}})
    }
    assert (set(actions), statuses) == ({"allow"}, {200})
    assert 'stile_model_agreement_total{above="challenger",by="margin"}' in told
    assert 'stile_model_agreement_total{above="challenger",by="risk"}' in told


def heard(gateway: Gateway) -> list[Event]:
    """What models said where a challenger was asked as well."""
    return [model for model in spoken(gateway) if "challenger" in model]


def actions_of(gateway: Gateway) -> list[str]:
    return [event["event"]["action"] for event in gateway.events()]


def named(document: bytes) -> dict[str, str]:
    """A bundle as events name it."""
    bundle = json.loads(document)
    return {"version": bundle["version"], "sha256": bundle["sha256"][:12]}
