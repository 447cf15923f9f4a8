"""A wait, a plain question and a button: for people whom everything else fails."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import form_reply
from challenges.marks import Mark, holds
from challenges.question import question_of
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, TooEarly, Verdict


class Form:
    """Stands in for whatever was asked. What it earns ends soon: it proves patience and little else."""

    way: ClassVar[str] = "form"

    def issue(self, asked: Asked) -> Reply:
        """The form on a page of its own."""
        return form_reply(asked)

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment) -> Verdict:
        """Right where the cookie came back, the wait is over and the named word was chosen."""
        terms = moment.terms
        if not holds(Mark.VISIT, moment.request, terms.site, terms.keyring, moment.now):
            return Failed(Fault.NO_COOKIES, ticket)
        left = ticket.wait_s - ticket.elapsed_s(moment.now)
        if left > 0:
            return TooEarly(left, ticket, str(sent.ticket), sent.kept)
        if sent.answer != str(question_of(ticket.id).word):
            return Failed(Fault.WRONG_ANSWER, ticket, sealed=str(sent.ticket), kept=sent.kept)
        return solved(ticket, moment, kept=sent.kept)
