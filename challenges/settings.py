"""What an operator may choose about challenges; the loaded configuration fits this by shape."""

from collections.abc import Mapping
from typing import Protocol

from challenges.rung import Rung


class Widget(Protocol):
    """What the page shows of a captcha service: its public site key."""

    @property
    def site_key(self) -> str: ...


class ChallengeSettings(Protocol):
    """Difficulty in leading zero bits; lifetimes, waits and the time budget of the work in seconds.

    `status` is that of the page itself. `browser_limit` is the log-odds from which on a browser's testimony
    is refused.
    """

    @property
    def pow_bits(self) -> int: ...
    @property
    def pow_budget_s(self) -> float: ...
    @property
    def form_wait_s(self) -> float: ...
    @property
    def refresh_wait_s(self) -> float: ...
    @property
    def ticket_ttl_s(self) -> float: ...
    @property
    def clearance_ttl_s(self) -> float: ...
    @property
    def form_ttl_s(self) -> float: ...
    @property
    def browser_limit(self) -> float: ...
    @property
    def status(self) -> int: ...
    @property
    def captchas(self) -> Mapping[Rung, Widget]: ...
