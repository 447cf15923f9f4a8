"""A stylesheet and an image that say nothing: who fetches them shows pages."""

from challenges.binding import binding_of
from challenges.cookies import Headers
from challenges.marks import Mark, mark_cookie
from challenges.paths import ticket_in
from challenges.reply import Reply
from challenges.terms import Terms
from challenges.ticket import TICKET, open_ticket
from detectors.request import Request

# One transparent pixel (GIF89a specification, sections 17 to 27).
_PIXEL = (
    b"GIF89a\1\0\1\0\x80" + b"\0" * 8 + b"!\xf9\4\1" + b"\0" * 4 + b"," + b"\0" * 4 + b"\1\0\1\0\0\2\2D\1\0;"
)
_BODIES = {
    Mark.STYLE: (b"text/css; charset=utf-8", b":root{}"),
    Mark.IMAGE: (b"image/gif", _PIXEL),
}
MAX_QUERY = TICKET.max_chars + 64


def seen_reply(mark: Mark, request: Request, terms: Terms, now: float) -> Reply:
    """The thing itself; with its mark where the query holds a ticket of this browser that is still good."""
    content_type, body = _BODIES[mark]
    headers: Headers = (
        (b"Content-Type", content_type),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
    )
    try:
        sealed = ticket_in(request.query[:MAX_QUERY])
    except ValueError:
        sealed = ""
    ticket = open_ticket(terms.keyring, sealed)
    if ticket is None or now >= ticket.expires or not ticket.binding.fits(binding_of(request, terms.site)):
        return Reply(200, headers, body)
    cookie = mark_cookie(mark, request, terms.site, terms.keyring, now, ticket.expires)
    return Reply(200, (*headers, cookie), body)
