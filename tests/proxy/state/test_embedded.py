import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.state.embedded import EmbeddedStore, Started
from tests.support.stores import a_server, plain

OUTLIVED = """
import sys, time
from pathlib import Path
from proxy.state.embedded import EmbeddedStore
store = EmbeddedStore(Path(sys.argv[1]))
store.start()
print(store.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path):
    server = a_server(tmp_path / "state")
    yield server
    server.stop()


def gone(pid: int, within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def gone_soon(server: EmbeddedStore) -> bool:
    deadline = time.monotonic() + 1.0
    while server.alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    return not server.alive()


def test_starts_within_half_a_second(tmp_path):
    began = time.monotonic()
    server = a_server(tmp_path / "state")
    took_s = time.monotonic() - began
    server.stop()

    assert took_s < 0.5


def test_only_the_owner_may_enter_and_no_port_is_open(server):
    settings = plain(server.url).config_get()

    assert (server.directory.stat().st_mode & 0o777, settings["port"]) == (0o700, "0")


def test_idle_clients_are_forgotten_before_memory_runs_out(server):
    settings = plain(server.url).config_get("maxmemory*")

    assert (settings["maxmemory"], settings["maxmemory-policy"]) == (str(server.max_bytes), "volatile-lru")


def test_remembers_across_a_restart(server):
    plain(server.url).set("kept", "yes")
    server.stop()
    server.start()

    assert plain(server.url).get("kept") == b"yes"


def test_a_second_instance_is_refused_with_the_reason(server, monkeypatch):
    monkeypatch.setattr("proxy.state.embedded.LOCK_WAIT_S", 0.05)
    second = EmbeddedStore(server.directory).start()

    assert (second.url, second.reason) == ("", f"another instance uses {server.directory}")


def test_the_directory_is_free_again_after_a_stop(server):
    server.stop()
    second = EmbeddedStore(server.directory)
    started = second.start()
    second.stop()

    assert started.url


def test_a_killed_server_is_noticed(server):
    os.kill(server.pid, signal.SIGKILL)

    assert gone_soon(server)


def test_a_killed_server_comes_back_on_the_same_socket(server):
    url = server.url
    os.kill(server.pid, signal.SIGKILL)
    restarted = server.restart()

    assert (restarted.url, plain(url).ping()) == (url, True)


def test_a_server_that_runs_is_replaced_with_what_it_knew(server):
    plain(server.url).set("kept", "yes")
    server.restart()

    assert plain(server.url).get("kept") == b"yes"


def test_a_server_whose_socket_was_cleaned_away_is_replaced(server):
    plain(server.url).set("kept", "yes")
    Path(server.url.removeprefix("unix://")).unlink()
    noticed = not server.alive()
    server.restart()

    assert (noticed, plain(server.url).get("kept")) == (True, b"yes")


def test_an_unreadable_snapshot_is_set_aside(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "store.rdb").write_bytes(b"REDIS9999 this is no snapshot")
    server = a_server(tmp_path / "state")
    server.stop()

    assert (tmp_path / "state" / "store.unreadable").read_bytes().startswith(b"REDIS9999")


def test_a_path_too_long_for_a_socket_gets_another_socket(tmp_path):
    server = a_server(tmp_path / ("long" * 30))
    alive = plain(server.url).ping()
    server.stop()

    assert alive


def taken_by_others(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)


def linked_elsewhere(directory: Path) -> None:
    elsewhere = directory.with_name(f"{directory.name}-elsewhere")
    elsewhere.mkdir(mode=0o700)
    directory.symlink_to(elsewhere)


def taken_by_a_file(directory: Path) -> None:
    directory.write_text("in the way")


NOT_OURS = [taken_by_others, linked_elsewhere, taken_by_a_file]


@pytest.mark.parametrize("take", NOT_OURS)
def test_a_socket_directory_that_others_took_is_not_used(tmp_path, monkeypatch, take):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = a_server(tmp_path / ("long" * 30))
    directory = Path(server.url.removeprefix("unix://")).parent
    shutil.rmtree(directory)
    take(directory)
    refused = [server.restart() for _ in range(2)]
    server.stop()

    assert [(each.url, str(directory) in each.reason) for each in refused] == [("", True)] * 2
    assert directory.exists()


def test_a_socket_that_others_put_in_its_place_is_no_life(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = a_server(tmp_path / ("long" * 30))
    directory = Path(server.url.removeprefix("unix://")).parent
    alive = server.alive()
    shutil.rmtree(directory)
    taken_by_others(directory)
    (directory / "store.sock").touch()
    forged = server.alive()
    server.stop()

    assert (alive, forged) == (True, False)


def test_a_socket_directory_is_used_again_once_others_left_it(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = a_server(tmp_path / ("long" * 30))
    url = server.url
    directory = Path(url.removeprefix("unix://")).parent
    shutil.rmtree(directory)
    taken_by_others(directory)
    server.restart()
    directory.rmdir()
    restarted = server.restart()
    server.stop()

    assert restarted.url == url


def test_a_socket_directory_that_was_cleaned_away_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = a_server(tmp_path / ("long" * 30))
    directory = Path(server.url.removeprefix("unix://")).parent
    shutil.rmtree(directory)
    url = server.url
    restarted = server.restart()
    mode = directory.stat().st_mode & 0o777
    server.stop()

    assert (restarted.url, mode) == (url, 0o700)


@pytest.mark.parametrize(("hours", "kept"), [(47, True), (49, False)])
def test_an_unreadable_snapshot_is_kept_as_long_as_clients_are(tmp_path, hours, kept):
    (tmp_path / "state").mkdir()
    unreadable = tmp_path / "state" / "store.unreadable"
    unreadable.write_bytes(b"REDIS9999")
    then = time.time() - hours * 3600
    os.utime(unreadable, (then, then))
    a_server(tmp_path / "state").stop()

    assert unreadable.exists() is kept


def test_says_why_it_cannot_start(tmp_path):
    (tmp_path / "state").write_text("in the way")
    started = EmbeddedStore(tmp_path / "state").start()

    assert (started.url, started.reason[:31]) == ("", "the embedded store cannot start")


def test_says_that_a_server_ended_without_a_word(tmp_path):
    started = EmbeddedStore(tmp_path / "state", binary=Path("/bin/false")).start()

    assert started == Started("", "false did not start: it wrote no log")


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal of a parent is Linux's")
def test_no_server_outlives_a_killed_supervisor(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", OUTLIVED, str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        pid = int(supervisor.stdout.readline())
        supervisor.kill()

    assert gone(pid)


def test_a_relative_directory_is_as_good_as_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = EmbeddedStore(Path("state"))

    started = store.start()
    store.stop()

    assert started.url == f"unix://{tmp_path}/state/store.sock"
