"""A log is read line by line whatever it holds."""

import gzip
from pathlib import Path

import pytest

from analysis.access_log import AccessLog, Entry
from analysis.lines import MAX_LINE_BYTES
from detectors.behaviour.step import Kind, step_of
from tests.support.logs import LINE, written

SAMPLES = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "logs" / "log_advertools_samples"
ASKED = '"GET /shoes HTTP/1.1"'


def entries(folder: Path, *lines: str) -> list[Entry]:
    return list(AccessLog(written(folder, lines)))


def test_a_combined_line_is_a_request_and_its_answer(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, LINE)
    request = entry.request

    assert (
        request.method,
        request.path,
        request.address,
        request.arrived,
        request.http_version,
        request.text(b"referer"),
        request.text(b"user-agent"),
        entry.status,
        entry.size,
    ) == (
        "GET",
        "/shoes",
        "203.0.113.7",
        1_767_225_605,
        "1.1",
        "https://shop.example.com/",
        "Mozilla/5.0",
        200,
        512,
    )


READ = {
    "common format": LINE[: LINE.index(' "https')],
    "IPv6": LINE.replace("203.0.113.7", "2001:db8::7"),
    "a user": LINE.replace("- - [", "- alice smith ["),
    "no size": LINE.replace(" 512 ", " - "),
    "another zone": LINE.replace("+0000", "-0730"),
    "a quoted quote": LINE.replace("Mozilla/5.0", 'say \\"hello\\"'),
    "a space at the end": LINE + " ",
    "Windows line ends": LINE + "\r",
    "bytes beyond ASCII": LINE.replace("Mozilla", "Mözilla"),
}
NOT_READ = {
    "words": "Error line 1",
    "a TLS hello": LINE.replace(ASKED, '"\\x16\\x03\\x01\\x00"'),
    "no request": LINE.replace(ASKED, '"-"'),
    "no such month": LINE.replace("/Jan/", "/Foo/"),
    "no such time": LINE.replace(":05 +", ":xx +"),
    "no status": LINE.replace(" 200 ", " - "),
    "cut off": LINE[:-20],
    "an open quote": LINE.replace('shoes HTTP/1.1"', "shoes HTTP/1.1"),
}


@pytest.mark.parametrize("line", READ.values(), ids=READ)
def test_reads(tmp_path: Path, line: str) -> None:
    assert [entry.request.path for entry in entries(tmp_path, line)] == ["/shoes"]


@pytest.mark.parametrize("line", NOT_READ.values(), ids=NOT_READ)
def test_counts_what_it_cannot_read_and_goes_on(tmp_path: Path, line: str) -> None:
    log = AccessLog(written(tmp_path, [LINE, line, LINE]))

    assert (len(list(log)), log.lines, log.malformed) == (2, 3, 1)


def test_escapes_are_undone_before_the_path_is_made_plain(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, LINE.replace("/shoes", "/a/../%73hoes\\xc3\\xa9"))

    assert entry.request.path == "/shoesé"


def test_zones_are_heeded(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, LINE.replace("+0000", "+0530"))

    assert entry.request.arrived == 1_767_225_605 - 5.5 * 3600


def test_a_dash_is_no_header(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, LINE.replace('"https://shop.example.com/"', '"-"'))

    assert b"referer" not in entry.request.fields


def test_an_endless_line_is_one_malformed_line(tmp_path: Path) -> None:
    log = AccessLog(written(tmp_path, [LINE, "x" * (3 * MAX_LINE_BYTES), LINE]))

    assert (len(list(log)), log.lines, log.malformed) == (2, 3, 1)


def test_compressed_logs_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(gzip.compress((LINE + "\n").encode() * 3))

    assert len(list(AccessLog(path))) == 3


def test_a_compressed_log_that_ends_early_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress((LINE + "\n").encode() * 3)[:-8])
    log = AccessLog(path)

    assert (len(list(log)), log.truncated) == (3, True)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample logs are not on this machine")
@pytest.mark.parametrize(
    ("name", "read", "malformed"),
    [
        ("combined_no_errors.log", 885, 0),
        ("dreamhost_apache_access.log", 129, 0),
        ("nginx_access.log", 956, 44),
        ("apache_error.log", 0, 12),
    ],
)
def test_real_logs_are_read(name: str, read: int, malformed: int) -> None:
    log = AccessLog(SAMPLES / name)

    assert (len(list(log)), log.malformed) == (read, malformed)


def test_an_answer_that_switches_protocols_began_a_websocket(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, LINE.replace('" 200 ', '" 101 '))

    assert step_of(entry.request).kind is Kind.OTHER
