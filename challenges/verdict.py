"""An answer is right, wrong, late, early, or for somebody else to judge; which of them is a value."""

from enum import StrEnum

from challenges.rung import Rung
from challenges.ticket import Ticket
from detectors.evidence import Evidence
from detectors.value import value


class Fault(StrEnum):
    """Why an answer failed, in words for events and scripts; none of them helps to forge one."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    FORGED = "forged"  # no ticket of ours, or changed
    OTHER_SITE = "other_site"
    OTHER_BROWSER = "other_browser"
    OTHER_WAY = "other_way"  # a form's ticket in a script's answer, and the like
    WRONG_ANSWER = "wrong_answer"
    NOT_FETCHED = "not_fetched"  # what the page shows was not asked for, or its cookies were lost
    NO_COOKIES = "no_cookies"
    NOT_RENDERED = "not_rendered"  # whoever answered laid no page out
    AUTOMATED = "automated"  # the testimony speaks of remote control
    REFUSED_BY_SERVICE = "refused_by_service"
    REPLAYED = "replayed"  # said by the gateway, which burns ids


@value
class Solved:
    """The answer is right. The gateway still has to burn the ticket's id, until it expires.

    `solve_ms` is the time since the ticket was issued. `moved`: another network than the one that asked.
    `evidence` is what the browser's testimony told. `kept` is a form that waits to be sent on.
    """

    ticket: Ticket
    solve_ms: int
    moved: bool
    evidence: tuple[Evidence, ...] = ()
    kept: str = ""


@value
class Failed:
    """The answer is wrong. `ticket` is None where no ticket of ours could be read.

    `sealed` is the ticket where the same question can be put again, and `kept` a form that waits meanwhile.
    """

    fault: Fault
    ticket: Ticket | None = None
    evidence: tuple[Evidence, ...] = ()
    sealed: str = ""
    kept: str = ""


@value
class Expired:
    """The ticket was good once; a new one is had at its target."""

    ticket: Ticket


@value
class TooEarly:
    """The answer came before its wait was over. `sealed` is the ticket, which can be sent again."""

    seconds: float
    ticket: Ticket
    sealed: str
    kept: str = ""


@value
class Pending:
    """A captcha service has to say whether `token` is good; the rest of the answer is right."""

    service: Rung
    token: str
    solved: Solved


Verdict = Solved | Failed | Expired | TooEarly | Pending


def replayed(solved: Solved) -> Failed:
    """What a right answer becomes where its id had been burnt before."""
    return Failed(Fault.REPLAYED, solved.ticket, solved.evidence)


def refused(pending: Pending) -> Failed:
    """What an answer becomes that the captcha service does not vouch for."""
    return Failed(Fault.REFUSED_BY_SERVICE, pending.solved.ticket)
