"""The Python for moments and what the calendar says of them, whose literals are checked once."""

import re

from config.cel.expression import Call, Constant
from config.cel.moments import PARTS, stamp, zone_of
from config.cel.unsupported import Unsupported

_OVERLOAD = re.compile(rf"timestamp_to_({'|'.join(PARTS)})(_with_tz|_tz)?\Z")


def moment_source(node: Call) -> str:
    """`timestamp("2026-12-01T00:00:00Z")` as Unix seconds. Raises Unsupported."""
    text = node.args[0]
    if not isinstance(text, Constant) or not isinstance(text.content, str):
        raise Unsupported(text.id, "the text of a timestamp must be a literal")
    try:
        return repr(stamp(text.content))
    except ValueError as error:
        raise Unsupported(text.id, str(error)) from None


def calendar_part(overload: str) -> str | None:
    """What an overload of the official checker asks of a moment; None where it asks for something else."""
    found = _OVERLOAD.match(overload)
    return found[1] if found else None


def calendar_source(node: Call, part: str, moment: str) -> str:
    """`now.getHours("Europe/Berlin")`, with or without a zone. Raises Unsupported."""
    zone = node.args[0] if node.args else Constant(node.id, "UTC")
    if not isinstance(zone, Constant) or not isinstance(zone.content, str):
        raise Unsupported(zone.id, "the time zone must be a literal")
    try:
        zone_of(zone.content)
    except ValueError as error:
        raise Unsupported(zone.id, str(error)) from None
    return f"part_of({part!a}, {moment}, {zone.content!a})"
