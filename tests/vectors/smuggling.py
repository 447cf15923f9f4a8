"""One message that two readers could take for two: always refused (RFC 9112 sections 6.1, 6.3 and 11.2)."""

from tests.vectors.case import HOST, ONE_CHUNK, Case, forwarded, head, post, refused

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: shop.test\r\n\r\n"
BOTH = "RFC 9112 section 6.3, third item"
SPLITTING = "RFC 9112 section 11.1"
DISGUISED = "RFC 9112 section 11.2"
DISGUISES = {
    "space before the colon": b"Transfer-Encoding : chunked",
    "tab before the colon": b"Transfer-Encoding\t: chunked",
    "space before the name": b" Transfer-Encoding: chunked",
    "an unknown coding": b"Transfer-Encoding: xchunked",
    "a vertical tab": b"Transfer-Encoding: \x0bchunked",
    "a form feed": b"Transfer-Encoding: \x0cchunked",
    "a zero byte": b"Transfer-Encoding: chunked\x00",
    "a control byte in the name": b"Transfer-Encoding\x01: chunked",
    "a folded value": b"Transfer-Encoding:\r\n chunked",
    "a folded second coding": b"Transfer-Encoding: chunked\r\n , identity",
    "identity beside it": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "an unknown one beside it": b"Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
    "two of the same": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "a bare LF before it": b"X-A: b\nTransfer-Encoding: chunked",
    "a bare CR before it": b"X-A: b\rTransfer-Encoding: chunked",
    "a non-breaking space": b"Transfer-Encoding: \xa0chunked",
    "a quoted value": b"Transfer-Encoding: 'chunked'",
    "a semicolon": b"Transfer-Encoding: chunked;",
}


def disguised(line: bytes) -> Case:
    """Refused, beside Content-Length as in the attack."""
    return refused((400, 501), DISGUISED, post(b"Content-Length: 3", line) + ONE_CHUNK)


def alone(line: bytes) -> Case:
    """Refused also without Content-Length: an upstream that ignores the disguise would see no body."""
    return refused((400, 501), DISGUISED, post(line) + ONE_CHUNK)


CASES: dict[str, Case] = {
    "CL.TE": refused(
        400, BOTH, post(b"Content-Length: 48", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED
    ),
    "TE.CL": refused(
        400,
        BOTH,
        post(b"Transfer-Encoding: chunked", b"Content-Length: 4")
        + b"%x\r\n" % len(SMUGGLED)
        + SMUGGLED
        + b"\r\n0\r\n\r\n",
    ),
    "CL.TE with a length of zero": refused(
        400, BOTH, post(b"Content-Length: 0", b"Transfer-Encoding: chunked") + ONE_CHUNK
    ),
    "CL.TE in HTTP/1.0": refused(
        400,
        BOTH,
        head(b"POST /a HTTP/1.0", HOST, b"Content-Length: 3", b"Transfer-Encoding: chunked") + ONE_CHUNK,
    ),
    "CL.TE with unusual case": refused(
        400, BOTH, post(b"content-LENGTH: 3", b"tRANSFER-eNCODING: cHUNKED") + ONE_CHUNK
    ),
    "CL beside an unknown coding": refused(
        (400, 501), BOTH, post(b"Content-Length: 3", b"Transfer-Encoding: x") + b"abc"
    ),
    **{f"disguised coding beside a length: {name}": disguised(line) for name, line in DISGUISES.items()},
    **{f"disguised coding alone: {name}": alone(line) for name, line in DISGUISES.items()},
    "disguised length: space before the colon": refused(
        400, DISGUISED, post(b"Content-Length : 43") + SMUGGLED
    ),
    "disguised length: control byte": refused(400, DISGUISED, post(b"Content-Length: \x0b43") + SMUGGLED),
    "disguised length: folded": refused(400, DISGUISED, post(b"Content-Length:\r\n 43") + SMUGGLED),
    "request line in a value": refused(
        400, SPLITTING, post(b"X-A: b\r\n\rGET /smuggled HTTP/1.1", b"Host: shop.test")
    ),
    "field in the target": refused(400, SPLITTING, head(b"GET /a\rX-A:b HTTP/1.1", HOST)),
    "line end in the target": refused(400, SPLITTING, b"GET /a\r\nX: HTTP/1.1\r\nHost: shop.test\r\n\r\n"),
    "length nominated by Connection": forwarded(
        "RFC 9110 section 7.6.1",
        post(b"Connection: Content-Length", b"Content-Length: 43") + SMUGGLED,
        post(b"Content-Length: 43") + SMUGGLED,
    ),
    "coding nominated by Connection": forwarded(
        "RFC 9110 section 7.6.1",
        post(b"Connection: Transfer-Encoding", b"Transfer-Encoding: chunked") + ONE_CHUNK,
        post(b"Transfer-Encoding: chunked") + ONE_CHUNK,
    ),
    "Host nominated by Connection": forwarded("RFC 9110 section 7.6.1", post(b"Connection: Host"), post()),
    "a request hidden in the body of a GET": forwarded(
        "RFC 9112 section 6.3",
        head(b"GET /a HTTP/1.1", HOST, b"Content-Length: 43") + SMUGGLED,
    ),
}
