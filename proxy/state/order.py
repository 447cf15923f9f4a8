"""What an operator may order, and how the store keeps it."""

from math import inf, isnan
from typing import Any

import orjson

from config.decision import Mode
from detectors.value import value
from detectors.visit import Ban
from proxy.state.keys import order_key

EVERY_SITE = "*"
MODE = "mode:"  # what the names of orders about modes begin with
FORGET = "forget:"  # and those of orders to forget


@value
class ModeOrder:
    """A mode for one site, or for every site where `site` is "*"."""

    site: str
    mode: Mode
    until: float


@value
class Lift:
    """The end of an order: `name` is a ban's key, or what `mode_name` says for a mode."""

    name: str


@value
class Forget:
    """Somebody is to be forgotten by all: `sealed` says who, to those who know the installation's secret.

    While it is `held` nobody loads or shares them; later it only reaches those who could not hear it before.
    """

    name: str
    sealed: str
    until: float
    held: bool


InForce = Ban | ModeOrder | Forget
Order = InForce | Lift


def mode_name(site: str = EVERY_SITE) -> str:
    """The name under which a site's mode is ordered and lifted."""
    return f"{MODE}{site}"


def written(order: Order) -> tuple[str, bytes]:
    """An order's name and text, as the store keeps them; no text for one that lifts."""
    if isinstance(order, Lift):
        return (order.name if order.name.startswith(MODE) else order_key(order.name)), b""
    until = None if order.until == inf else order.until
    if isinstance(order, Forget):
        return order.name, orjson.dumps({"sealed": order.sealed, "until": until, "held": order.held})
    if isinstance(order, ModeOrder):
        return mode_name(order.site), orjson.dumps({"mode": order.mode, "until": until})
    return order_key(order.key), orjson.dumps({"until": until, "reason": order.reason, "allow": order.allow})


def read(name: bytes, text: bytes) -> tuple[str, InForce | None]:
    """A field of the store as name and order; no order for what is none, so that it harms nobody."""
    try:
        known = name.decode()
        return known, order_of(known, text)
    except UnicodeDecodeError:
        return "", None


def order_of(name: str, text: bytes | str) -> InForce | None:
    """The order of this name and text; None for what is none."""
    try:
        fields: Any = orjson.loads(text)
        until = inf if fields["until"] is None else float(fields["until"])
        if isnan(until):  # it would never end
            return None
        if name.startswith(MODE):
            return ModeOrder(name.removeprefix(MODE), Mode(fields["mode"]), until)
        if name.startswith(FORGET):
            return Forget(name, str(fields["sealed"]), until, bool(fields["held"]))
        return Ban(name, until, str(fields["reason"]), bool(fields["allow"]))
    except (ValueError, KeyError, TypeError):
        return None
