"""Every line is read, counted or shown; no session is lost, cut or held for longer than it lasts."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.access_log import AccessLog
from analysis.evaluation.input import (
    MAX_ACTS,
    SHOWN,
    Garbled,
    InputFault,
    Source,
    labelled_sessions,
    printable,
)
from analysis.evaluation.labelled_events import Labelled
from analysis.evaluation.rows import Sample, rows_of
from analysis.labels import Label, label_of
from analysis.sessions import sessions_of
from tests.analysis.evaluation.test_labelled_events import SOLVED, an_event
from tests.support.logs import CRAWLER, LINE, a_line, a_log, written


def read(path: Path) -> tuple[Source, list[Labelled]]:
    source = Source(path)
    return source, list(labelled_sessions([source]))


def second_of(line: str) -> int:
    hours, minutes, seconds = line.partition("2026:")[2][:8].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def test_sessions_are_those_of_the_whole_log_read_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, a_log(1), "shop.log")
    at_once = [each for each in sessions_of(AccessLog(path), "shop") if label_of(each) is not Label.UNKNOWN]
    _, found = read(path)

    assert {item.session for item in found} == set(at_once)


def test_lines_a_minute_out_of_order_make_the_same_sessions(tmp_path: Path) -> None:
    lines = a_log(1).splitlines()
    chance = Random(3)
    mixed = sorted(lines, key=lambda line: second_of(line) + chance.randrange(50))
    _, in_order = read(written(tmp_path, lines, "shop.log"))
    _, found = read(written(tmp_path, mixed, "shop.log"))

    assert len(found) == len(in_order)
    assert sum(len(each.session.acts) for each in found) == sum(len(each.session.acts) for each in in_order)


def test_a_day_appended_before_its_time_is_read_as_well(tmp_path: Path) -> None:
    days = [*(a_line(90_000 + at, "192.0.2.1", "/", agent=CRAWLER) for at in range(3))]
    days += [a_line(at, "192.0.2.1", "/", agent=CRAWLER) for at in range(3)]
    _, found = read(written(tmp_path, [line for _, line in days]))

    assert [len(item.session.acts) for item in found] == [3, 3]


def test_compressed_or_not_is_told_by_the_first_bytes(tmp_path: Path) -> None:
    packed = tmp_path / "shop.log"
    packed.write_bytes(gzip.compress(a_log(1).encode()))
    plain, found = read(packed)

    assert (plain.kind, plain.truncated, len(found) > 0) == ("combined log", False, True)


def test_a_compressed_log_that_ends_early_is_read_so_far(tmp_path: Path) -> None:
    packed = tmp_path / "shop.log.gz"
    packed.write_bytes(gzip.compress(a_log(1).encode())[:-2000])
    source, found = read(packed)

    assert source.truncated
    assert found


def test_logs_and_events_are_read_side_by_side(tmp_path: Path) -> None:
    log = written(tmp_path, a_log(1), "shop.log")
    events = written(tmp_path, [json.dumps(an_event(at, **SOLVED)) for at in range(4)], "events.jsonl")
    sources = [Source(log), Source(events)]
    found = list(labelled_sessions(sources))

    assert [source.kind for source in sources] == ["combined log", "events"]
    assert {item.session.site for item in found} == {"shop", an_event()["service"]["name"]}


def test_lines_that_say_nothing_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    source, _ = read(written(tmp_path, [LINE, "a", LINE, "\x1b[2Jb", "c", "d"]))

    assert (source.lines, source.malformed) == (6, 4)
    assert source.garbled == [Garbled(2, "a"), Garbled(4, "\\x1b[2Jb"), Garbled(5, "c")]


@pytest.mark.parametrize("line", ["{", "[]", "1", '{"stile":{}}', '{"event":[]}', "null", '{"url":'])
def test_an_event_that_is_none_is_counted(tmp_path: Path, line: str) -> None:
    source, _ = read(written(tmp_path, [json.dumps(an_event()), line], "events.jsonl"))

    assert (source.lines, source.malformed) == (2, 1)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe\x80" * 300, b"no log\n" * 9, b'{"a": 1}\n' * 4])
def test_a_file_of_which_nothing_is_understood_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(content)

    with pytest.raises(InputFault, match="not one of"):
        read(path)


def test_compressed_data_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.log.gz"
    path.write_bytes(b"\x1f\x8b" + bytes(range(256)) * 9)

    with pytest.raises(InputFault, match="cannot be read"):
        read(path)


@given(st.binary(max_size=400))
def test_what_is_shown_of_a_line_cannot_move_a_cursor(line: bytes) -> None:
    shown = printable(line)

    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 83


def test_an_endless_session_is_cut_off_not_kept(tmp_path: Path) -> None:
    lines = [a_line(at, "192.0.2.1", f"/{at}", agent=CRAWLER)[1] for at in range(MAX_ACTS + 50)]
    _, (found,) = read(written(tmp_path, lines))

    assert len(found.session.acts) == MAX_ACTS


def test_a_sample_holds_so_many_acts_and_whole_subnets(tmp_path: Path) -> None:
    lines = [a_line(0, f"10.0.{net}.{host}", "/", agent=CRAWLER)[1] for net in range(40) for host in range(5)]
    _, items = read(written(tmp_path, lines))
    sample = Sample(most=100)
    for item in items:
        sample.add(item)
    kept = [item.session.address.rpartition(".")[0] for item in sample.sessions()]

    assert len(kept) == 100
    assert {kept.count(net) for net in kept} == {5}
    assert sample.left_out == 100


def test_rows_begin_with_the_first_page(tmp_path: Path) -> None:
    lines = [a_line(at, "192.0.2.1", f"/{at}", agent=CRAWLER)[1] for at in range(7)]
    _, items = read(written(tmp_path, lines))
    rows = rows_of(items)

    assert rows.visited.tolist() == [1, 2, 3, 5, 7]
    assert rows.last.tolist() == [False, False, False, False, True]


def test_no_more_lines_are_shown_than_said() -> None:
    source = Source(Path("x"))
    for _ in range(9):
        source.cannot_read(b"x")

    assert len(source.garbled) == SHOWN
