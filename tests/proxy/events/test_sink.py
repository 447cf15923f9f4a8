"""Lines reach the log whole and in order; a log that cannot take them never keeps a request waiting."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from proxy.events.sink import Sink
from proxy.events.target import Target
from tests.support.events import a_line

LINE = a_line()
SHARED = """
import sys
from pathlib import Path
from proxy.events.sink import Sink
sink = Sink(sys.argv[1], Path(sys.argv[2]), bound=100_000)
sink.start()
for number in range(300):
    facts = (sys.argv[3].encode(), number, b"x" * 9000)
    sink.emit(b'{"worker":"%s","number":%d,"pad":"%s","stile":{"a":1}}\\n' % facts)
sys.exit(sink.close(30))
"""


def numbered(count: int) -> list[bytes]:
    return [b'{"number":%d,"stile":{"state":{}}}\n' % number for number in range(count)]


def until(claim, within_s: float = 10.0) -> bool:
    """True as soon as the claim holds."""
    deadline = time.monotonic() + within_s
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def started(path: Path | str, lock: Path | None, **settings: float) -> Sink:
    sink = Sink(str(path), lock, **settings)
    sink.start()
    return sink


def test_lines_arrive_whole_and_in_order(tmp_path, lock):
    sink = started(tmp_path / "events.log", lock)
    lines = numbered(2000)
    for line in lines:
        sink.emit(line)

    assert (sink.close(), (tmp_path / "events.log").read_bytes()) == (0, b"".join(lines))


def test_an_event_is_written_soon_without_another_one(tmp_path, lock):
    path = tmp_path / "events.log"
    sink = started(path, lock)
    time.sleep(0.1)
    sink.emit(LINE)

    assert until(lambda: path.exists() and path.read_bytes() == LINE)
    sink.close()


def test_a_log_that_was_moved_is_begun_anew_after_reopen(tmp_path, lock):
    path, old = tmp_path / "events.log", tmp_path / "events.log.1"
    sink = started(path, lock)
    sink.emit(numbered(2)[0])
    until(lambda: sink.written == 1)
    path.rename(old)
    sink.reopen()
    sink.emit(numbered(2)[1])
    sink.close()

    assert [old.read_bytes(), path.read_bytes()] == numbered(2)


def test_a_log_that_was_moved_is_noticed_without_being_told(tmp_path, lock, monkeypatch):
    monkeypatch.setattr("proxy.events.target.WATCH_S", 0.0)
    path = tmp_path / "events.log"
    sink = started(path, lock)
    sink.emit(numbered(2)[0])
    until(lambda: sink.written == 1)
    path.rename(tmp_path / "events.log.1")
    sink.emit(numbered(2)[1])
    sink.close()

    assert path.read_bytes() == numbered(2)[1]


def test_rotation_while_events_come_in_loses_none(tmp_path, lock):
    path = tmp_path / "events.log"
    sink = started(path, lock, bound=100_000)
    lines = numbered(3000)
    for number, line in enumerate(lines):
        sink.emit(line)
        if number % 500 == 499:
            until(path.exists, 1.0)
            path.rename(tmp_path / f"events.log.{number}")
            sink.reopen()
            time.sleep(0.03)
    sink.close()
    written = b"".join(file.read_bytes() for file in tmp_path.glob("events.log*"))

    assert sorted(written.splitlines(keepends=True)) == sorted(lines)


def test_a_log_that_was_copied_and_truncated_goes_on_from_its_start(tmp_path, lock):
    path = tmp_path / "events.log"
    sink = started(path, lock)
    sink.emit(numbered(2)[0])
    until(lambda: sink.written == 1)
    os.truncate(path, 0)
    sink.emit(numbered(2)[1])
    sink.close()

    assert path.read_bytes() == numbered(2)[1]


def test_a_full_disk_loses_only_what_exceeds_the_bound_and_says_so(tmp_path, lock):
    disk = tmp_path / "events.log"
    disk.symlink_to("/dev/full")
    sink = started(disk, lock, bound=10, retry_s=0.02)
    sink.emit(numbered(1)[0])
    until(lambda: sink.queued == 1 and not sink._backlog.lines)
    for line in numbered(15):
        sink.emit(line)
    disk.unlink()
    sink.reopen()
    sink.close()
    told = [json.loads(line)["stile"].get("lost_events") for line in disk.read_bytes().splitlines()]

    assert (sink.lost, told) == (5, [5, *[None] * 10])


def test_a_disk_that_fills_up_within_a_line_keeps_whole_lines_only(tmp_path, lock):
    path = tmp_path / "events.log"
    target = Target(str(path), lock, lambda: False)
    lines = numbered(10)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(lines[0]) * 3 + 7, hard))
    try:
        written = target.write(lines)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    target.close()

    assert (written, path.read_bytes()) == (3, b"".join(lines[:3]))


def test_a_pipe_without_a_reader_waits_for_one(tmp_path, lock):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sink = started(pipe, lock, retry_s=0.02)
    sink.emit(LINE)
    time.sleep(0.1)
    with pipe.open("rb") as reader:
        line = reader.readline()
        sink.close()

    assert line == LINE


def test_emit_does_not_wait_for_a_reader_that_has_stopped(tmp_path, lock):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sink = started(pipe, lock, bound=100)
    begun = time.perf_counter()
    for _ in range(5000):
        sink.emit(LINE)
    took_s = time.perf_counter() - begun
    sink.close(0.1)
    os.close(reader)

    assert (took_s < 1.0, sink.lost > 4000) == (True, True)


def test_closing_waits_only_so_long(tmp_path, lock):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sink = started(pipe, lock)
    sink.emit(LINE)
    begun = time.monotonic()
    lost = sink.close(0.2)

    assert (lost, time.monotonic() - begun < 2.0) == (1, True)


def test_a_log_that_cannot_be_opened_fails_nobody(tmp_path, lock):
    sink = started(tmp_path / "absent" / "events.log", lock, retry_s=0.02)
    sink.emit(LINE)
    time.sleep(0.1)
    (tmp_path / "absent").mkdir()
    sink.close()

    assert (tmp_path / "absent" / "events.log").read_bytes() == LINE


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_workers_that_share_a_log_never_mix_their_lines(tmp_path, lock, kind):
    path = tmp_path / "events"
    gathered: list[bytes] = []
    reader = None
    if kind == "pipe":
        os.mkfifo(path)
        held = os.open(path, os.O_RDWR)  # a reader sees no end while workers start one after the other
        reader = threading.Thread(target=lambda: gathered.append(path.read_bytes()))
        reader.start()
    workers = [
        subprocess.Popen([sys.executable, "-c", SHARED, str(path), str(lock), name], cwd=Path.cwd())
        for name in "abc"
    ]
    losses = [worker.wait(60) for worker in workers]
    if reader is not None:
        os.close(held)
        reader.join(60)
    content = gathered[0] if kind == "pipe" else path.read_bytes()
    events = [json.loads(line) for line in content.splitlines()]
    orders = [[event["number"] for event in events if event["worker"] == name] for name in "abc"]

    assert (losses, orders) == ([0, 0, 0], [list(range(300))] * 3)


def test_standard_output_is_a_log_too(tmp_path):
    program = SHARED.replace("range(300)", "range(3)")
    done = subprocess.run(
        [sys.executable, "-c", program, "-", str(tmp_path / "lock"), "a"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert [json.loads(line)["number"] for line in done.stdout.splitlines()] == [0, 1, 2]
