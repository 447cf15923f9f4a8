"""When a connection goes on, and what comes before an answer (RFC 9112 section 9, RFC 9110 section 15.2)."""

from dataclasses import replace

from tests.support.upstream import OK, Do
from tests.vectors.case import HOST, ONE_CHUNK, Case, answer, answered, forwarded, get, head, post, refused

PERSISTENCE = "RFC 9112 section 9.3"
EXPECT = "RFC 9110 section 10.1.1"
OLD = head(b"GET /a HTTP/1.0", HOST)
CONTINUING = (Do.CONTINUE, Do.READ_BODY, OK)


def old(*lines: bytes, stays: bool = False) -> Case:
    """A client of HTTP/1.0; the gateway speaks 1.1 to the storefront."""
    return replace(
        forwarded("RFC 9110 section 6.2", head(b"GET /a HTTP/1.0", HOST, *lines), get()), stays=stays
    )


def expecting(sent: bytes, reaches: bytes, **changes: object) -> Case:
    """A client that would wait for 100, but sends its body all the same."""
    case = replace(forwarded(EXPECT, sent, reaches), plays=CONTINUING, gets=OK, interim=None)
    return replace(case, **changes)  # type: ignore[arg-type]


CASES: dict[str, Case] = {
    "HTTP/1.1 goes on": forwarded(PERSISTENCE, get()),
    "HTTP/1.1 with keep-alive goes on": forwarded(PERSISTENCE, get(b"Connection: keep-alive"), get()),
    "HTTP/1.1 with close ends": replace(
        forwarded(PERSISTENCE, get(b"Connection: close"), get()), stays=False
    ),
    "close among other options ends": replace(
        forwarded(PERSISTENCE, get(b"Connection: foo, close , bar"), get()), stays=False
    ),
    "close in capitals ends": replace(forwarded(PERSISTENCE, get(b"Connection: CLOSE"), get()), stays=False),
    "close beats keep-alive": replace(
        forwarded(PERSISTENCE, get(b"Connection: keep-alive, close"), get()), stays=False
    ),
    "close in a second field ends": replace(
        forwarded(PERSISTENCE, get(b"Connection: keep-alive", b"Connection: close"), get()), stays=False
    ),
    "HTTP/1.0 ends": old(),
    "HTTP/1.0 with keep-alive goes on": old(b"Connection: Keep-Alive", stays=True),
    "HTTP/1.0 with close ends": old(b"Connection: close"),
    "HTTP/1.0 with both ends": old(b"Connection: keep-alive, close"),
    "HTTP/1.0 without Host": replace(
        forwarded("RFC 9112 section 3.2", b"GET /a HTTP/1.0\r\nAccept: */*\r\n\r\n"),
        reaches=head(b"GET /a HTTP/1.0", b"Accept: */*"),
        stays=False,
    ),
    "HTTP/1.0 with a counted body": replace(
        forwarded("RFC 9112 section 6.3", head(b"POST /a HTTP/1.0", HOST, b"Content-Length: 3") + b"abc"),
        reaches=post(b"Content-Length: 3") + b"abc",
        stays=False,
    ),
    "HTTP/1.0 with two Hosts": refused(
        400, "RFC 9112 section 3.2", head(b"GET /a HTTP/1.0", HOST, b"Host: evil.test")
    ),
    "HTTP/1.0 gets no chunks": replace(
        old(),
        plays=(answer(b"Transfer-Encoding: chunked", body=ONE_CHUNK),),
        gets=answer(body=b"abc"),
        framing="closed",
    ),
    "HTTP/1.0 with keep-alive gets no chunks and ends": replace(
        old(b"Connection: keep-alive"),
        plays=(answer(b"Transfer-Encoding: chunked", body=ONE_CHUNK),),
        gets=answer(body=b"abc"),
        framing="closed",
    ),
    "HTTP/1.0 gets no 103": replace(
        old(), plays=(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", OK), gets=OK
    ),
    "three requests at once": replace(
        forwarded("RFC 9112 section 9.3.2", get() + get(target=b"/b") + get(target=b"/c")),
        answers=3,
        reaches=None,
    ),
    "requests with bodies at once": replace(
        forwarded(
            "RFC 9112 section 9.3.2",
            (post(b"Content-Length: 3") + b"abc" + post(b"Transfer-Encoding: chunked") + ONE_CHUNK) * 2,
        ),
        answers=4,
        reaches=None,
    ),
    "empty line between requests": replace(
        forwarded("RFC 9112 section 2.2", post(b"Content-Length: 3") + b"abc\r\n" + get()),
        answers=2,
        reaches=None,
    ),
    "Expect with a counted body": expecting(
        post(b"Expect: 100-continue", b"Content-Length: 3") + b"abc", post(b"Content-Length: 3") + b"abc"
    ),
    "Expect with a chunked body": expecting(
        post(b"Expect: 100-continue", b"Transfer-Encoding: chunked") + ONE_CHUNK,
        post(b"Transfer-Encoding: chunked") + ONE_CHUNK,
    ),
    "Expect in capitals": expecting(
        post(b"Expect: 100-CONTINUE", b"Content-Length: 3") + b"abc", post(b"Content-Length: 3") + b"abc"
    ),
    "Expect without a body": expecting(get(b"Expect: 100-continue"), get()),
    "Expect from HTTP/1.0 is ignored": expecting(
        head(b"POST /a HTTP/1.0", HOST, b"Expect: 100-continue", b"Content-Length: 3") + b"abc",
        post(b"Content-Length: 3") + b"abc",
        stays=False,
        interim=(),
    ),
    "unknown expectation": refused(417, EXPECT, get(b"Expect: a-pony")),
    "100 that nobody asked for": replace(
        answered("RFC 9110 section 15.2.1", b"HTTP/1.1 100 Continue\r\n\r\n", OK), gets=OK, interim=None
    ),
    "102 passes": replace(
        answered("RFC 9110 section 15.2", b"HTTP/1.1 102 Processing\r\n\r\n", OK), gets=OK, interim=(102,)
    ),
    "103 passes": replace(
        answered("RFC 8297", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", OK),
        gets=OK,
        interim=(103,),
    ),
    "103 twice passes": replace(
        answered("RFC 8297", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + OK),
        gets=OK,
        interim=(103, 103),
    ),
    "upgrade without being asked": replace(
        answered(
            "RFC 9110 section 15.2.2", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", status=502
        ),
        gets=b"",
        stays=None,
    ),
}
