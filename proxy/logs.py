"""The application's own log: dotted names on stderr, all listed in docs/events.md; nothing of a request."""

import json
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from orjson import OPT_NON_STR_KEYS, JSONEncodeError, dumps
from structlog.typing import EventDict, FilteringBoundLogger, Processor

ECS_VERSION = "8.17.0"


def configure(stream: TextIO | None = None) -> None:
    """Send the application log to `stream` (stderr): lines for people on a terminal, JSON lines elsewhere."""
    target = _Patient(sys.stderr if stream is None else stream)
    structlog.configure(
        processors=_processors(target.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", target)),
        cache_logger_on_first_use=False,
    )


class _Patient:
    """A stream whose reader may be gone or whose disk may be full: lines are lost, requests are not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


def logger(**facts: Any) -> FilteringBoundLogger:
    """A logger whose every line carries `facts`."""
    bound: FilteringBoundLogger = structlog.get_logger(**facts)
    return bound


def _processors(for_people: bool) -> list[Processor]:
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if for_people:
        return [*shared, structlog.dev.ConsoleRenderer()]
    # Tracebacks as plain text: the structured kind would write local variables, and so keys and cookies.
    return [*shared, structlog.processors.format_exc_info, _line]


def _line(_: object, __: str, facts: EventDict) -> str:
    """One JSON line as ecs-logging lays it out, so that it can share an index with the decision events."""
    line = {
        "@timestamp": facts.pop("timestamp"),
        "log.level": facts.pop("level"),
        "message": facts.pop("event"),
        "ecs.version": ECS_VERSION,
    }
    trace = facts.pop("exception", None)
    if trace is not None:
        line["error.stack_trace"] = trace
    if facts:
        line["labels"] = facts
    try:
        return dumps(line, default=str, option=OPT_NON_STR_KEYS).decode()
    except JSONEncodeError:
        return json.dumps(line, default=str)
