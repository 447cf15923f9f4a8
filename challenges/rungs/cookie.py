"""Silent: a redirect sets a cookie and looks whether it comes back."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.marks import Mark, holds, mark_cookie
from challenges.page import reply_headers
from challenges.paths import pass_address
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, Verdict


class Cookie:
    """Nothing is shown. Costs a visitor two redirects; tells who keeps cookies."""

    way: ClassVar[str] = "address"

    def issue(self, asked: Asked) -> Reply:
        """A redirect to Stile's own path; browsers carry the fragment along (RFC 9110 section 10.2.2)."""
        ticket, terms = asked.ticket, asked.terms
        cookie = mark_cookie(
            Mark.VISIT, asked.request, terms.site, terms.keyring, ticket.issued, ticket.expires
        )
        location = b"Location", pass_address(asked.sealed).encode("ascii")
        return Reply(
            303,
            (
                location,
                (b"Cache-Control", b"no-store"),
                cookie,
                *reply_headers(asked.decision_id, "challenge"),
            ),
            b"",
        )

    def verify(self, ticket: Ticket, _sent: Answer, moment: Moment) -> Verdict:
        """Right where the cookie came back."""
        if not holds(Mark.VISIT, moment.request, moment.terms.site, moment.terms.keyring, moment.now):
            return Failed(Fault.NO_COOKIES, ticket)
        return solved(ticket, moment)
