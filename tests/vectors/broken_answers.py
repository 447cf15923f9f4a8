"""Answers that cannot be believed: the client gets 502 with a decision id (RFC 9110 section 15.6.3)."""

from tests.support.upstream import Do
from tests.vectors.case import ONE_CHUNK, Case, answer, broken

STATUS = "RFC 9112 section 4"
FIELD = "RFC 9112 section 5"
BODY = "RFC 9112 section 6.3"
CODING = "RFC 9112 section 6.1"
CHUNKS = "RFC 9112 section 7.1"
TEN = b"Content-Length: 10"
CHUNKED = b"Transfer-Encoding: chunked"


def start(line: bytes) -> Case:
    """An answer with this status line."""
    return broken(STATUS, line + b"\r\nContent-Length: 0\r\n\r\n")


def fields(*lines: bytes, source: str = FIELD, body: bytes = b"0123456789") -> Case:
    """An answer with these fields."""
    return broken(source, answer(*lines, body=body))


CASES: dict[str, Case] = {
    "nothing at all": broken("RFC 9112 section 8"),
    "reset at once": broken("RFC 9112 section 8", Do.RESET),
    "closed within the status line": broken("RFC 9112 section 8", b"HTTP/1.1 20"),
    "closed within the head": broken("RFC 9112 section 8", b"HTTP/1.1 200 OK\r\nContent-Le"),
    "no HTTP": broken(STATUS, b"hello\r\n\r\n"),
    "a page without a head": broken(STATUS, b"<html>hello</html>\n\n"),
    "another protocol": start(b"RTSP/1.0 200 OK"),
    "version 2.0": start(b"HTTP/2.0 200 OK"),
    "version 1.2": start(b"HTTP/1.2 200 OK"),
    "empty line before the status": start(b"\r\nHTTP/1.1 200 OK"),
    "version in lower case": start(b"http/1.1 200 OK"),
    "status of two digits": start(b"HTTP/1.1 20 OK"),
    "status of four digits": start(b"HTTP/1.1 2000 OK"),
    "status of letters": start(b"HTTP/1.1 abc OK"),
    "status below 100": start(b"HTTP/1.1 099 OK"),
    "two spaces before the status": start(b"HTTP/1.1  200 OK"),
    "bare LF ends": broken("RFC 9112 section 2.2", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    "one bare LF": broken("RFC 9112 section 2.2", b"HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 0\r\n\r\n"),
    "bare CR in a value": fields(b"X-A: b\rc", TEN, source="RFC 9112 section 2.2"),
    "folded line": fields(b"X-A: b", b" c", TEN, source="RFC 9112 section 5.2"),
    "space before the colon": fields(b"X-A : b", TEN, source="RFC 9112 section 5.1"),
    "no colon": fields(b"X-A", TEN),
    "no name": fields(b": b", TEN),
    "space within a name": fields(b"X A: b", TEN),
    "zero byte in a value": fields(b"X-A: b\x00c", TEN),
    "control byte in a value": fields(b"X-A: b\x01c", TEN),
    "length and coding": fields(TEN, CHUNKED, source=BODY, body=ONE_CHUNK),
    "coding and length": fields(CHUNKED, TEN, source=BODY, body=ONE_CHUNK),
    "two lengths that differ": fields(TEN, b"Content-Length: 5", source=BODY),
    "two lengths that agree": fields(TEN, TEN, source=BODY),
    "length is a list": fields(b"Content-Length: 10, 10", source=BODY),
    "length with a plus": fields(b"Content-Length: +10", source=BODY),
    "length below zero": fields(b"Content-Length: -1", source=BODY),
    "length empty": fields(b"Content-Length:", source=BODY),
    "length of letters": fields(b"Content-Length: ten", source=BODY),
    "length of 2^64": fields(b"Content-Length: 18446744073709551616", source=BODY),
    "coding gzip": fields(b"Transfer-Encoding: gzip", source=CODING),
    "coding gzip, then chunked": fields(b"Transfer-Encoding: gzip, chunked", source=CODING, body=ONE_CHUNK),
    "coding chunked twice": fields(CHUNKED, CHUNKED, source=CODING, body=ONE_CHUNK),
    "coding chunked, then gzip in another field": fields(
        CHUNKED, b"Transfer-Encoding: gzip", source=CODING, body=ONE_CHUNK
    ),
    "coding disguised": fields(b"Transfer-Encoding: \x0bchunked", source=CODING, body=ONE_CHUNK),
    "coding in HTTP/1.0": broken(CODING, answer(b"HTTP/1.0 200 OK", CHUNKED, body=ONE_CHUNK)),
    "bad first chunk size": fields(CHUNKED, source=CHUNKS, body=b"zz\r\n"),
    "head of 200 KB": fields(*(b"X-%d: %s" % (n, b"v" * 1000) for n in range(200)), TEN),
    "head without end": broken(FIELD, b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 40_000),
}
CASES = {f"broken answer: {name}": case for name, case in CASES.items()}
