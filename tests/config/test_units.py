"""Durations and sizes have one way to be written."""

import pytest
from pydantic_core import PydanticCustomError

from config.units import moment, percentage, seconds, size_in_bytes

DURATIONS = {"5ms": 0.005, "0.5s": 0.5, "5s": 5.0, "2m": 120.0, "12h": 43_200.0, "1d": 86_400.0, "0s": 0.0}
SIZES = {"0B": 0, "512B": 512, "10KB": 10_000, "32KiB": 32_768, "10MB": 10_000_000, "1GiB": 1 << 30}
NEITHER = [5, 5.0, None, True, "", "5", "5 s", "-5s", "5S", "5sec", "1e3s", "five", [], "9999999999999s"]


@pytest.mark.parametrize(("text", "expected"), DURATIONS.items())
def test_reads_a_duration_in_seconds(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize(("text", "expected"), SIZES.items())
def test_reads_a_size_in_bytes(text, expected):
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", NEITHER)
def test_refuses_what_is_no_duration(text):
    with pytest.raises(PydanticCustomError):
        seconds(text)


@pytest.mark.parametrize("text", [*NEITHER, "32kb", "32K", "1.5MB"])
def test_refuses_what_is_no_size(text):
    with pytest.raises(PydanticCustomError):
        size_in_bytes(text)


MOMENTS = {
    "2026-12-01": 1_796_083_200.0,
    "2026-12-01T18:00Z": 1_796_148_000.0,
    "2026-12-01T18:00:00": 1_796_148_000.0,
    "2026-12-01T18:00:00+02:00": 1_796_140_800.0,
}
NO_MOMENT = [
    20261201,
    None,
    "",
    "2026-12",
    "2026-13-01",
    "2026-02-30",
    "20261201",
    "2026-12-01 18:00",
    "tomorrow",
]
SHARES = {"10%": 10.0, "0.5%": 0.5, "100%": 100.0}
NO_SHARE = [10, 0.1, None, "", "10", "0%", "101%", "-1%", "10 %", "ten%"]


@pytest.mark.parametrize(("text", "expected"), MOMENTS.items())
def test_reads_a_moment_in_unix_seconds(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize("text", NO_MOMENT)
def test_refuses_what_is_no_moment(text):
    with pytest.raises(PydanticCustomError):
        moment(text)


@pytest.mark.parametrize(("text", "expected"), SHARES.items())
def test_reads_a_share_in_percent(text, expected):
    assert percentage(text) == expected


@pytest.mark.parametrize("text", NO_SHARE)
def test_refuses_what_is_no_share(text):
    with pytest.raises(PydanticCustomError):
        percentage(text)
