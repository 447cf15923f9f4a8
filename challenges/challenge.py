"""A challenge is asked in place, at the address that was wanted, so nobody has to be led back."""

from dataclasses import replace

from challenges.binding import binding_of
from challenges.cookies import Headers
from challenges.keyring import Keyring
from challenges.page import challenge_page, page_headers
from challenges.proof_of_work import MAX_BITS
from challenges.settings import ChallengeSettings
from challenges.target import return_target
from challenges.ticket import ID_BYTES, Ticket
from detectors.request import Request
from detectors.value import value
from detectors.visit import Level


@value
class Issued:
    """A challenge ready to be sent. Both tickets carry one id, so that answering either way burns both."""

    ticket_id: str
    ticket: str
    form_ticket: str
    status: int
    headers: Headers
    html: bytes


def issue(
    request: Request,
    site: str,
    settings: ChallengeSettings,
    keyring: Keyring,
    now: float,
    nonce: bytes,
    decision_id: str,
) -> Issued:
    """Ask the sender of `request`. `nonce` is 16 unguessable bytes that are never used again."""
    if len(nonce) != ID_BYTES:
        raise ValueError(f"a ticket id has {ID_BYTES} bytes")
    ticket = Ticket(
        id=nonce,
        kind=Level.POW,
        bits=min(settings.pow_bits, MAX_BITS),
        issued=now,
        expires=now + settings.ticket_ttl_s,
        binding=binding_of(request, site),
        target=return_target(request),
        method=request.method,
    )
    sealed = ticket.seal(keyring), replace(ticket, kind=Level.FORM, bits=0).seal(keyring)
    html = challenge_page(request, ticket, sealed, settings.form_wait_s, decision_id)
    headers = page_headers(decision_id, "challenge")
    return Issued(ticket.id_text, *sealed, settings.status, headers, html)
