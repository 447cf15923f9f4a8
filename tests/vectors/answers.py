"""Answers that storefronts give, and what of them the client gets (RFC 9112 sections 4, 6 and 7)."""

from dataclasses import replace

from tests.support.upstream import OK, Do, Pause
from tests.vectors.case import HOST, ONE_CHUNK, Case, answer, answered, head, post

STATUS = "RFC 9112 section 4"
BODY = "RFC 9112 section 6.3"
CHUNKS = "RFC 9112 section 7.1"
HOP = "RFC 9110 section 7.6.1"
TEN = b"Content-Length: 10"
CHUNKED = b"Transfer-Encoding: chunked"
HEAD_REQUEST = head(b"HEAD /a HTTP/1.1", HOST)


def bodiless(status: int, *lines: bytes, sent: bytes = b"", reason: bytes = b"X") -> Case:
    """An answer that ends with its head."""
    return answered(BODY, answer(b"HTTP/1.1 %d %s" % (status, reason), *lines), status=status, sent=sent)


def hop(*lines: bytes) -> Case:
    """Fields of one hop do not reach the client."""
    names = tuple(line.split(b":")[0].lower() for line in lines if not line.lower().startswith(b"connection"))
    plays = answer(b"X-Kept: 1", b"Content-Length: 2", *lines, body=b"ok")
    return replace(
        answered(HOP, plays), gets=answer(b"X-Kept: 1", b"Content-Length: 2", body=b"ok"), hides=names
    )


def breaking(*plays: object, gets: bytes) -> Case:
    """The answer breaks off after its head: the client sees the break, never an end."""
    return replace(answered("RFC 9112 section 8", *plays), gets=gets, whole=False, stays=False)


