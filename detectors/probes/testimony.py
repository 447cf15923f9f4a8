"""What a page's script told of its browser: typed, bounded, and believed by nobody."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from detectors.value import value

MAX_FIELDS = 128  # the page sends under 70
MAX_TEXT = 120
MAX_AGENT = 256
MAX_NUMBER = 99_999
MAX_RENDERED = 12
MAX_PLACE = 10_000  # pixels

Told = str | int | bool | tuple[int, ...]


class Malformed(ValueError):
    """The script of the page would never have written this."""


@value
class View:
    """One place to look at the browser from: the page, an empty frame in it, or a worker.

    Texts are empty and numbers None where the browser told nothing.
    """

    user_agent: str = ""
    languages: str = ""
    platform: str = ""
    processors: int | None = None
    time_zone: str = ""
    webdriver: bool | None = None


@value
class Screen:
    """Sizes in CSS pixels, `ratio` in hundredths of a device pixel. None where the browser told nothing."""

    width: int | None = None
    height: int | None = None
    available_width: int | None = None
    available_height: int | None = None
    outer_width: int | None = None
    outer_height: int | None = None
    inner_width: int | None = None
    inner_height: int | None = None
    ratio: int | None = None
    touch_points: int | None = None
    coarse_pointer: bool | None = None
    fine_pointer: bool | None = None


@value
class Pace:
    """How often something was done; mean and deviation of its intervals in tenths of a millisecond."""

    count: int = 0
    mean: int | None = None
    deviation: int | None = None


@value
class Testimony:
    """Everything that the script told; `frame` and `worker` are None where it could not look from there.

    `webdriver_native` is what the browser's own getter says whatever stands in its place. `leftovers` are
    names of global variables, `replaced` names of functions that are not the browser's own. `clock_step` is
    in microseconds, `clock_elapsed` and `date_elapsed` in milliseconds, `straightness` in thousandths.
    """

    main: View = View()
    frame: View | None = None
    worker: View | None = None
    webdriver_native: bool | None = None
    webdriver_missing: bool | None = None
    webdriver_own: bool | None = None
    leftovers: str = ""
    replaced: str = ""
    own_properties: int | None = None
    console_read: bool | None = None
    brands: str = ""
    brands_mobile: bool | None = None
    brands_platform: str = ""
    screen: Screen = Screen()
    plugins: int | None = None
    chrome_object: bool | None = None
    graphics: str = ""
    notifications: str = ""
    permission: str = ""
    clock_forward: bool | None = None
    clock_step: int | None = None
    clock_elapsed: int | None = None
    date_elapsed: int | None = None
    made_up_trusted: bool | None = None
    moves: Pace = Pace()
    keys: Pace = Pace()
    touches: Pace = Pace()
    straightness: int | None = None
    untrusted: int = 0
    rendered: tuple[int, ...] = ()


def _text(told: object) -> str:
    return _text_of(told, MAX_TEXT)


def _agent(told: object) -> str:
    return _text_of(told, MAX_AGENT)


def _text_of(told: object, most: int) -> str:
    if type(told) is not str or len(told) > most or not (told.isascii() and told.isprintable()):
        raise Malformed
    return told


def _flag(told: object) -> bool:
    if type(told) is not bool:
        raise Malformed
    return told


def _number(told: object) -> int:
    if type(told) is not int or not 0 <= told <= MAX_NUMBER:
        raise Malformed
    return told


def _numbers(told: object) -> tuple[int, ...]:
    if type(told) is not list or len(told) > MAX_RENDERED:
        raise Malformed
    if not all(type(each) is int and abs(each) <= MAX_PLACE for each in told):
        raise Malformed
    return tuple(told)


Kind = Callable[[object], Told]
Fields = Mapping[str, tuple[str, Kind]]

_VIEW: Fields = {
    "ua": ("user_agent", _agent),
    "la": ("languages", _text),
    "pl": ("platform", _text),
    "hc": ("processors", _number),
    "tz": ("time_zone", _text),
    "wd": ("webdriver", _flag),
}
_SCREEN: Fields = {
    "sw": ("width", _number),
    "sh": ("height", _number),
    "aw": ("available_width", _number),
    "ah": ("available_height", _number),
    "ow": ("outer_width", _number),
    "oh": ("outer_height", _number),
    "iw": ("inner_width", _number),
    "ih": ("inner_height", _number),
    "dp": ("ratio", _number),
    "tp": ("touch_points", _number),
    "pc": ("coarse_pointer", _flag),
    "pf": ("fine_pointer", _flag),
}
_PACE: Fields = {"c": ("count", _number), "m": ("mean", _number), "d": ("deviation", _number)}
_WHOLE: Fields = {
    "wn": ("webdriver_native", _flag),
    "wm": ("webdriver_missing", _flag),
    "wo": ("webdriver_own", _flag),
    "g": ("leftovers", _text),
    "nf": ("replaced", _text),
    "no": ("own_properties", _number),
    "cl": ("console_read", _flag),
    "br": ("brands", _text),
    "bm": ("brands_mobile", _flag),
    "bp": ("brands_platform", _text),
    "np": ("plugins", _number),
    "ch": ("chrome_object", _flag),
    "gl": ("graphics", _text),
    "pn": ("notifications", _text),
    "pq": ("permission", _text),
    "cf": ("clock_forward", _flag),
    "cs": ("clock_step", _number),
    "ce": ("clock_elapsed", _number),
    "cd": ("date_elapsed", _number),
    "et": ("made_up_trusted", _flag),
    "ms": ("straightness", _number),
    "iu": ("untrusted", _number),
    "r": ("rendered", _numbers),
}
_PACES: Mapping[str, str] = MappingProxyType({"m": "moves", "k": "keys", "t": "touches"})
_VIEWS: Mapping[str, tuple[str, str]] = MappingProxyType({"f": ("fr", "frame"), "w": ("wk", "worker")})


def read_testimony(document: object) -> Testimony | None:
    """The testimony in a decoded JSON document, or None where the page's script would not have written it.

    Everything may be left out, for every browser lacks something; unknown names are passed over.
    """
    if type(document) is not dict or len(document) > MAX_FIELDS:
        return None
    try:
        return _read(document)
    except Malformed:
        return None


def _read(told: Mapping[object, object]) -> Testimony:
    main = _taken(told, _VIEW)
    parts: dict[str, Any] = {**_taken(told, _WHOLE), "main": View(**main)}
    parts["screen"] = Screen(**_taken(told, _SCREEN))
    for letter, name in _PACES.items():
        parts[name] = Pace(**_taken(told, _PACE, letter))
    for letter, (seen, name) in _VIEWS.items():
        if seen in told and _flag(told[seen]):
            # only what differs from the page's own view is sent again
            parts[name] = View(**{**main, "webdriver": None, **_taken(told, _VIEW, letter)})
    return Testimony(**parts)


def _taken(told: Mapping[object, object], fields: Fields, letter: str = "") -> dict[str, Any]:
    return {name: kind(told[letter + key]) for key, (name, kind) in fields.items() if letter + key in told}
