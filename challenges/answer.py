"""What a client sent in answer: read strictly, and none of it believed."""

from urllib.parse import parse_qsl

from orjson import JSONDecodeError, loads

from challenges.kept import KEPT
from challenges.ticket import TICKET
from detectors.value import value

MAX_SCRIPT_BYTES = 16 * 1024
MAX_FORM_BYTES = KEPT.max_chars + TICKET.max_chars + 1024
MAX_FORM_FIELDS = 16
MAX_ESCAPES = 64  # ours need none; a body full of them takes 30 times as long to read as a good answer
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@value
class Answer:
    """The ticket as it was given, and what its holder takes for the answer.

    `testimony` is what a browser's script says of the browser, as JSON had it; None where nothing was said.
    `kept` is a form that waits to be sent on, still locked. `way` is how the answer came: `script`, `form`
    or `address`.
    """

    ticket: str | bytes
    answer: str
    way: str
    testimony: object = None
    kept: str = ""


def max_bytes(content_type: bytes) -> int:
    """How large an answer of this type may be."""
    return MAX_FORM_BYTES if _kind(content_type) == FORM else MAX_SCRIPT_BYTES


def read_answer(body: bytes, content_type: bytes) -> Answer | None:
    """The answer in a body; None where it cannot be read."""
    reader = _READERS.get(_kind(content_type))
    return None if reader is None else reader(body)


def _kind(content_type: bytes) -> str:
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


def _read_json(body: bytes) -> Answer | None:
    try:
        sent = loads(body)
    except JSONDecodeError:
        return None
    match sent:
        case {"ticket": str(ticket), "answer": str(text)}:
            return Answer(ticket, text, "script", sent.get("testimony"))
    return None


def _read_form(body: bytes) -> Answer | None:
    if body.count(b"%") > MAX_ESCAPES:
        return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return None
    fields = dict(reversed(pairs))  # the first of several wins
    if "ticket" not in fields:
        return None
    return Answer(fields["ticket"], fields.get("choice", ""), "form", kept=fields.get("kept", ""))


_READERS = {JSON: _read_json, FORM: _read_form}
