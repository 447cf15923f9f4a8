"""Where a request's body ends (RFC 9112 sections 6 and 7)."""

from tests.vectors.case import HOST, ONE_CHUNK, Case, chunked, forwarded, get, head, post, refused

LENGTH = "RFC 9110 section 8.6"
BODY = "RFC 9112 section 6.3"
CODING = "RFC 9112 section 6.1"
CHUNKS = "RFC 9112 section 7.1"
CHUNK_EXTENSION = "RFC 9112 section 7.1.1"
TRAILERS = "RFC 9112 section 7.1.2"


def length(content: bytes, body: bytes = b"abc") -> bytes:
    """A POST with this Content-Length."""
    return post(b"Content-Length: " + content) + body


def coding(content: bytes, body: bytes = ONE_CHUNK) -> bytes:
    """A POST with this Transfer-Encoding."""
    return post(b"Transfer-Encoding: " + content) + body


LENGTHS: dict[str, Case] = {
    "counted body": forwarded(BODY, length(b"3")),
    "counted body of no bytes": forwarded(BODY, length(b"0", b"")),
    "POST without a length has no body": forwarded(BODY, post()),
    "GET with a counted body": forwarded("RFC 9110 section 9.3.1", get(b"Content-Length: 3") + b"abc"),
    "body that looks like a request": forwarded(
        BODY, length(b"39", b"GET /x HTTP/1.1\r\nHost: shop.test\r\n\r\nabc")
    ),
    "body of all bytes": forwarded(BODY, length(b"256", bytes(range(256)))),
    "body of 100 KB": forwarded(BODY, length(b"100000", b"0123456789" * 10000)),
    "length with a leading zero": forwarded(LENGTH, length(b"03"), length(b"3")),
    "length with white space around it": forwarded(LENGTH, length(b" \t3\t "), length(b"3")),
    "length name in capitals": forwarded(LENGTH, post(b"CONTENT-LENGTH: 3") + b"abc", length(b"3")),
    "length with a plus": refused(400, LENGTH, length(b"+3")),
    "length below zero": refused(400, LENGTH, length(b"-3")),
    "length minus zero": refused(400, LENGTH, length(b"-0", b"")),
    "length empty": refused(400, LENGTH, length(b"")),
    "length in hexadecimal": refused(400, LENGTH, length(b"0x3")),
    "length with a fraction": refused(400, LENGTH, length(b"3.0")),
    "length with an exponent": refused(400, LENGTH, length(b"3e0")),
    "length with an underscore": refused(400, LENGTH, length(b"1_0", b"0123456789")),
    "length in other digits": refused(400, LENGTH, length(b"\xd9\xa3")),
    "length in Latin-1 superscript": refused(400, LENGTH, length(b"\xb3")),
    "length with a letter after it": refused(400, LENGTH, length(b"3a")),
    "length with a space inside": refused(400, LENGTH, length(b"1 3")),
    "length is a list of the same": refused(400, BODY, length(b"3, 3")),
    "length is a list of different ones": refused(400, BODY, length(b"3, 4")),
    "length of 2^64": refused(400, LENGTH, length(b"18446744073709551616")),
    "length of 2^64 + 3": refused(400, LENGTH, length(b"18446744073709551619")),
    "length of 30 digits": refused(400, LENGTH, length(b"9" * 30)),
    "two lengths that differ": refused(400, BODY, post(b"Content-Length: 3", b"Content-Length: 5") + b"abc"),
    "two lengths that agree": refused(400, BODY, post(b"Content-Length: 3", b"Content-Length: 3") + b"abc"),
    "two lengths, one in other case": refused(
        400, BODY, post(b"Content-Length: 3", b"content-length: 3") + b"abc"
    ),
}

