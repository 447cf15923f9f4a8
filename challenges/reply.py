"""A reply is what goes back over the wire, short of its framing."""

from challenges.cookies import Headers
from detectors.value import value


@value
class Reply:
    """Status, headers and body. Content-Length, Date and the decision id are the gateway's to add."""

    status: int
    headers: Headers
    body: bytes
