"""Host and authority (RFC 9112 section 3.2, RFC 9110 section 7.2, RFC 3986 section 3.2)."""

from tests.vectors.case import Case, forwarded, head, refused

HOST_RULE = "RFC 9112 section 3.2"


def host(*values: bytes) -> bytes:
    """A GET with these Host fields."""
    return head(b"GET /a HTTP/1.1", *(b"Host: " + value for value in values), b"Accept: */*")


CASES: dict[str, Case] = {
    "Host with a port": forwarded(HOST_RULE, host(b"shop.test:8080")),
    "Host with an empty port": forwarded("RFC 3986 section 3.2.3", host(b"shop.test:")),
    "Host is IPv4": forwarded(HOST_RULE, host(b"192.0.2.7")),
    "Host is IPv6 with a port": forwarded(HOST_RULE, host(b"[2001:db8::7]:8080")),
    "Host in capitals": forwarded("RFC 3986 section 3.2.2", host(b"SHOP.Test")),
    "Host not first": forwarded(HOST_RULE, head(b"GET /a HTTP/1.1", b"Accept: */*", b"Host: shop.test")),
    "Host name in capitals": forwarded(HOST_RULE, head(b"GET /a HTTP/1.1", b"HOST: shop.test")),
    "Host missing": refused(400, HOST_RULE, head(b"GET /a HTTP/1.1", b"Accept: */*")),
    "Host missing and no field at all": refused(400, HOST_RULE, b"GET /a HTTP/1.1\r\n\r\n"),
    "Host empty": refused(400, HOST_RULE, head(b"GET /a HTTP/1.1", b"Host:")),
    "Host only white space": refused(400, HOST_RULE, head(b"GET /a HTTP/1.1", b"Host: \t ")),
    "Host twice and different": refused(400, HOST_RULE, host(b"shop.test", b"evil.test")),
    "Host twice and the same": refused(400, HOST_RULE, host(b"shop.test", b"shop.test")),
    "Host twice, one empty": refused(400, HOST_RULE, host(b"shop.test", b"")),
    "Host twice in different case": refused(
        400, HOST_RULE, head(b"GET /a HTTP/1.1", b"Host: shop.test", b"hOST: evil.test")
    ),
    "Host with a user": refused(400, HOST_RULE, host(b"me@shop.test")),
    "Host with a path": refused(400, HOST_RULE, host(b"shop.test/a")),
    "Host with a scheme": refused(400, HOST_RULE, host(b"http://shop.test")),
    "Host with a space": refused(400, HOST_RULE, host(b"shop.test evil.test")),
    "Host is a list": refused(400, HOST_RULE, host(b"shop.test, evil.test")),
    "Host with a query": refused(400, HOST_RULE, host(b"shop.test?x")),
    "Host with a fragment": refused(400, HOST_RULE, host(b"shop.test#x")),
    "Host with a backslash": refused(400, HOST_RULE, host(b"shop.test\\evil")),
    "Host with a port of letters": refused(400, HOST_RULE, host(b"shop.test:http")),
    "Host with a port too high": refused(400, HOST_RULE, host(b"shop.test:65536")),
    "Host with two ports": refused(400, HOST_RULE, host(b"shop.test:80:81")),
    "Host is only a port": refused(400, HOST_RULE, host(b":80")),
    "Host with an open bracket": refused(400, HOST_RULE, host(b"[2001:db8::7")),
    "Host with raw bytes above ASCII": refused(400, HOST_RULE, host(b"caf\xc3\xa9.test")),
    "Host longer than a name may be": refused(400, "RFC 1035 section 2.3.4", host(b"a" * 300)),
}
