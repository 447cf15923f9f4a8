"""The result is the same however the work is dealt out."""

import gzip
from pathlib import Path

import orjson
import pytest

from analysis.replaying.document import as_json
from analysis.replaying.engine import SMALL_BYTES, run
from analysis.replaying.shards import AT_ONCE, LONG_BYTES, SHARDS, Job, judged, shard_of
from analysis.replaying.source import SourceFault, sources_of
from analysis.replaying.state import StateFault, finished_shards, keep
from tests.support.logs import LINE, a_line, a_log, written

SITE = 'sites:\n  - hosts: ["*"]\n    upstreams: ["http://127.0.0.1:1"]\n'
STRICT = "bands: {trusted: 5, low: 20, elevated: 40, high: 60}\n"
NEIGHBOURS = (
    "policy:\n  rules:\n    - name: busy-subnet\n"
    "      when: client.rate('subnet', '1d') > 400.0\n      action: throttle\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = written(tmp_path, a_log(3, people=90, crawlers=60))
    assert path.stat().st_size > SMALL_BYTES
    return path


def a_job(folder: Path, *logs: Path, more: str = NEIGHBOURS) -> Job:
    before = written(folder, SITE, "before.yaml")
    after = written(folder, SITE + STRICT + more, f"after{len(more)}.yaml")
    return Job(sources_of(logs), before, after)


def as_bytes(job: Job, processes: int = 1, state: Path | None = None) -> bytes:
    return orjson.dumps(as_json(run(job, processes, state)))


def test_two_processes_find_what_one_finds(tmp_path: Path, log: Path) -> None:
    job = a_job(tmp_path, log)

    assert as_bytes(job, processes=2) == as_bytes(job, processes=1)


def test_the_log_gives_every_shard_something_to_disagree_about(tmp_path: Path, log: Path) -> None:
    report = run(a_job(tmp_path, log), processes=1)

    assert (report.judged, report.flips["allow", "throttle"] > 100) == (report.lines, True)


def test_an_interrupted_replay_goes_on_and_finds_the_same(tmp_path: Path, log: Path) -> None:
    job, state = a_job(tmp_path, log), tmp_path / "state"
    keep(state, job, judged(job, (0, 1, 2, 3), lambda _: None))

    assert as_bytes(job, state=state) == as_bytes(job)


def test_finished_shards_are_not_judged_again(tmp_path: Path, log: Path) -> None:
    job, state = a_job(tmp_path, log), tmp_path / "state"
    run(job, 1, state)
    taken: list[float] = []
    run(job, 1, state, taken.append)

    assert (sorted(finished_shards(state, job)), taken) == (list(range(SHARDS)), [])


def test_the_state_of_another_replay_is_refused(tmp_path: Path, log: Path) -> None:
    state = tmp_path / "state"
    keep(state, a_job(tmp_path, log), {})
    other = a_job(tmp_path, log, more="")

    with pytest.raises(StateFault, match="belongs to another replay"):
        run(other, 1, state)


@pytest.mark.parametrize("text", ["", "{}", '{"of": "x", "shards": {"0": {}}}', "[1]"])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, log: Path, text: str) -> None:
    with pytest.raises(StateFault, match="no state of a replay"):
        run(a_job(tmp_path, log), 1, written(tmp_path, text, "state"))


def test_neighbours_share_a_shard() -> None:
    assert {shard_of(f"198.51.100.{number}") for number in range(256)} == {shard_of("198.51.100.7")}
    assert shard_of("2001:db8:1:2::3") == shard_of("2001:db8:1:ffff::1")


def test_all_shards_are_used() -> None:
    shards = {shard_of(f"10.{high}.{low}.1") for high in range(16) for low in range(16)}

    assert shards == set(range(SHARDS))


def test_logs_are_read_in_the_order_of_their_times(tmp_path: Path, log: Path) -> None:
    lines = log.read_text("latin-1").splitlines(keepends=True)
    half = len(lines) // 2
    second = written(tmp_path, "".join(lines[half:]), "access.log.0")
    first = tmp_path / "access.log.1.gz"
    first.write_bytes(gzip.compress("".join(lines[:half]).encode("latin-1")))

    assert as_bytes(a_job(tmp_path, second, first)) == as_bytes(a_job(tmp_path, log))


def test_a_compressed_log_that_was_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress((LINE + "\n").encode() * 3)[:-8])
    report = run(a_job(tmp_path, path), processes=1)

    assert (report.judged, report.truncated) == (3, 1)


def test_events_and_access_logs_are_not_mixed(tmp_path: Path, log: Path) -> None:
    events = written(tmp_path, ['{"stile": {}}'], "events.jsonl")

    with pytest.raises(SourceFault, match="cannot be replayed together"):
        sources_of([log, events])


def test_no_line_is_left_waiting_for_others_of_its_shard(tmp_path: Path) -> None:
    paths = ["/", "/" + "a" * LONG_BYTES, *("/page" for _ in range(AT_ONCE)), "/last"]
    lines = [a_line(second, "198.51.100.7", path)[1] for second, path in enumerate(paths)]
    report = run(a_job(tmp_path, written(tmp_path, lines)), processes=1)

    assert report.judged == len(paths)