WHOLE: dict[str, Case] = {
    "counted": answered(BODY, answer(TEN, body=b"0123456789")),
    "counted, of no bytes": answered(BODY, answer(b"Content-Length: 0")),
    "counted, in pieces": answered(BODY, answer(TEN), b"01234", Pause(0.02), b"56789"),
    "byte by byte": answered(BODY, *(bytes([byte]) for byte in answer(TEN, body=b"0123456789"))),
    "chunked": answered(CHUNKS, answer(CHUNKED, body=ONE_CHUNK)),
    "chunked, in pieces": answered(
        CHUNKS, answer(CHUNKED), b"3\r", b"\na", Pause(0.01), b"bc\r\n0", b"\r\n\r", b"\n"
    ),
    "chunked, of no bytes": answered(CHUNKS, answer(CHUNKED, body=b"0\r\n\r\n")),
    "chunked with extensions": replace(
        answered(CHUNKS, answer(CHUNKED, body=b"3;a=b\r\nabc\r\n0\r\n\r\n")),
        gets=answer(CHUNKED, body=ONE_CHUNK),
    ),
    "chunked with trailers": answered(
        "RFC 9112 section 7.1.2",
        answer(CHUNKED, b"Trailer: X-Sum", body=b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ),
    "until closed": replace(
        answered(BODY, answer(body=b"all of it"), Do.CLOSE),
        gets=answer(body=b"all of it"),
        stays=None,
        framing="any",
    ),
    "until closed, of HTTP/1.0": replace(
        answered(BODY, answer(b"HTTP/1.0 200 OK", body=b"all of it"), Do.CLOSE),
        gets=answer(body=b"all of it"),
        stays=None,
        framing="any",
    ),
    "HTTP/1.0, counted, keep-alive": replace(
        answered(BODY, answer(b"HTTP/1.0 200 OK", TEN, b"Connection: keep-alive", body=b"0123456789")),
        gets=answer(TEN, body=b"0123456789"),
    ),
    "with Connection: close": replace(
        answered(BODY, answer(TEN, b"Connection: close", body=b"0123456789"), Do.CLOSE),
        gets=answer(TEN, body=b"0123456789"),
    ),
    "of 500 KB": answered(BODY, answer(b"Content-Length: 500000", body=b"0123456789" * 50_000)),
    "of 500 KB, chunked": answered(
        CHUNKS, answer(CHUNKED, body=b"7a120\r\n" + b"0123456789" * 50_000 + b"\r\n0\r\n\r\n")
    ),
    "of all bytes": answered(BODY, answer(b"Content-Length: 256", body=bytes(range(256)))),
    "that looks like an answer": answered(BODY, answer(b"Content-Length: %d" % len(OK), body=OK)),
    "HEAD with a length": bodiless(200, TEN, sent=HEAD_REQUEST),
    "HEAD with a coding": replace(bodiless(200, CHUNKED, sent=HEAD_REQUEST), framing="any"),
    "HEAD with nothing": replace(bodiless(200, sent=HEAD_REQUEST), framing="any"),
    "204": bodiless(204),
    "304": bodiless(304, b'ETag: "a"'),
    "304 with a length": bodiless(304, TEN),
    "205 of no bytes": bodiless(205, b"Content-Length: 0"),
    "404 with a body": answered(
        STATUS, answer(b"HTTP/1.1 404 Not Found", TEN, body=b"0123456789"), status=404
    ),
    "500 with a body": answered(STATUS, answer(b"HTTP/1.1 500 Oh", TEN, body=b"0123456789"), status=500),
    "redirect": answered(
        STATUS, answer(b"HTTP/1.1 302 Found", b"Location: /b?c=%20", b"Content-Length: 0"), status=302
    ),
    "unknown status": answered(STATUS, answer(b"HTTP/1.1 299 Odd", b"Content-Length: 0"), status=299),
    "status 599": answered(STATUS, answer(b"HTTP/1.1 599 Odd", b"Content-Length: 0"), status=599),
    "no reason": answered(STATUS, answer(b"HTTP/1.1 200 ", b"Content-Length: 0")),
    "no reason and no space": answered(STATUS, answer(b"HTTP/1.1 200", b"Content-Length: 0")),
    "reason above ASCII": answered(STATUS, answer(b"HTTP/1.1 200 caf\xe9", b"Content-Length: 0")),
    "control byte in the reason, which is not passed on": replace(
        answered(STATUS, answer(b"HTTP/1.1 200 O\x01K", b"Content-Length: 0")),
        gets=answer(b"Content-Length: 0"),
    ),
    "2,000 fields": answered(
        "RFC 9112 section 5", answer(*(b"X-%d: v" % n for n in range(2000)), b"Content-Length: 0")
    ),
    "cookies stay apart and in order": answered(
        "RFC 6265 section 3",
        answer(b"Set-Cookie: b=2", b"Set-Cookie: a=1; Path=/", b"set-cookie: b=3", b"Content-Length: 0"),
    ),
    "fields keep case and order": answered(
        HOP, answer(b"x-b: 1", b"X-A: 2", b"X-B: 3", b"SERVER: shop", b"Date: today", b"Content-Length: 0")
    ),
    "value above ASCII": answered("RFC 9110 section 5.5", answer(b"X-A: caf\xe9 \x80", b"Content-Length: 0")),
    "value empty": answered("RFC 9110 section 5.5", answer(b"X-A:", b"Content-Length: 0")),
    "answer before the request's body ended": replace(
        answered(
            "RFC 9112 section 9.6",
            answer(b"HTTP/1.1 403 No", TEN, body=b"0123456789"),
            Do.READ_BODY,
            status=403,
            sent=post(b"Content-Length: 3") + b"abc",
        ),
        stays=None,
        ways=("whole", "followed"),  # where the body is still coming, the request may be given up
    ),
    "two answers to one request": replace(
        answered(BODY, answer(TEN, body=b"0123456789") + OK), gets=answer(TEN, body=b"0123456789"), stays=True
    ),
    "more bytes than its length": replace(
        answered(BODY, answer(TEN, body=b"0123456789and more")), gets=answer(TEN, body=b"0123456789")
    ),
    "bytes after the last chunk": replace(
        answered(CHUNKS, answer(CHUNKED, body=ONE_CHUNK + OK)), gets=answer(CHUNKED, body=ONE_CHUNK)
    ),
    "a body after 304": replace(
        bodiless(304), plays=(answer(b"HTTP/1.1 304 X") + b"abc",), gets=answer(b"HTTP/1.1 304 X")
    ),
    "a body after HEAD": replace(
        bodiless(200, TEN, sent=HEAD_REQUEST), plays=(answer(TEN, body=b"0123456789"),), gets=answer(TEN)
    ),
}

HOPS: dict[str, Case] = {
    "Keep-Alive": hop(b"Connection: keep-alive", b"Keep-Alive: timeout=5"),
    "Proxy-Connection": hop(b"Proxy-Connection: keep-alive"),
    "Upgrade": hop(b"Connection: Upgrade", b"Upgrade: h2c"),
    "Connection names a field": hop(b"Connection: X-Internal", b"X-Internal: 1"),
    "Connection names two fields": hop(b"Connection: x-one, X-TWO", b"X-One: 1", b"X-Two: 2"),
    "nothing for an empty Connection": hop(b"Connection:"),
    "nothing for a Connection of commas": hop(b"Connection: ,, ,"),
    "what stands between commas in Connection": hop(b"Connection: , X-Internal,,", b"X-Internal: 1"),
    "what a second Connection names": hop(
        b"Connection: keep-alive", b"Connection: X-Internal", b"X-Internal: 1"
    ),
    "our names from the storefront": hop(b"Stile-Decision-Id: forged", b"Stile-Mitigated: block"),
}

BROKEN_OFF: dict[str, Case] = {
    "closed within a counted body": breaking(
        answer(TEN, body=b"01234"), Do.CLOSE, gets=answer(TEN, body=b"01234")
    ),
    "reset within a counted body": breaking(
        answer(TEN, body=b"01234"), Pause(0.05), Do.RESET, gets=answer(TEN, body=b"01234")
    ),
    "closed within a chunk": breaking(
        answer(CHUNKED, body=b"5\r\nabcde\r\n5\r\nab"), Do.CLOSE, gets=answer(CHUNKED, body=b"abcdeab")
    ),
    "closed between chunks": breaking(
        answer(CHUNKED, body=b"5\r\nabcde\r\n"), Do.CLOSE, gets=answer(CHUNKED, body=b"abcde")
    ),
    "closed within the trailers": breaking(
        answer(CHUNKED, body=b"5\r\nabcde\r\n0\r\nX-A: b\r\n"), Do.CLOSE, gets=answer(CHUNKED, body=b"abcde")
    ),
    "bad chunk size after a good chunk": breaking(
        answer(CHUNKED, body=b"5\r\nabcde\r\n"),
        Pause(0.05),
        b"zz\r\n",
        Do.HANG,
        gets=answer(CHUNKED, body=b"abcde"),
    ),
    "chunk without its end": breaking(
        answer(CHUNKED, body=b"5\r\nabcde"),
        Pause(0.05),
        b"XX5\r\n",
        Do.HANG,
        gets=answer(CHUNKED, body=b"abcde"),
    ),
}

CASES: dict[str, Case] = (
    {f"answer {name}": case for name, case in WHOLE.items()}
    | {f"answer strips {name}": case for name, case in HOPS.items()}
    | {f"answer {name}": case for name, case in BROKEN_OFF.items()}
)
