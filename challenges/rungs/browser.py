"""Work, and a look at the browser itself: what it lays out, and what its script can see of remote control."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import script_reply
from challenges.rendering import is_rendered
from challenges.reply import Reply
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.rungs.pow import has_worked
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, Verdict
from detectors.evidence import total_log_odds
from detectors.probes.testimony import read_testimony


class Browser:
    """The work of `pow`, a small layout to measure, and a testimony that is weighed, not believed."""

    way: ClassVar[str] = "script"

    def issue(self, asked: Asked) -> Reply:
        """The page whose script works and looks around."""
        return script_reply(asked)

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment) -> Verdict:
        """Right where the work was done, the layout measured, and the testimony does not tell of a bot."""
        if not has_worked(ticket, sent.answer, moment.now):
            return Failed(Fault.WRONG_ANSWER, ticket)
        testimony = read_testimony(sent.testimony)
        if testimony is None:
            return Failed(Fault.MALFORMED, ticket)
        terms = moment.terms
        evidence = terms.inspector.probes(testimony, moment.request)
        if not is_rendered(ticket.id_text, testimony.rendered):
            return Failed(Fault.NOT_RENDERED, ticket, evidence)
        if total_log_odds(0.0, evidence) >= terms.settings.browser_limit:
            return Failed(Fault.AUTOMATED, ticket, evidence)
        return solved(ticket, moment, evidence)
