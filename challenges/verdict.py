"""An answer is right, wrong, too late or too early; which of them is a value."""

from enum import StrEnum

from detectors.value import value
from detectors.visit import Level


class Fault(StrEnum):
    """Why an answer failed, in words for events and scripts; none of them helps to forge one."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    FORGED = "forged"  # no ticket of ours, or changed
    OTHER_SITE = "other_site"
    OTHER_BROWSER = "other_browser"
    WRONG_ANSWER = "wrong_answer"
    REPLAYED = "replayed"  # said by the gateway, which burns ids


@value
class Solved:
    """The answer is right. The gateway still has to burn `ticket_id`, and to remember it until `expires`.

    `solve_ms` is the time since the ticket was issued. `moved`: another network than the one that asked.
    """

    level: Level
    ticket_id: str
    solve_ms: int
    return_target: str
    expires: float
    moved: bool


@value
class Failed:
    """The answer is wrong. `ticket_id` is empty where no ticket of ours could be read."""

    fault: Fault
    ticket_id: str = ""
    return_target: str = "/"


@value
class Expired:
    """The ticket was good once; a new one is had at `return_target`."""

    ticket_id: str
    return_target: str


@value
class TooEarly:
    """The form was sent before its wait was over. `ticket` is still good and can be sent again."""

    seconds: float
    ticket: str
    ticket_id: str
    return_target: str


Verdict = Solved | Failed | Expired | TooEarly


def replayed(solved: Solved) -> Failed:
    """What a right answer becomes where its id had been burnt before."""
    return Failed(Fault.REPLAYED, solved.ticket_id, solved.return_target)
