"""A gateway says at its start which store it has; only one that will never do keeps it from starting."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.loader import load
from config.reading import read_file
from config.where import StoreKind
from proxy.faults import OwnFault
from proxy.state.entrance import entrance_of
from proxy.state.survey import acl_line
from tests.support.clusters import Node
from tests.support.gateway import Gateway
from tests.support.processes import Program, wait_until

UPSTREAM = "http://127.0.0.1:9"
SECRET = "geheim"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("store")) as node:
        node.do(*acl_line("stile:", StoreKind.SINGLE).replace("PASSWORD", SECRET).split())
        yield node


def lines(gateway: Gateway, message: str) -> list[dict[str, Any]]:
    """What the gateway logged under this name."""
    said = [json.loads(line) for line in gateway.program.said.splitlines() if line.startswith("{")]
    return [line["labels"] for line in said if line["message"] == message]


def state(**settings: Any) -> dict[str, Any]:
    return {"state": settings}


def test_the_private_store_is_named(tmp_path):
    with Gateway(tmp_path, UPSTREAM) as gateway:
        (named,) = lines(gateway, "state.store")

    assert (named["mode"], named["version"] != "", named["latency_ms"] < 50.0) == ("embedded", True, True)


def test_a_store_with_a_user_and_a_password_file_is_named_and_shared(tmp_path, store):
    (tmp_path / "password").write_text(f"{SECRET}\n", "utf-8")
    url = store.url.replace("redis://", "redis://stile@")
    with Gateway(tmp_path, UPSTREAM, state(redis=url, password_file="password")) as gateway:
        (named,) = lines(gateway, "state.store")
        connected = wait_until(lambda: len(lines(gateway, "state.connected")) == 1)

    assert (named["address"], named["mode"], connected) == (store.url, "single", True)
    assert (lines(gateway, "state.unavailable"), SECRET in gateway.program.said) == ([], False)


def test_a_store_that_may_evict_orders_is_warned_about(tmp_path, store):
    store.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        with Gateway(tmp_path, UPSTREAM, state(redis=store.url)) as gateway:
            (warned,) = lines(gateway, "state.eviction")
    finally:
        store.do("CONFIG", "SET", "maxmemory-policy", "noeviction")

    assert warned["policy"] == "allkeys-lru"


def test_a_store_that_is_away_keeps_nobody_from_starting(tmp_path):
    with Gateway(tmp_path, UPSTREAM, state(redis=f"redis://stile:{SECRET}@127.0.0.1:1")) as gateway:
        (unavailable,) = lines(gateway, "state.unavailable")

    assert (unavailable["reason"], SECRET in gateway.program.said) == (
        "127.0.0.1:1: Connection refused",
        False,
    )


def written(tmp_path: Path, section: dict[str, Any]) -> Path:
    """A configuration with this section `state`."""
    document = {
        "listen": [{"address": "127.0.0.1:0"}],
        "state": section,
        "sites": [{"upstreams": [UPSTREAM]}],
    }
    file = tmp_path / "stile.yaml"
    file.write_text(json.dumps(document), "utf-8")
    return file


def end_of(tmp_path: Path, section: dict[str, Any], command: str = "run") -> tuple[int, str]:
    """How `stile run` or `stile check` ends with this section, and what it says."""
    file = written(tmp_path, section)
    with Program([sys.executable, "-m", "proxy.cli", command, str(file)], tmp_path / "said") as program:
        assert wait_until(lambda: not program.running)
        return program.process.returncode, program.said


def test_a_store_that_forbids_what_we_need_is_refused_in_one_line(tmp_path, store):
    store.do("ACL", "SETUSER", "poor", "on", f">{SECRET}", "~*", "&*", "+@all", "-hset")
    url = store.url.replace("redis://", f"redis://poor:{SECRET}@")
    status, said = end_of(tmp_path, {"redis": url, "directory": str(tmp_path)})

    assert (status, said) == (
        1,
        f"stile: state.redis: {store.url} forbids HSET; cure: ACL SETUSER poor +hset\n",
    )


BROKEN = {
    "no password file": ({"redis": "redis://a", "password_file": "none"}, "state.password_file: "),
    "an empty password file": ({"redis": "redis://a", "password_file": "empty"}, "is empty"),
    "no certificate": ({"redis": "rediss://a", "tls": {"ca": "none"}}, "No such file"),
    "no certificate in the file": ({"redis": "rediss://a", "tls": {"ca": "empty"}}, "state.tls: "),
}


@pytest.mark.parametrize(("section", "words"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_needed_to_enter_is_missed_before_anybody_is_served(tmp_path, section, words):
    (tmp_path / "empty").touch()
    file = written(tmp_path, section)

    with pytest.raises(OwnFault, match=words):
        entrance_of(load(str(file), read_file).state)


def test_a_check_names_the_files_that_are_missing_and_no_password(tmp_path):
    section = {
        "redis": f"rediss://stile:{SECRET}@a",
        "tls": {"ca": "ca.pem", "certificate": "a.crt", "key": "a.key"},
    }
    status, said = end_of(tmp_path, section, "check")

    assert status == 1
    assert [name in said for name in ("state.tls.ca", "state.tls.certificate", "state.tls.key", SECRET)] == [
        *[True] * 3,
        False,
    ]