CODINGS: dict[str, Case] = {
    "chunked body": forwarded(CHUNKS, chunked(ONE_CHUNK)),
    "coding in capitals": forwarded(CODING, coding(b"CHUNKED"), chunked(ONE_CHUNK)),
    "coding after a tab": forwarded(CODING, coding(b"\tchunked"), chunked(ONE_CHUNK)),
    # RFC 9110 section 5.5 allows it; nobody sends it but to hide something, so it is refused all the same
    "coding with white space after it": refused((400, 501), CODING, coding(b"chunked \t")),
    "GET with a chunked body": forwarded(
        CHUNKS, get(b"Transfer-Encoding: chunked") + ONE_CHUNK, get(b"Transfer-Encoding: chunked") + ONE_CHUNK
    ),
    "coding gzip": refused(501, CODING, coding(b"gzip")),
    "coding gzip, then chunked": refused(501, CODING, coding(b"gzip, chunked")),
    "coding identity": refused((400, 501), CODING, coding(b"identity")),
    "coding chunked, then gzip": refused((400, 501), BODY, coding(b"chunked, gzip")),
    "coding chunked twice": refused((400, 501), CODING, coding(b"chunked, chunked")),
    "coding with a parameter": refused((400, 501), CODING, coding(b"chunked;q=1")),
    "coding empty": refused((400, 501), CODING, coding(b"")),
    "coding only a comma": refused((400, 501), CODING, coding(b",")),
    "coding with a comma after it": refused((400, 501), CODING, coding(b"chunked,")),
    "coding in quotes": refused((400, 501), CODING, coding(b'"chunked"')),
    "coding in two fields": refused(
        (400, 501), CODING, post(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked") + ONE_CHUNK
    ),
    "coding from HTTP/1.0": refused(
        400, CODING, head(b"POST /a HTTP/1.0", HOST, b"Transfer-Encoding: chunked") + ONE_CHUNK
    ),
}

CHUNK_CASES: dict[str, Case] = {
    "several chunks": forwarded(CHUNKS, chunked(b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")),
    "chunk size in capitals": forwarded(CHUNKS, chunked(b"A\r\n0123456789\r\n0\r\n\r\n")),
    "chunk size with leading zeros": forwarded(CHUNKS, chunked(b"0003\r\nabc\r\n000\r\n\r\n")),
    "chunked body of no bytes": forwarded(CHUNKS, chunked(b"0\r\n\r\n")),
    "chunk of 70,000 bytes": forwarded(CHUNKS, chunked(b"11170\r\n" + b"x" * 70000 + b"\r\n0\r\n\r\n")),
    "chunk that looks like the end": forwarded(CHUNKS, chunked(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n")),
    "extension is dropped": forwarded(
        CHUNK_EXTENSION, chunked(b"3;a=b\r\nabc\r\n0;z\r\n\r\n"), chunked(ONE_CHUNK)
    ),
    "extension in quotes": forwarded(
        CHUNK_EXTENSION, chunked(b'3;a="b;c"\r\nabc\r\n0\r\n\r\n'), chunked(ONE_CHUNK)
    ),
    "trailers": forwarded(
        TRAILERS, chunked(b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-more: 2\r\n\r\n", b"Trailer: X-Sum")
    ),
    "trailers that would frame are dropped": forwarded(
        "RFC 9110 section 6.5.1",
        chunked(
            b"3\r\nabc\r\n0\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\nHost:\r\nX-Sum: 1\r\n\r\n"
        ),
        chunked(b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ),
    "extension of 20 KB": refused(
        (400, 413), CHUNK_EXTENSION, chunked(b"3;a=" + b"b" * 20000 + b"\r\nabc\r\n0\r\n\r\n")
    ),
    "extensions of 200 KB over many chunks": refused(
        (400, 413), CHUNK_EXTENSION, chunked((b"1;" + b"e" * 200 + b"\r\nx\r\n") * 1000 + b"0\r\n\r\n")
    ),
    "extension ended by a bare LF": refused(400, CHUNK_EXTENSION, chunked(b"3;a\nabc\r\n0\r\n\r\n")),
    "extension with a bare CR": refused(400, CHUNK_EXTENSION, chunked(b"3;a\rb\r\nabc\r\n0\r\n\r\n")),
    "extension with a zero byte": refused(400, CHUNK_EXTENSION, chunked(b"3;a\x00\r\nabc\r\n0\r\n\r\n")),
    "extension without a semicolon": refused(400, CHUNK_EXTENSION, chunked(b"3 a\r\nabc\r\n0\r\n\r\n")),
    "chunk size with 0x": refused(400, CHUNKS, chunked(b"0x3\r\nabc\r\n0\r\n\r\n")),
    "chunk size with a plus": refused(400, CHUNKS, chunked(b"+3\r\nabc\r\n0\r\n\r\n")),
    "chunk size below zero": refused(400, CHUNKS, chunked(b"-3\r\nabc\r\n0\r\n\r\n")),
    "chunk size after a space": refused(400, CHUNKS, chunked(b" 3\r\nabc\r\n0\r\n\r\n")),
    "chunk size before a space": refused(400, CHUNKS, chunked(b"3 \r\nabc\r\n0\r\n\r\n")),
    "chunk size missing": refused(400, CHUNKS, chunked(b"\r\nabc\r\n0\r\n\r\n")),
    "chunk size missing before an extension": refused(400, CHUNKS, chunked(b";a\r\nabc\r\n0\r\n\r\n")),
    "chunk size of a letter beyond F": refused(400, CHUNKS, chunked(b"g\r\nabc\r\n0\r\n\r\n")),
    "chunk size with an underscore": refused(400, CHUNKS, chunked(b"0_3\r\nabc\r\n0\r\n\r\n")),
    "chunk size of 2^64": refused(400, CHUNKS, chunked(b"10000000000000000\r\nabc\r\n0\r\n\r\n")),
    "chunk size of 2^64 + 3": refused(400, CHUNKS, chunked(b"10000000000000003\r\nabc\r\n0\r\n\r\n")),
    "chunk size of 40 digits": refused(400, CHUNKS, chunked(b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n")),
    "chunk size of 400 zeros": refused(400, CHUNKS, chunked(b"0" * 400 + b"3\r\nabc\r\n0\r\n\r\n")),
    "chunk size ended by a bare LF": refused(400, CHUNKS, chunked(b"3\nabc\r\n0\r\n\r\n")),
    "chunk size ended by a bare CR": refused(400, CHUNKS, chunked(b"3\rabc\r\n0\r\n\r\n")),
    "chunk shorter than its size": refused(400, CHUNKS, chunked(b"5\r\nabc\r\n0\r\n\r\n")),
    "chunk longer than its size": refused(400, CHUNKS, chunked(b"3\r\nabcd\r\n0\r\n\r\n")),
    "chunk without its end": refused(400, CHUNKS, chunked(b"3\r\nabc0\r\n\r\n")),
    "chunk ended by a bare LF": refused(400, CHUNKS, chunked(b"3\r\nabc\n0\r\n\r\n")),
    "chunk ended by two other bytes": refused(400, CHUNKS, chunked(b"3\r\nabcXX0\r\n\r\n")),
    "last chunk ended by a bare LF": refused(400, CHUNKS, chunked(b"3\r\nabc\r\n0\n\r\n")),
    "trailer folded": refused(400, "RFC 9112 section 5.2", chunked(b"3\r\nabc\r\n0\r\nX-A: b\r\n c\r\n\r\n")),
    "trailer without a colon": refused(400, TRAILERS, chunked(b"3\r\nabc\r\n0\r\nGET /x HTTP/1.1\r\n\r\n")),
    "trailer with a space before the colon": refused(
        400, TRAILERS, chunked(b"3\r\nabc\r\n0\r\nX-A : b\r\n\r\n")
    ),
    "trailer ended by a bare LF": refused(400, TRAILERS, chunked(b"3\r\nabc\r\n0\r\nX-A: b\n\r\n")),
    "trailer with a zero byte": refused(400, TRAILERS, chunked(b"3\r\nabc\r\n0\r\nX-A: \x00\r\n\r\n")),
    "trailers of 100 KB": refused(
        (400, 413, 431), TRAILERS, chunked(b"3\r\nabc\r\n0\r\n" + b"X-A: " + b"b" * 100000 + b"\r\n\r\n")
    ),
    "a thousand trailers": refused(
        (400, 413, 431),
        TRAILERS,
        chunked(b"3\r\nabc\r\n0\r\n" + b"X-A: bbbbbbbbbbbbbbbb\r\n" * 1000 + b"\r\n"),
    ),
}

CASES: dict[str, Case] = LENGTHS | CODINGS | CHUNK_CASES
