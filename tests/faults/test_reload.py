"""Signals under load: a reload, a stop and the death of a worker cost no shopper anything."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.shoppers import Shoppers
from tests.support.upstream import OK, Pause, Upstream
from tests.vectors.case import GOOD, answer, get

FIRST = (answer(b"Content-Length: 5", body=b"first"),)
SECOND = (answer(b"Content-Length: 6", body=b"second"),)


def behind(upstream: Upstream) -> dict[str, Any]:
    """A site that allows everything, in front of `upstream`."""
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    return {"policy": {"import": [], "rules": []}, "sites": [{**site, "session_cookie": False}]}


def started_processes(gateway: Gateway, count: int) -> list[int]:
    """Process ids of the first `count` children, which are the workers."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    forked = [int(one) for one in children if b"proxy.cli" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return forked[:count]


def test_a_reload_under_load_fails_nobody_and_takes_effect(tmp_path: Path) -> None:
    with (
        Upstream(FIRST) as first,
        Upstream(SECOND) as second,
        Gateway(tmp_path, first.address, behind(first), workers=2) as gateway,
        Shoppers(gateway.port) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 20)
        for upstream in (second, first, second):
            gateway.document.update(behind(upstream))
            gateway.write()
            gateway.program.signal(signal.SIGHUP)
            moment = time.monotonic()
            assert shoppers.wait_for(lambda some, since=moment: len(some.since(since)) > 60)
        shoppers.go_home()

        assert shoppers.failed() == []
        assert {visit.body for visit in shoppers.visits} == {b"first", b"second"}
        assert {visit.body for visit in shoppers.visits[-5:]} == {b"second"}


def test_a_reload_lets_answers_under_way_end(tmp_path: Path) -> None:
    slow = (Pause(0.8), *FIRST)
    with (
        Upstream(slow) as first,
        Upstream(SECOND) as second,
        Gateway(tmp_path, first.address, behind(first)) as gateway,
        Line(gateway.port) as line,
    ):
        line.send(GOOD)
        assert first.wait(lambda one: len(one.seen) == 1)
        gateway.document.update(behind(second))
        gateway.write()
        gateway.program.signal(signal.SIGHUP)
        before = line.answer()
        line.send(GOOD)
        after = line.answer()
        versions = [event["stile"]["policy"]["version"] for event in gateway.events_within(2)]

        assert before is not None
        assert after is not None
        assert (before.body, after.body) == (b"first", b"second")
        assert len(set(versions)) == 2, "an event names the configuration that its request was judged by"


BROKEN = {
    "not YAML": "sites: [",
    "unknown key": "sitez: []\n",
    "unknown upstream scheme": "sites: [{hosts: ['*'], upstreams: ['ftp://x']}]\n",
    "rule that is no CEL": "sites: [{hosts: ['*'], upstreams: ['http://127.0.0.1:1']}]\n"
    "policy: {rules: [{name: a, when: 'request.', action: block}]}\n",
    "not UTF-8": "\udcff\udcfe",
    "empty": "",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_configuration_keeps_the_old_one_and_says_why(tmp_path: Path, text: str) -> None:
    with (
        Upstream(FIRST) as first,
        Gateway(tmp_path, first.address, behind(first)) as gateway,
        Line(gateway.port) as line,
    ):
        gateway.config_file.write_bytes(text.encode("utf-8", "surrogateescape"))
        gateway.program.signal(signal.SIGHUP)
        said = wait_until(lambda: "stile.yaml:" in gateway.program.said, 5.0)
        line.send(GOOD)
        heard = line.answer()

        assert said, gateway.program.said
        assert heard is not None
        assert heard.body == b"first"
        assert "Traceback" not in gateway.program.said


def test_a_stop_lets_answers_under_way_end(tmp_path: Path) -> None:
    with (
        Upstream((Pause(0.8), OK)) as upstream,
        Gateway(tmp_path, upstream.address, behind(upstream)) as gateway,
    ):
        with Line(gateway.port) as line, Line(gateway.port) as idle:
            line.send(GOOD)
            assert upstream.wait(lambda one: len(one.seen) == 1)
            gateway.program.signal(signal.SIGTERM)
            heard = line.answer()
            closed = line.closes(), idle.closes()
        status = gateway.program.process.wait(10)

        assert heard is not None
        assert (heard.status, heard.values(b"connection"), closed) == (200, [b"close"], (True, True))
        assert status == 0
        assert len(gateway.events()) == 1


def test_a_stop_refuses_who_comes_too_late(tmp_path: Path) -> None:
    with (
        Upstream((Pause(1.5), OK)) as upstream,
        Gateway(tmp_path, upstream.address, behind(upstream)) as gateway,
    ):
        with Line(gateway.port) as line:
            line.send(GOOD)
            assert upstream.wait(lambda one: len(one.seen) == 1)
            gateway.program.signal(signal.SIGTERM)
            time.sleep(0.5)
            refused = wait_until(lambda: connecting_fails(gateway.port), 0.5)
            assert line.answer() is not None

        assert refused, "connections are still taken, and nobody will answer them"


def connecting_fails(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_stop_does_not_wait_for_ever(tmp_path: Path) -> None:
    changes = {"limits": {"drain_timeout": "1s"}}
    with (
        Upstream((Pause(30), OK)) as upstream,
        Gateway(tmp_path, upstream.address, {**behind(upstream), **changes}) as gateway,
        Line(gateway.port) as line,
    ):
        line.send(get())
        assert upstream.wait(lambda one: len(one.seen) == 1)
        began = time.monotonic()
        gateway.program.signal(signal.SIGTERM)
        gateway.program.process.wait(10)

        assert time.monotonic() - began < 4
        assert len(gateway.events()) == 1


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with (
        Upstream() as upstream,
        Gateway(tmp_path, upstream.address, behind(upstream), workers=2) as gateway,
        Shoppers(gateway.port) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 20)
        time.sleep(1.0)  # a worker younger than a second is not forked again at once
        before = started_processes(gateway, 2)
        os.kill(before[0], signal.SIGKILL)
        moment = time.monotonic()
        assert wait_until(lambda: dead(gateway, before[0]), 3.0)
        assert shoppers.wait_for(lambda some: len(some.since(moment + 2)) > 40)
        shoppers.go_home()

        assert [visit for visit in shoppers.failed() if visit.began > moment + 2] == []
        assert max(visit.took for visit in shoppers.visits) < 3
        assert "worker.died" in gateway.program.said


def dead(gateway: Gateway, pid: int) -> bool:
    """True once another process has taken the place of `pid`."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return str(pid) not in children and len(children) >= 3
