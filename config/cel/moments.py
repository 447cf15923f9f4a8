"""The calendar in conditions: what day and hour a moment is, in a named zone.

The meaning is that of github.com/google/cel-spec, doc/langdef.md, "Date/Time Functions": months and days of
the year count from 0, days of the week from Sunday.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from config.fault import did_you_mean

_OFFSET = re.compile(r"([+-]?)([0-9]{2}):([0-9]{2})\Z")
_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)

PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda at: at.year,
    "month": lambda at: at.month - 1,
    "day_of_year": lambda at: at.timetuple().tm_yday - 1,
    "day_of_month": lambda at: at.day - 1,
    "day_of_month_1_based": lambda at: at.day,
    "day_of_week": lambda at: at.isoweekday() % 7,
    "hours": lambda at: at.hour,
    "minutes": lambda at: at.minute,
    "seconds": lambda at: at.second,
}


def part_of(part: str, moment: float, zone: str) -> int:
    """One number of a moment, which is in Unix seconds; `zone` has been checked."""
    return PARTS[part](_local(int(moment // 1), zone))


@lru_cache(maxsize=8)  # all rules of one request ask for the same second
def _local(second: int, zone: str) -> datetime:
    return datetime.fromtimestamp(second, zone_of(zone))


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The zone of that name, or of an offset such as +02:00. Raises ValueError that names a near one."""
    if name in ("UTC", ""):
        return UTC
    if offset := _OFFSET.match(name):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name!r}{did_you_mean(name, available_timezones())}"
        ) from None


def stamp(text: str) -> float:
    """A moment as RFC 3339 writes it, in Unix seconds. Raises ValueError."""
    if not _STAMP.match(text):
        raise ValueError("a moment is written like timestamp('2026-12-01T18:00:00Z')")
    return datetime.fromisoformat(text).timestamp()
