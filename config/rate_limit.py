"""The short form of a rate: `60/min per ip`, written out as the condition that it stands for."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.cel.questions import IDENTITIES
from config.fault import did_you_mean
from detectors.behaviour.windows import WINDOWS
from detectors.value import value

_FORM = re.compile(
    r"([0-9]{1,9})(?: +(requests|pages))? */ *([0-9]* *[a-z]+)(?: +to +([a-z][a-z0-9_-]*))? +per +(\S.*)\Z"
)
_UNITS = {
    "s": "s",
    "sec": "s",
    "m": "m",
    "min": "m",
    "minute": "m",
    "h": "h",
    "hour": "h",
    "d": "d",
    "day": "d",
}
_HELP = "must be a rate such as 60/min per ip, 300 pages/10min per session or 20/min to login per ip, account"


@value
class RateLimit:
    """More than `most` in `window` of any one of `identities`; `route` is empty where all requests count."""

    most: int
    counted: str
    window: str
    route: str
    identities: tuple[str, ...]

    @property
    def condition(self) -> str:
        """The CEL expression that holds for who is above."""
        question = "page_rate" if self.counted == "pages" else "rate"
        route = f', "{self.route}"' if self.route else ""
        return " || ".join(
            f'client.{question}("{identity}", "{self.window}"{route}) > {self.most}.0'
            for identity in self.identities
        )


def rate_limit(text: object) -> RateLimit:
    """The rate in `text`. Raises ValueError that says what one looks like."""
    match = _FORM.match(text) if isinstance(text, str) else None
    if match is None:
        raise _fault(_HELP)
    most, counted, window, route, identities = match.groups()
    if counted == "pages" and route:
        raise _fault("pages are not counted by route; leave out 'pages' or the route")
    return RateLimit(int(most), counted or "requests", _window(window), route or "", _identities(identities))


def _window(text: str) -> str:
    number, unit = re.fullmatch(r"([0-9]*) *([a-z]+)", text).groups()  # type: ignore[union-attr]  # as in _FORM
    name = (number or "1") + _UNITS.get(unit, unit)
    if name not in WINDOWS:
        raise _fault(f"counts are not kept for {text!r}; there are {', '.join(WINDOWS)}")
    return name


def _identities(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in IDENTITIES:
            advice = did_you_mean(name, IDENTITIES) or f"; there are {', '.join(IDENTITIES)}"
            raise _fault(f"nobody is known as {name!r}{advice}")
    return tuple(dict.fromkeys(names))


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("rate", message)


RateLimitText = Annotated[
    RateLimit,
    BeforeValidator(rate_limit),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}( +(requests|pages))? */ *.+ +per +.+$"}),
]
