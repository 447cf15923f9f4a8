"""Certificates change while people shop: nobody is cut off, and a broken one changes nothing."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.test_reload import started_processes
from tests.support.certificates import Authority, Pair
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.tls_house import TlsHouse, get, names_of
from tests.support.upstream import OK, Upstream


def served(house: TlsHouse, name: str = "localhost") -> str:
    """The common name of the certificate that a new connection meets."""
    with (
        socket.create_connection(("127.0.0.1", house.tls_port), timeout=5) as sock,
        house.client(check=False).wrap_socket(sock, server_hostname=name) as tls,
    ):
        found = tls.getpeercert()
    assert found is not None
    return str(dict(part[0] for part in found["subject"])["commonName"])


def reload(house: TlsHouse, *pairs: Pair) -> None:
    """Name these certificates in the configuration and send SIGHUP."""
    house.document["listen"][1]["tls"] = {"certificates": [names_of(pair) for pair in pairs]}
    house.write()
    house.program.signal(signal.SIGHUP)


def test_a_renewed_certificate_drops_no_connection(tmp_path: Path) -> None:
    with (
        Upstream((OK,)) as upstream,
        TlsHouse(tmp_path, upstream.address, workers=2) as house,
        ExitStack() as stack,
    ):
        kept = [stack.enter_context(house.connection()) for _ in range(6)]
        assert [get(connection) for connection in kept] == [200] * 6
        fresh = house.authority.give("fresh", names=("localhost",))
        fresh.certificate.replace(house.pair.certificate)
        fresh.key.replace(house.pair.key)
        house.program.signal(signal.SIGHUP)

        assert wait_until(lambda: {served(house) for _ in range(8)} == {"fresh"})
        assert [get(connection) for connection in kept] == [200] * 6


def test_a_new_shop_s_certificate_joins_without_a_restart(tmp_path: Path) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address) as house:
        reload(house, house.pair, house.authority.give("new", names=("*.new.example",)))

        assert wait_until(lambda: served(house, "www.new.example") == "new")
        assert served(house, "shop.example") == "live"


def test_a_broken_certificate_keeps_the_old_one_and_says_why(tmp_path: Path) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address, workers=2) as house:
        other = house.authority.give("other")
        reload(house, house.pair, Pair(other.certificate, house.pair.key))

        assert wait_until(lambda: "config.refused" in house.program.said)
        assert f"{house.config_file}:" in house.program.said
        assert "listen[1].tls.certificates[1].key" in house.program.said
        assert {served(house) for _ in range(6)} == {"live"}


def test_a_worker_that_dies_after_the_files_broke_is_replaced(tmp_path: Path) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address) as house:
        house.pair.key.write_text("gone")
        worker = started_processes(house, 1)[0]
        os.kill(worker, signal.SIGKILL)

        assert wait_until(lambda: started_processes(house, 1) != [worker] and house.ready())
        assert house.get() == 200


def test_a_faulty_certificate_stops_the_start(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "halves")
    first, second = authority.give("first"), authority.give("second")
    listener = {"tls": names_of(Pair(first.certificate, second.key))}
    with Upstream((OK,)) as upstream, pytest.raises(RuntimeError) as caught:
        TlsHouse(tmp_path, upstream.address, {"listener": listener})

    assert re.search(
        r"stile\.yaml:\d+:\d+: listen\[1\]\.tls\.key: .*second\.key is not the key of", str(caught.value)
    )


def test_a_check_names_a_faulty_certificate(tmp_path: Path) -> None:
    pair = Authority(tmp_path).give("first")
    pair.key.write_text("")
    file = tmp_path / "stile.yaml"
    names = ", ".join(f"{name}: {path}" for name, path in names_of(pair).items())
    file.write_text(
        f"listen: [{{address: '127.0.0.1:1', tls: {{{names}}}}}]\nsites: [{{upstreams: ['http://127.0.0.1:1']}}]\n"
    )

    told = subprocess.run(
        [sys.executable, "-m", "proxy.cli", "check", str(file)], capture_output=True, text=True, check=False
    )

    assert told.returncode == 1
    assert "listen[0].tls.key: " in told.stderr


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_resumes_at_any_worker_also_after_a_renewal(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address, workers=3) as house:
        context = house.client(check=False)
        context.minimum_version = context.maximum_version = version
        session = visited(house, context, None)[1]

        before = [visited(house, context, session)[0] for _ in range(12)]
        house.program.signal(signal.SIGHUP)
        assert wait_until(lambda: house.program.said.count("config.loaded") == 3)
        after = [visited(house, context, session)[0] for _ in range(12)]

        assert (before, after) == ([True] * 12, [True] * 12)


def visited(
    house: TlsHouse, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[bool, ssl.SSLSession]:
    """One request with `session`: whether it was resumed, and the session to go on with."""
    with (
        socket.create_connection(("127.0.0.1", house.tls_port), timeout=5) as sock,
        context.wrap_socket(sock, server_hostname="localhost", session=session) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert tls.recv(4096).startswith(b"HTTP/1.1 200")
        assert tls.session is not None
        return bool(tls.session_reused), tls.session


def test_a_silent_client_is_cut_in_time(tmp_path: Path) -> None:
    changes = {"limits": {"handshake_timeout": "1s"}}
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address, changes) as house:
        started = time.monotonic()
        with Line(house.tls_port) as silent, Line(house.tls_port) as slow:
            slow.drip(b"\x16\x03\x01\x02\x00\x01")

            assert silent.closes()
            assert slow.closes()
        assert 0.8 < time.monotonic() - started < 3.0


def test_a_flood_of_silent_clients_shuts_nobody_out(tmp_path: Path) -> None:
    changes = {"limits": {"max_handshakes": 50}}
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address, changes) as house:
        silent = [Line(house.tls_port) for _ in range(300)]

        assert house.get() == 200
        for line in silent:
            line.reset()


def test_a_stop_does_not_wait_for_silent_clients(tmp_path: Path) -> None:
    changes = {"limits": {"handshake_timeout": "60s", "drain_timeout": "30s"}}
    with Upstream((OK,)) as upstream, TlsHouse(tmp_path, upstream.address, changes) as house:
        silent = Line(house.tls_port)
        started = time.monotonic()
        house.program.signal(signal.SIGTERM)

        assert wait_until(lambda: not house.program.running, 10.0)
        assert time.monotonic() - started < 5.0
        silent.reset()
