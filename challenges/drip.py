"""What drips in a tarpit: a page that says what it is, and then nothing for as long as anybody waits."""

from hashlib import blake2s

from challenges.cookies import Headers
from challenges.languages import texts
from challenges.page import page_headers
from challenges.plain_page import is_part_of_page, plain_page
from challenges.sheet import reader_language
from challenges.templates import Markup
from detectors.request import Request
from detectors.value import value

_END = b"</body>\n</html>\n"
_PLAIN_TEXT = (b"Content-Type", b"text/plain; charset=utf-8")


@value
class Drip:
    """What follows from time to time, and at the end: comments in a page, white space in anything else."""

    decision_id: str
    in_page: bool

    def drop(self, number: int) -> bytes:
        """The drop of this number: the same whenever it is asked for."""
        if not self.in_page:
            return b" \n"
        text = f"{self.decision_id}\n{number}".encode("utf-8", "replace")
        return b"<!-- %b -->\n" % blake2s(text, digest_size=6).hexdigest().encode("ascii")

    @property
    def last(self) -> bytes:
        """What makes the page whole."""
        return _END if self.in_page else b""


@value
class Beginning:
    """What is sent at once, before `drip`."""

    headers: Headers
    body: bytes
    drip: Drip


def beginning_of(request: Request, decision_id: str) -> Beginning:
    """A page for page loads and programs; white space for what a page loads, which is no place for a page."""
    headers = page_headers(decision_id, "tarpit")
    if is_part_of_page(request):
        return Beginning((_PLAIN_TEXT, *headers[1:]), b"\n", Drip(decision_id, in_page=False))
    title = texts(reader_language(request))["blocked"]
    page = plain_page(request, title, Markup(""), decision_id)
    return Beginning(headers, page.removesuffix(_END), Drip(decision_id, in_page=True))
