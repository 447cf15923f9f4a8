"""Whoever borrows a search engine's name from an address that is not the engine's means no good."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim, BotStatus


@dataclass(frozen=True, slots=True)
class SpoofedBot:
    """Weighs a claimed identity that the address contradicts.

    Sees:   the claimed bot, its published ranges and domains, the client's address and host name.
    Means:  a false name, told to be let in.
    Spares: bots whose operators do not say that they publish all; old lists and any trouble with the DNS.
    Costs:  2 µs for a bot's first request from an address, 0.2 µs after.
    """

    default: ClassVar[float] = 6.0
    log_odds: float

    def inspect(self, claim: BotClaim) -> Evidence | None:
        if claim.status is not BotStatus.SPOOFED:
            return None
        return Evidence("spoofed_bot", self.log_odds, f"claims to be {claim.name} from a foreign address")
