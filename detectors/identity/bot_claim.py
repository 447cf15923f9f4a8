"""Which bot a client says it is, and whether the address proves it."""

from enum import StrEnum

from detectors.value import value


class BotStatus(StrEnum):
    """How far a claimed identity is proven."""

    NONE = "none"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    SPOOFED = "spoofed"


@value
class BotClaim:
    """`name` and `category` as in docs/bots.md; empty and `NONE` for a client that claims nothing."""

    name: str = ""
    category: str = ""
    status: BotStatus = BotStatus.NONE
    method: str = ""


NO_CLAIM = BotClaim()
