"""Somebody else's question: a captcha service asks, and its word is fetched by the gateway."""

from typing import ClassVar

from challenges.answer import Answer
from challenges.asking import script_reply
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.rungs.challenge import Asked, Moment, solved
from challenges.ticket import Ticket
from challenges.verdict import Failed, Fault, Pending, Verdict

MAX_TOKEN = 4096  # Turnstile's documentation allows 2048, reCAPTCHA's are about 2000, hCaptcha's up to 4000


class Captcha:
    """A page with the widget of one service, the only page of ours that loads anything from elsewhere."""

    way: ClassVar[str] = "script"

    def __init__(self, service: Rung) -> None:
        self._service = service

    def issue(self, asked: Asked) -> Reply:
        """The page that shows the widget."""
        return script_reply(asked)

    def verify(self, ticket: Ticket, sent: Answer, moment: Moment) -> Verdict:
        """For the service to say, where there is a token at all."""
        if not 0 < len(sent.answer) <= MAX_TOKEN or not sent.answer.isascii():
            return Failed(Fault.WRONG_ANSWER, ticket)
        return Pending(self._service, sent.answer, solved(ticket, moment))
