"""Who shows a page fetches its stylesheet and its image; a program that wants the text does not."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import wait_reply
from challenges.marks import Mark, holds
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, Verdict

OPENS_AFTER_S = 1  # enough for both on a slow line: a refresh waits until the page has been loaded


class Resource:
    """A page with a stylesheet and an image of its own. Costs a visitor a second; needs no script.

    Browsers without pictures, and text browsers, fail it and get the form.
    """

    way: ClassVar[str] = "address"

    def issue(self, asked: Asked) -> Reply:
        """The page that shows both."""
        return wait_reply(asked, seconds=OPENS_AFTER_S, resources=True)

    def verify(self, ticket: Ticket, _sent: Answer, moment: Moment) -> Verdict:
        """Right where both left their marks."""
        brought = {
            mark: holds(mark, moment.request, moment.terms.site, moment.terms.keyring, moment.now)
            for mark in Mark
        }
        if not any(brought.values()):
            return Failed(Fault.NO_COOKIES, ticket)
        if not (brought[Mark.STYLE] and brought[Mark.IMAGE]):
            return Failed(Fault.NOT_FETCHED, ticket)
        return solved(ticket, moment)
