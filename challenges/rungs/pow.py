"""Work: cheap for one visitor, dear for a farm."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import script_reply
from challenges.proof_of_work import is_done
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, Verdict


class Pow:
    """SHA-256 in Web Workers. The risk sets the difficulty; a slow device stops when its time is over.

    We measure the time, from issue to answer: who pretends to be slow saves work and pays in waiting.
    """

    way: ClassVar[str] = "script"

    def issue(self, asked: Asked) -> Reply:
        """The page whose script works."""
        return script_reply(asked)

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment) -> Verdict:
        """Right where the work was done."""
        if not has_worked(ticket, sent.answer, moment.now):
            return Failed(Fault.WRONG_ANSWER, ticket)
        return solved(ticket, moment)


def has_worked(ticket: Ticket, counters: str, now: float) -> bool:
    """True where `counters` hold the work that the ticket demands, given the time that has passed."""
    in_time = ticket.elapsed_s(now) < ticket.wait_s
    return is_done(ticket.id_text, counters, ticket.bits, in_time=in_time)
