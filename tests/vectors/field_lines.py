"""Field lines: what a name and a value may be made of (RFC 9112 section 5, RFC 9110 section 5)."""

from tests.vectors.case import HOST, Case, forwarded, get, refused

NAME = "RFC 9110 section 5.1"
VALUE = "RFC 9110 section 5.5"
FIELD = "RFC 9112 section 5"
ENDS = "RFC 9112 section 2.2"
START = b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n"

CASES: dict[str, Case] = {
    "names keep their case and order": forwarded(
        NAME, get(b"aCCept: */*", b"X-B: 1", b"x-a: 2", b"X-B: 3", b"USER-AGENT: t")
    ),
    "name with underscores": forwarded(NAME, get(b"x_custom_id: 7")),
    "name of every allowed sign": forwarded("RFC 9110 section 5.6.2", get(b"!#$%&'*+-.^_`|~09Az: 1")),
    "value with bytes above ASCII": forwarded(VALUE, get(b"X-Name: caf\xe9 \xe2\x82\xac \x80\xff")),
    "value with tabs and quotes inside": forwarded(VALUE, get(b'X-A: a\t"b, c"; d=\\e')),
    "value empty": forwarded(VALUE, get(b"X-A:", b"X-B: ")),
    "value with colons": forwarded(VALUE, get(b"X-A: ::b:c:")),
    "value without white space before it": forwarded(FIELD, get(b"X-A:b"), get(b"X-A: b")),
    "value with white space around it": forwarded(FIELD, get(b"X-A: \t b \t "), get(b"X-A: b")),
    "cookies in several fields": forwarded("RFC 9113 section 8.2.3", get(b"Cookie: a=1", b"Cookie: b=2")),
    "fields that browsers change, beside empty ones with longer names": forwarded(
        NAME,
        get(
            b"X-Cookie:",
            b"Cookie: a=1",
            b"X-Referer:",
            b"Referer: http://shop.test/",
            b"X-If-None-Match:",
            b'If-None-Match: "a"',
        ),
    ),
    "fields that browsers change, nominated by Connection": forwarded(
        NAME, get(b"Connection: Cookie", b"X-Cookie:", b"Cookie: a=1"), get(b"X-Cookie:")
    ),
    "cookies in fields of both cases": forwarded(NAME, get(b"cookie: a=1", b"Cookie: b=2", b"Cookie: c=3")),
    "value of 4,000 bytes": forwarded(VALUE, get(b"X-A: " + b"v" * 4000)),
    "fifty fields": forwarded(FIELD, get(*(b"X-%d: %d" % (n, n) for n in range(50)))),
    "space before the colon": refused(400, "RFC 9112 section 5.1", get(b"X-A : b")),
    "tab before the colon": refused(400, "RFC 9112 section 5.1", get(b"X-A\t: b")),
    "no colon": refused(400, FIELD, get(b"X-A")),
    "no name": refused(400, NAME, get(b": b")),
    "space within a name": refused(400, NAME, get(b"X A: b")),
    "control byte within a name": refused(400, NAME, get(b"X\x01A: b")),
    "zero byte within a name": refused(400, NAME, get(b"X\x00A: b")),
    "byte above ASCII within a name": refused(400, NAME, get(b"X\xe9: b")),
    "bracket within a name": refused(400, NAME, get(b"X[A]: b")),
    "at sign within a name": refused(400, NAME, get(b"X@A: b")),
    "zero byte within a value": refused(400, VALUE, get(b"X-A: b\x00c")),
    "control byte within a value": refused(400, VALUE, get(b"X-A: b\x01c")),
    "escape within a value": refused(400, VALUE, get(b"X-A: \x1b[31m")),
    "DEL within a value": refused(400, VALUE, get(b"X-A: b\x7fc")),
    "vertical tab within a value": refused(400, VALUE, get(b"X-A: b\x0bc")),
    "form feed at the start of a value": refused(400, VALUE, get(b"X-A: \x0cb")),
    "folded line with a space": refused(400, "RFC 9112 section 5.2", get(b"X-A: b", b" c")),
    "folded line with a tab": refused(400, "RFC 9112 section 5.2", get(b"X-A: b", b"\tc")),
    "first field line begins with a space": refused(
        400, ENDS, b"GET /a HTTP/1.1\r\n X-A: b\r\nHost: shop.test\r\n\r\n"
    ),
    "first field line is only white space": refused(
        400, ENDS, b"GET /a HTTP/1.1\r\n \r\nHost: shop.test\r\n\r\n"
    ),
    "bare LF after the request line": refused(400, ENDS, b"GET /a HTTP/1.1\n" + HOST + b"\r\n\r\n"),
    "bare LF after a field": refused(400, ENDS, START + b"X-A: b\nX-B: c\r\n\r\n"),
    "bare LF everywhere": refused(400, ENDS, b"GET /a HTTP/1.1\nHost: shop.test\n\n\r\n\r\n"),
    "bare LF as the end of the head": refused(400, ENDS, START + b"\n\r\n\r\n"),
    "bare CR within a value": refused(400, ENDS, START + b"X-A: b\rc\r\n\r\n"),
    "bare CR after a field": refused(400, ENDS, START + b"X-A: b\rX-B: c\r\n\r\n"),
    "bare CR within the request line": refused(400, ENDS, b"GET /a\r HTTP/1.1\r\n" + HOST + b"\r\n\r\n"),
    "two CR before LF": refused(400, ENDS, START + b"X-A: b\r\r\n\r\n"),
    "bare CR before the end of the head": refused(400, ENDS, START + b"\rX-A: b\r\n\r\n"),
    "bare CR before the request": refused(400, ENDS, b"\r" + get()),
}
