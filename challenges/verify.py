"""Nothing but the answer itself is taken from the client: what was asked stands in the sealed ticket."""

from challenges.answer import Answer, max_bytes, read_answer
from challenges.binding import Binding, binding_of
from challenges.ladder import LADDER
from challenges.paths import ticket_in
from challenges.rungs.challenge import Moment
from challenges.terms import Terms
from challenges.ticket import TICKET, Ticket, open_ticket
from challenges.verdict import Expired, Failed, Fault, Verdict
from detectors.request import Request

MAX_QUERY = TICKET.max_chars + 64


def verify_body(body: bytes, request: Request, terms: Terms, now: float) -> Verdict:
    """Judge an answer that was posted. Replays are the gateway's to find once this says `Solved`."""
    content_type = request.fields.get(b"content-type", b"")
    if len(body) > max_bytes(content_type):
        return Failed(Fault.TOO_LARGE)
    sent = read_answer(body, content_type)
    return Failed(Fault.MALFORMED) if sent is None else verify(sent, request, terms, now)


def verify_address(request: Request, terms: Terms, now: float) -> Verdict:
    """Judge an answer that consists of asking for an address, whose query holds the ticket."""
    if len(request.query) > MAX_QUERY:
        return Failed(Fault.TOO_LARGE)
    try:
        sealed = ticket_in(request.query)
    except ValueError:
        return Failed(Fault.MALFORMED)
    return verify(Answer(sealed, "", "address"), request, terms, now)


def verify(sent: Answer, request: Request, terms: Terms, now: float) -> Verdict:
    """Judge one answer, whichever way it came."""
    ticket = open_ticket(terms.keyring, sent.ticket)
    if ticket is None:
        return Failed(Fault.FORGED)
    fault = _misuse(ticket, sent, binding_of(request, terms.site))
    if fault is not None:
        return Failed(fault, ticket)
    if now >= ticket.expires:
        return Expired(ticket)
    return LADDER[ticket.rung].verify(ticket, sent, Moment(request, terms, now))


def _misuse(ticket: Ticket, sent: Answer, sender: Binding) -> Fault | None:
    if ticket.binding.site != sender.site:
        return Fault.OTHER_SITE
    if not ticket.binding.fits(sender):
        return Fault.OTHER_BROWSER
    return None if sent.way == LADDER[ticket.rung].way else Fault.OTHER_WAY
