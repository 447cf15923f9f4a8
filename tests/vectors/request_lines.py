"""Request lines: method, target, version (RFC 9112 sections 2 and 3, RFC 9110 sections 4.2, 7.1 and 9)."""

from tests.vectors.case import HOST, Case, forwarded, get, head, refused

LINE = "RFC 9112 section 3"
TARGET = "RFC 9112 section 3.2"
VERSION = "RFC 9112 section 2.3"
VERSIONS_REFUSED = (400, 505)


def line(start: bytes) -> bytes:
    """A head with this request line."""
    return head(start, HOST)


CASES: dict[str, Case] = {
    "plain GET": forwarded(LINE, get()),
    "empty lines before the request": forwarded("RFC 9112 section 2.2", b"\r\n\r\n" + get(), get()),
    "method of WebDAV": forwarded("RFC 9110 section 9", line(b"PROPFIND /a HTTP/1.1")),
    "method DELETE": forwarded("RFC 9110 section 9.3.5", line(b"DELETE /a HTTP/1.1")),
    "method OPTIONS with a path": forwarded("RFC 9110 section 9.3.7", line(b"OPTIONS /a HTTP/1.1")),
    "method PATCH": forwarded("RFC 5789", head(b"PATCH /a HTTP/1.1", HOST, b"Content-Length: 1") + b"x"),
    "method in lower case": refused((400, 501), "RFC 9110 section 9.1", line(b"get /a HTTP/1.1")),
    "method nobody knows": refused((400, 501), "RFC 9110 section 9.1", line(b"FOOBAR /a HTTP/1.1")),
    "method with a forbidden character": refused(400, "RFC 9110 section 5.6.2", line(b"G(T /a HTTP/1.1")),
    "method missing": refused(400, LINE, line(b" /a HTTP/1.1")),
    "CONNECT": refused(
        405, "RFC 9110 section 9.3.6", head(b"CONNECT shop.test:443 HTTP/1.1", b"Host: shop.test:443")
    ),
    "TRACE": refused(405, "RFC 9110 section 9.3.8", line(b"TRACE /a HTTP/1.1")),
    # targets
    "target with a query": forwarded(TARGET, get(target=b"/a?b=c&d=%20")),
    "target stays encoded as it was": forwarded(
        "RFC 3986 section 6", get(target=b"/%7Ea/%2F/%e2%82%ac%2e?x=%41")
    ),
    "target with dot segments": forwarded("RFC 3986 section 5.2.4", get(target=b"/a/../b/./c")),
    "target with two slashes": forwarded(TARGET, get(target=b"//evil.test/x")),
    "target with a lonely percent": forwarded(TARGET, get(target=b"/a?discount=100%")),
    "target with signs that browsers leave raw": forwarded(TARGET, get(target=b"/a?q={x}|[y]^`'")),
    "target of 4,000 bytes": forwarded(TARGET, get(target=b"/" + b"a" * 4000)),
    "target with a fragment": refused(400, TARGET, line(b"GET /a#top HTTP/1.1")),
    "target missing": refused(400, TARGET, line(b"GET HTTP/1.1")),
    "target empty": refused(400, TARGET, line(b"GET  HTTP/1.1")),
    "target without a slash": refused(400, TARGET, line(b"GET a HTTP/1.1")),
    "target is a query only": refused(400, TARGET, line(b"GET ?a=b HTTP/1.1")),
    "target with a space": refused(400, TARGET, line(b"GET /a b HTTP/1.1")),
    "target with a raw byte above ASCII": refused(400, TARGET, line(b"GET /caf\xc3\xa9 HTTP/1.1")),
    "target with a control byte": refused(400, TARGET, line(b"GET /a\x01 HTTP/1.1")),
    "target with a zero byte": refused(400, TARGET, line(b"GET /a\x00 HTTP/1.1")),
    "target with DEL": refused(400, TARGET, line(b"GET /a\x7f HTTP/1.1")),
    "target is a star without OPTIONS": refused(400, "RFC 9112 section 3.2.4", line(b"GET * HTTP/1.1")),
    "target in authority-form without CONNECT": refused(400, TARGET, line(b"GET shop.test:80 HTTP/1.1")),
    "OPTIONS star": forwarded("RFC 9112 section 3.2.4", line(b"OPTIONS * HTTP/1.1")),
    # absolute-form
    "absolute-form": forwarded(
        "RFC 9112 section 3.2.2", line(b"GET http://shop.test/a?b HTTP/1.1"), get(target=b"/a?b")
    ),
    "absolute-form with the scheme in capitals": forwarded(
        "RFC 3986 section 3.1", line(b"GET HTTP://shop.test/a HTTP/1.1"), get()
    ),
    "absolute-form without a path": forwarded(
        "RFC 9110 section 4.2.3", line(b"GET http://shop.test HTTP/1.1"), get(target=b"/")
    ),
    "absolute-form with a query and no path": forwarded(
        "RFC 9112 section 3.2.1", line(b"GET http://shop.test?q=1 HTTP/1.1"), get(target=b"/?q=1")
    ),
    "absolute-form of OPTIONS star": forwarded(
        "RFC 9112 section 3.2.4", line(b"OPTIONS http://shop.test HTTP/1.1"), line(b"OPTIONS * HTTP/1.1")
    ),
    "absolute-form replaces another Host": forwarded(
        "RFC 9112 section 3.2.2", head(b"GET http://shop.test/a HTTP/1.1", b"Host: other.test"), get()
    ),
    "absolute-form without Host": refused(
        400, TARGET, head(b"GET http://shop.test/a HTTP/1.1", b"Accept: */*")
    ),
    "absolute-form with a user": refused(
        400, "RFC 9110 section 4.2.4", line(b"GET http://me@shop.test/a HTTP/1.1")
    ),
    "absolute-form with a user and password": refused(
        400, "RFC 9110 section 4.2.4", line(b"GET http://me:secret@shop.test/a HTTP/1.1")
    ),
    "absolute-form without authority": refused(
        400, "RFC 9110 section 4.2.1", line(b"GET http:///a HTTP/1.1")
    ),
    "absolute-form of another scheme": refused(
        400, "RFC 9110 section 7.4", line(b"GET ftp://shop.test/a HTTP/1.1")
    ),
    "absolute-form with a bad port": refused(400, TARGET, line(b"GET http://shop.test:8o/a HTTP/1.1")),
    "absolute-form with a fragment": refused(400, TARGET, line(b"GET http://shop.test/a#b HTTP/1.1")),
    # white space and versions
    "two spaces before the target": refused(400, LINE, line(b"GET  /a HTTP/1.1")),
    "two spaces before the version": refused(400, LINE, line(b"GET /a  HTTP/1.1")),
    "tab before the target": refused(400, LINE, line(b"GET\t/a HTTP/1.1")),
    "space after the version": refused(400, LINE, line(b"GET /a HTTP/1.1 ")),
    "space before the method": refused(400, LINE, line(b" GET /a HTTP/1.1")),
    "HTTP/0.9": refused(VERSIONS_REFUSED, VERSION, b"GET /a\r\n\r\n"),
    "HTTP/1.2": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/1.2")),
    "HTTP/2.0": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/2.0")),
    "HTTP/3": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/3")),
    "HTTP/1.10": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/1.10")),
    "HTTP/01.1": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/01.1")),
    "version without a minor digit": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a HTTP/1")),
    "version in lower case": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a http/1.1")),
    "version of another protocol": refused(VERSIONS_REFUSED, VERSION, line(b"GET /a RTSP/1.0")),
    "HTTP/2 preface": refused(VERSIONS_REFUSED, "RFC 9113 section 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS hello on a plain port": refused(400, LINE, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    "no HTTP at all": refused(400, LINE, b"hello there\r\n\r\n"),
}
