"""Nothing but the answer itself is taken from the client: what was asked stands in the sealed ticket."""

from urllib.parse import parse_qsl

from orjson import JSONDecodeError, loads

from challenges import proof_of_work, timed_form
from challenges.binding import Binding, binding_of
from challenges.keyring import Keyring
from challenges.settings import ChallengeSettings
from challenges.ticket import TICKET, Ticket, open_ticket
from challenges.verdict import Expired, Failed, Fault, Solved, TooEarly, Verdict
from detectors.request import Request
from detectors.value import value
from detectors.visit import Level

MAX_BODY_BYTES = 16 * 1024
MAX_FORM_FIELDS = 16
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@value
class Answer:
    """What a client sent: the ticket as it was given, and what it holds to be the answer."""

    ticket: str
    answer: str


def answer(
    body: bytes,
    content_type: bytes | str,
    request: Request,
    site: str,
    keyring: Keyring,
    settings: ChallengeSettings,
    now: float,
) -> Verdict:
    """Judge one answer. Replays are the gateway's to find once this says `Solved`: see `verdict.replayed`."""
    if len(body) > MAX_BODY_BYTES:
        return Failed(Fault.TOO_LARGE)
    sent = read_answer(body, content_type)
    if sent is None:
        return Failed(Fault.MALFORMED)
    ticket = open_ticket(keyring, sent.ticket)
    if ticket is None:
        return Failed(Fault.FORGED)
    sender = binding_of(request, site)
    fault = _misuse(ticket, sender)
    if fault is not None:
        return Failed(fault, ticket.id_text, ticket.target)
    if now >= ticket.expires:
        return Expired(ticket.id_text, ticket.target)
    return _judge(ticket, sent, sender, settings, now)


def read_answer(body: bytes, content_type: bytes | str) -> Answer | None:
    """The answer in a body of at most MAX_BODY_BYTES; None where it cannot be read."""
    if isinstance(content_type, bytes):
        content_type = content_type.decode("latin-1")
    reader = _READERS.get(content_type.partition(";")[0].strip().lower())
    return None if reader is None else reader(body)


def _read_json(body: bytes) -> Answer | None:
    try:
        sent = loads(body)
    except JSONDecodeError:
        return None
    match sent:
        case {"ticket": str(ticket), "answer": str(text)}:
            return Answer(ticket, text)
    return None


def _read_form(body: bytes) -> Answer | None:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return None
    fields = dict(reversed(pairs))  # the first of several wins
    if "ticket" not in fields:
        return None
    return Answer(fields["ticket"], fields.get("answer", ""))


_READERS = {JSON: _read_json, FORM: _read_form}


def _misuse(ticket: Ticket, sender: Binding) -> Fault | None:
    if ticket.binding.site != sender.site:
        return Fault.OTHER_SITE
    return None if ticket.binding.fits(sender) else Fault.OTHER_BROWSER


def _judge(ticket: Ticket, sent: Answer, sender: Binding, settings: ChallengeSettings, now: float) -> Verdict:
    if ticket.kind is Level.FORM:
        left = timed_form.seconds_left(ticket.issued, settings.form_wait_s, now)
        if left > 0:
            return TooEarly(left, sent.ticket, ticket.id_text, ticket.target)
    elif not proof_of_work.is_solved(ticket.id_text, sent.answer, ticket.bits):
        return Failed(Fault.WRONG_ANSWER, ticket.id_text, ticket.target)
    solve_ms = max(0, round((now - ticket.issued) * 1000))
    return Solved(
        ticket.kind, ticket.id_text, solve_ms, ticket.target, ticket.expires, ticket.binding.moved(sender)
    )


assert TICKET.max_chars < MAX_BODY_BYTES  # noqa: S101  a law of two constants: every ticket fits into an answer
