"""Texts with a form of their own: durations and sizes carry their unit, addresses and patterns are whole."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.addresses import host_and_port, host_of, upstream_of
from config.networks import network_fault
from config.routes import split_pattern
from config.where import Where

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)\Z")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?\Z"
)
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%\Z")
_SIZE = re.compile(r"([0-9]{1,12})(B|[KMG]i?B)\Z")


def seconds(text: object) -> float:
    """`500ms`, `5s`, `2m`, `1h` or `1d` in seconds. Raises ValueError for anything else."""
    match = _DURATION.match(text) if isinstance(text, str) else None
    if not match:
        raise PydanticCustomError("duration", "must be a duration such as 500ms, 5s, 2m, 1h or 1d")
    return float(match[1]) * _SECONDS[match[2]]


def size_in_bytes(text: object) -> int:
    """`512B`, `32KiB` or `10MB` in bytes. Raises ValueError for anything else."""
    match = _SIZE.match(text) if isinstance(text, str) else None
    if not match:
        raise PydanticCustomError("size", "must be a size such as 512B, 32KiB or 10MB")
    return int(match[1]) * _BYTES[match[2]]


def moment(text: object) -> float:
    """`2026-12-01` or `2026-12-01T18:00:00Z` in Unix seconds, UTC where no offset is given.

    Raises ValueError for anything else.
    """
    try:
        if not isinstance(text, str) or not _MOMENT.match(text):
            raise ValueError  # noqa: TRY301  the same words for a wrong form and for a day that is none
        read = datetime.fromisoformat(text)
    except ValueError:
        message = "must be a day such as 2026-12-01 or a moment such as 2026-12-01T18:00:00Z"
        raise PydanticCustomError("moment", message) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def percentage(text: object) -> float:
    """`10%` or `0.5%`, above 0 and up to 100. Raises ValueError for anything else."""
    match = _PERCENTAGE.match(text) if isinstance(text, str) else None
    if not match or not 0.0 < float(match[1]) <= 100.0:
        raise PydanticCustomError(
            "percentage", "must be a share such as 10% or 0.5%, above 0% and up to 100%"
        )
    return float(match[1])


def cidr(text: object) -> str:
    """An address or a network such as 10.0.0.0/8, without bits set beyond its mask."""
    if not isinstance(text, str):
        raise PydanticCustomError("cidr", "must be a network such as 10.0.0.0/8 or 2001:db8::/32")
    try:
        return str(ip_network(text))
    except ValueError:
        raise PydanticCustomError("cidr", network_fault(text)) from None


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d)$"}),
]
Size = Annotated[
    int,
    BeforeValidator(size_in_bytes),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,12}(B|[KMG]i?B)$"}),
]
Moment = Annotated[
    float, BeforeValidator(moment), WithJsonSchema({"type": "string", "pattern": _MOMENT.pattern[:-2] + "$"})
]
Percentage = Annotated[
    float,
    BeforeValidator(percentage),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,6})?%$"}),
]
Cidr = Annotated[str, BeforeValidator(cidr), WithJsonSchema({"type": "string"})]


def _checked(read: Callable[[str], object]) -> AfterValidator:
    """Refuse a text that `read` refuses with a ValueError, in its words; keep the text."""

    def check(text: str) -> str:
        try:
            read(text)
        except ValueError as fault:
            raise PydanticCustomError("text", str(fault)) from None
        return text

    return AfterValidator(check)


Address = Annotated[str, _checked(host_and_port)]
UpstreamUrl = Annotated[str, _checked(upstream_of)]
HostName = Annotated[str, _checked(host_of)]
RedisUrl = Annotated[str, _checked(Where.of)]
RoutePattern = Annotated[str, _checked(split_pattern)]
