"""More than the gateway takes: each excess has its own status (RFC 9110 section 15.5, RFC 6585 section 5).

The gateway of this suite takes lines of 8 KiB, heads of 16 KiB, 100 fields and bodies of 200,000 bytes.
"""

from tests.vectors.case import HOST, Case, chunked, forwarded, get, head, post, refused

LONG_LINE = "RFC 9112 section 3"
LARGE_HEAD = "RFC 6585 section 5"
LARGE_BODY = "RFC 9110 section 15.5.14"
HUNDRED = tuple(b"X-%d: v" % n for n in range(99))  # and Host

CASES: dict[str, Case] = {
    "line of 8,000 bytes": forwarded(LONG_LINE, get(target=b"/" + b"a" * 7980)),
    "line of 9,000 bytes": refused(414, LONG_LINE, get(target=b"/" + b"a" * 9000)),
    "line of 100 KB": refused(414, LONG_LINE, get(target=b"/" + b"a" * 100_000)),
    "line without end": refused(414, LONG_LINE, b"GET /" + b"a" * 40_000),
    "method of 20 KB": refused((400, 414, 501), LONG_LINE, head(b"A" * 20_000 + b" / HTTP/1.1", HOST)),
    "head of 15 KB": forwarded(LARGE_HEAD, get(*(b"X-%d: %s" % (n, b"v" * 1000) for n in range(15)))),
    "head of 20 KB": refused(431, LARGE_HEAD, get(*(b"X-%d: %s" % (n, b"v" * 1000) for n in range(20)))),
    "head of 20 KB without end": refused(431, LARGE_HEAD, b"GET /a HTTP/1.1\r\nX-A: " + b"v" * 20_000),
    "field name of 20 KB": refused(431, LARGE_HEAD, get(b"X" * 20_000 + b": v")),
    "one value of 100 KB": refused(431, LARGE_HEAD, get(b"X-A: " + b"v" * 100_000)),
    "a hundred fields": forwarded(LARGE_HEAD, get(*HUNDRED)),
    "a hundred and one fields": refused(431, LARGE_HEAD, get(*HUNDRED, b"X-Y: v")),
    "four hundred short fields": refused(431, LARGE_HEAD, get(*(b"A:b" for _ in range(400)))),
    "counted body at the limit": forwarded(LARGE_BODY, post(b"Content-Length: 200000") + b"x" * 200_000),
    "counted body over the limit": refused(413, LARGE_BODY, post(b"Content-Length: 200001") + b"x" * 200_001),
    "counted body announced, not sent": refused(413, LARGE_BODY, post(b"Content-Length: 900000000000")),
    "chunked body at the limit": forwarded(
        LARGE_BODY, chunked(b"30d40\r\n" + b"x" * 200_000 + b"\r\n0\r\n\r\n")
    ),
    "chunked body over the limit": refused(
        413, LARGE_BODY, chunked(b"30d41\r\n" + b"x" * 200_001 + b"\r\n0\r\n\r\n")
    ),
    "chunked body over the limit in many chunks": refused(
        413, LARGE_BODY, chunked((b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 250 + b"0\r\n\r\n")
    ),
}
