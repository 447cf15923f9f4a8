"""What an operator may choose about challenges; the loaded configuration fits this by shape."""

from typing import Protocol


class ChallengeSettings(Protocol):
    """Difficulty in leading zero bits; lifetimes and waits in seconds; `status` of the page itself."""

    @property
    def pow_bits(self) -> int: ...
    @property
    def form_wait_s(self) -> float: ...
    @property
    def ticket_ttl_s(self) -> float: ...
    @property
    def clearance_ttl_s(self) -> float: ...
    @property
    def status(self) -> int: ...
