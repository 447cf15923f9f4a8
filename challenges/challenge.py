"""A challenge is asked in place, at the address that was wanted, so nobody has to be led back."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

from challenges.binding import binding_of
from challenges.demands import bits_of, wait_of
from challenges.kept import seal_kept
from challenges.ladder import LADDER
from challenges.reply import Reply
from challenges.rung import LEVELS, Rung
from challenges.rungs.challenge import Asked
from challenges.target import return_target
from challenges.terms import Terms
from challenges.ticket import ID_BYTES, Ticket
from detectors.request import Request
from detectors.value import value
from detectors.visit import Level


@value
class Ask:
    """What to ask: a rung, and the level that an answer proves, where that is not the rung's own.

    `effort` is how many bits more or less to work than the settings say, as the risk has it.
    `target` leads back, where the request does not tell.
    `body` is a form that was sent and shall be kept, None where there is none; `lost` where it was too large.
    """

    rung: Rung
    level: Level | None = None
    effort: int = 0
    target: str | None = None
    body: bytes | None = None
    lost: bool = False


@value
class Issued:
    """A challenge ready to be sent. Answering either of a page's tickets burns both: they carry one id."""

    ticket: Ticket
    reply: Reply


def issue(ask: Ask, request: Request, terms: Terms, now: float, nonce: bytes, decision_id: str) -> Issued:
    """Ask the sender of `request`. `nonce` is 16 unguessable bytes that are never used again."""
    if len(nonce) != ID_BYTES:
        raise ValueError(f"a ticket id has {ID_BYTES} bytes")
    ticket = _ticket(ask, request, terms, now, nonce)
    keyring, form, kept = terms.keyring, _beside(ticket, ask, terms), ""
    if ask.body is not None:
        kept = seal_kept(request, terms.site, ask.body, keyring, now, ticket.expires)
    asked = Asked(
        terms,
        request,
        ticket,
        ticket.seal(keyring),
        form.seal(keyring) if LADDER[ticket.rung].way == "script" else "",
        decision_id,
        b64encode(sha256(b"page" + nonce).digest()[:16]).decode("ascii"),
        form.wait_s,
        kept,
        ask.lost or (ask.body is not None and not kept),
    )
    return Issued(ticket, LADDER[ticket.rung].issue(asked))


def _ticket(ask: Ask, request: Request, terms: Terms, now: float, nonce: bytes) -> Ticket:
    settings, rung = terms.settings, ask.rung
    return Ticket(
        id=nonce,
        rung=rung,
        level=LEVELS[rung] if ask.level is None else ask.level,
        bits=bits_of(rung, settings, ask.effort),
        wait_s=wait_of(rung, settings, ask.effort),
        issued=now,
        expires=now + settings.ticket_ttl_s,
        lasts_s=settings.form_ttl_s if rung is Rung.FORM else settings.clearance_ttl_s,
        binding=binding_of(request, terms.site),
        target=return_target(request) if ask.target is None else ask.target,
        method=request.method,
    )


def _beside(ticket: Ticket, ask: Ask, terms: Terms) -> Ticket:
    """The ticket of the form beside a script: it stands in for the same, and what it earns ends sooner."""
    settings = terms.settings
    wait_s = wait_of(Rung.FORM, settings, ask.effort)
    return replace(ticket, rung=Rung.FORM, bits=0, wait_s=wait_s, lasts_s=settings.form_ttl_s)
