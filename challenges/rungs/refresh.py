"""Patience without a script: the page opens the next one by itself, and text browsers show a link."""

from math import ceil
from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import wait_reply
from challenges.marks import Mark, holds
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, TooEarly, Verdict


class Refresh:
    """A page with a timed refresh. Costs a visitor some seconds; tells apart who waits and keeps a cookie."""

    way: ClassVar[str] = "address"

    def issue(self, asked: Asked) -> Reply:
        """The page; its refresh comes a moment late, so that it is never too early."""
        return wait_reply(asked, seconds=ceil(asked.ticket.wait_s) + 1)

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment) -> Verdict:
        """Right where the cookie came back, and not too early."""
        terms = moment.terms
        if not holds(Mark.VISIT, moment.request, terms.site, terms.keyring, moment.now):
            return Failed(Fault.NO_COOKIES, ticket)
        left = ticket.wait_s - ticket.elapsed_s(moment.now)
        if left > 0:
            return TooEarly(left, ticket, str(sent.ticket))
        return solved(ticket, moment)
