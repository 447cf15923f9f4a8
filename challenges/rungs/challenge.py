"""What every rung can do: ask, and judge an answer."""

from typing import ClassVar, Protocol

from challenges.answer import Answer
from challenges.binding import binding_of
from challenges.reply import Reply
from challenges.terms import Terms
from challenges.ticket import Ticket
from challenges.verdict import Solved, Verdict
from detectors.evidence import Evidence
from detectors.request import Request
from detectors.value import value


@value
class Asked:
    """One question on its way. `sealed` is the ticket, `form` that of the form beside it, or empty.

    `form_wait_s` is what that one demands.
    `nonce` is what the page's own scripts and styles are known by. `kept` is what a person had sent, locked;
    `lost` is true where it was too large for that.
    """

    terms: Terms
    request: Request
    ticket: Ticket
    sealed: str
    form: str
    decision_id: str
    nonce: str
    form_wait_s: float = 0.0
    kept: str = ""
    lost: bool = False


@value
class Moment:
    """When, by whom and on what terms an answer came."""

    request: Request
    terms: Terms
    now: float


class Challenge(Protocol):
    """One rung of the ladder. `way` is how its answers come: by `script`, `form` or `address`."""

    way: ClassVar[str]

    def issue(self, asked: Asked) -> Reply:
        """The question as it goes out."""

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment, /) -> Verdict:
        """Judge an answer to an open ticket of this rung, sent by the browser that was asked."""


def solved(ticket: Ticket, moment: Moment, evidence: tuple[Evidence, ...] = (), kept: str = "") -> Solved:
    """The verdict on a right answer."""
    solve_ms = round(ticket.elapsed_s(moment.now) * 1000)
    moved = ticket.binding.moved(binding_of(moment.request, moment.terms.site))
    return Solved(ticket, solve_ms, moved, evidence, kept)
