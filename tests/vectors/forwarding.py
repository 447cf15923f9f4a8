"""What the storefront is told, and what is for one hop only (RFC 9110 section 7.6, RFC 7239)."""

from dataclasses import replace

from tests.vectors.case import TRUSTED, Case, forwarded, get, refused

HOP = "RFC 9110 section 7.6.1"
VIA = "RFC 9110 section 7.6.3"
FORWARDED = "RFC 7239 section 5"
OURS = "docs/http.md, reserved names"
TCP4 = b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 80\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n"
V2_TCP4 = V2 + b"\x21\x11\x00\x0c\xcb\x00\x71\x09\xc0\x00\x02\x01\xc7\x38\x00\x50"
V2_TCP6 = (
    V2 + b"\x21\x21\x00\x24" + bytes.fromhex("20010db8" + "00" * 11 + "09") + bytes(16) + b"\xc7\x38\x00\x50"
)
V2_LOCAL = V2 + b"\x20\x00\x00\x00"
V2_TLV = V2 + b"\x21\x11\x00\x10" + V2_TCP4[16:] + b"\x04\x00\x01x"
SPOOFED = b"X-Forwarded-For: 198.51.100.1"


def stripped(*lines: bytes) -> Case:
    """`lines` do not reach the storefront."""
    names = tuple(line.split(b":")[0].lower() for line in lines if not line.lower().startswith(b"connection"))
    return replace(forwarded(HOP, get(b"X-Kept: 1", *lines), get(b"X-Kept: 1")), lacks=names)


def told(sent: bytes, *adds: tuple[bytes, bytes], reaches: bytes = get(), peer: str = TRUSTED) -> Case:
    """The storefront is told `adds` by the gateway itself."""
    return replace(forwarded(FORWARDED, sent, reaches), adds=adds, peer=peer)


def introduced(proxy_header: bytes, address: bytes) -> Case:
    """The balancer's PROXY header names the client; it comes once for each connection."""
    case = told(proxy_header + get(), (b"x-forwarded-for", address + rb"(, ?127\.0\.0\.2)?"))
    return replace(case, listener="proxy", source="PROXY protocol, section 2")


def unintroduced(proxy_header: bytes) -> Case:
    """Not a PROXY header, where one must come."""
    case = refused(400, "PROXY protocol, section 2", proxy_header + get())
    return replace(case, listener="proxy", peer=TRUSTED)


HOP_BY_HOP: dict[str, Case] = {
    "Connection: close is not passed on": replace(
        forwarded(HOP, get(b"Connection: close"), get()), stays=False
    ),
    "Keep-Alive": stripped(b"Keep-Alive: timeout=5"),
    "Proxy-Connection": stripped(b"Proxy-Connection: keep-alive"),
    "Proxy-Authorization": stripped(b"Proxy-Authorization: Basic Zm9v"),
    "TE": stripped(b"Connection: TE", b"TE: trailers, deflate"),
    "Upgrade without Connection": stripped(b"Upgrade: websocket"),
    "Upgrade to h2c": stripped(
        b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"
    ),
    "Upgrade to TLS": stripped(b"Connection: upgrade", b"Upgrade: TLS/1.2"),
    "Connection names a field": stripped(b"Connection: X-Secret", b"X-Secret: 1"),
    "Connection names a field in other case": stripped(b"connection: x-SECRET", b"X-secret: 1"),
    "Connection names several fields": stripped(
        b"Connection: keep-alive, X-One ,\tX-Two", b"X-One: 1", b"X-Two: 2"
    ),
    "two Connection fields": stripped(b"Connection: X-One", b"Connection: X-Two", b"X-One: 1", b"X-Two: 2"),
    "Connection names what stands before it": stripped(b"X-One: 1", b"Connection: X-One"),
    "Connection with empty members": stripped(b"Connection: ,, X-One,,", b"X-One: 1"),
    "Connection names a field that is not there": forwarded(HOP, get(b"Connection: X-None"), get()),
    "Connection names only a part of a name": forwarded(
        HOP, get(b"Connection: X", b"X-One: 1"), get(b"X-One: 1")
    ),
    "Connection cannot remove what we say": replace(
        forwarded(
            HOP, get(b"Connection: X-Forwarded-For, X-Stile-Risk, Via, Forwarded, X-Stile-Decision-Id"), get()
        ),
        adds=(
            (b"x-forwarded-for", rb"127\.0\.0\.1"),
            (b"x-stile-decision-id", rb".{8,}"),
            (b"via", rb".*1\.1 .*"),
        ),
    ),
}

OWN_FIELDS: dict[str, Case] = {
    "who asked, from an untrusted peer": told(
        get(),
        (b"x-forwarded-for", rb"127\.0\.0\.1"),
        (b"x-forwarded-proto", rb"http"),
        (b"x-forwarded-host", rb"shop\.test"),
        (b"forwarded", rb"(?i)for=127\.0\.0\.1;host=shop\.test;proto=http"),
        (b"via", rb"1\.1 stile"),
        peer="127.0.0.1",
    ),
    "decision id and risk are added": told(
        get(), (b"x-stile-decision-id", rb"[0-9a-f-]{36}"), (b"x-stile-band", rb"[a-z]+"), peer="127.0.0.1"
    ),
    "X-Forwarded-For of an untrusted peer is replaced": told(
        get(SPOOFED), (b"x-forwarded-for", rb"127\.0\.0\.1"), peer="127.0.0.1"
    ),
    "Forwarded of an untrusted peer is replaced": told(
        get(b"Forwarded: for=198.51.100.1;proto=https"),
        (b"forwarded", rb"(?i)for=127\.0\.0\.1;host=shop\.test;proto=http"),
        peer="127.0.0.1",
    ),
    "X-Forwarded-Proto of an untrusted peer is replaced": told(
        get(b"X-Forwarded-Proto: https", b"X-Forwarded-Host: evil.test"),
        (b"x-forwarded-proto", rb"http"),
        (b"x-forwarded-host", rb"shop\.test"),
        peer="127.0.0.1",
    ),
    "X-Forwarded-For in two fields is replaced": told(
        get(SPOOFED, b"x-forwarded-for: 198.51.100.2"),
        (b"x-forwarded-for", rb"127\.0\.0\.1"),
        peer="127.0.0.1",
    ),
    "X-Forwarded-For of a trusted peer counts": told(
        get(b"X-Forwarded-For: 203.0.113.9"), (b"x-forwarded-for", rb"203\.0\.113\.9(, ?127\.0\.0\.2)?")
    ),
    "only the rightmost untrusted hop counts": told(
        get(b"X-Forwarded-For: 198.51.100.1, 203.0.113.9"),
        (b"x-forwarded-for", rb"203\.0\.113\.9(, ?127\.0\.0\.2)?"),
    ),
    "X-Forwarded-For with an IPv6 address": told(
        get(b"X-Forwarded-For: 2001:db8::9"),
        (b"x-forwarded-for", rb"2001:db8::9(, ?127\.0\.0\.2)?"),
        (b"forwarded", rb'(?i)for="\[2001:db8::9\]";host=shop\.test;proto=http'),
    ),
    "X-Forwarded-For of a trusted peer is no address": told(
        get(b"X-Forwarded-For: unknown"), (b"x-forwarded-for", rb"127\.0\.0\.2")
    ),
    "an address mapped into IPv6 is one address": told(
        get(b"X-Forwarded-For: ::ffff:203.0.113.9"),
        (b"x-forwarded-for", rb"203\.0\.113\.9(, ?127\.0\.0\.2)?"),
    ),
    "Via grows": told(get(b"Via: 1.0 old"), (b"via", rb"1\.0 old, ?1\.1 stile"), peer="127.0.0.1"),
    "our names from outside are removed": told(
        get(
            b"X-Stile-Risk: 0",
            b"x-stile-band: trusted",
            b"X-STILE-BOT: verified",
            b"X-Stile-Decision-Id: forged",
        ),
        (b"x-stile-decision-id", rb"[0-9a-f-]{36}"),
        peer="127.0.0.1",
    ),
    "any name of ours is removed": replace(
        forwarded(OURS, get(b"X-Stile-Anything: 1"), get()), lacks=(b"x-stile-anything",)
    ),
    "names that frameworks take for ours are removed": replace(
        forwarded(
            OURS, get(b"X_Stile_Risk: 0", b"X_Forwarded_For: 198.51.100.1", b"x-stile_band: trusted"), get()
        ),
        lacks=(b"x_stile_risk", b"x_forwarded_for", b"x-stile_band"),
    ),
}

PROXY_HEADERS: dict[str, Case] = {
    "PROXY v1": introduced(TCP4, rb"203\.0\.113\.9"),
    "PROXY v1 with IPv6": introduced(b"PROXY TCP6 2001:db8::9 2001:db8::1 51000 80\r\n", rb"2001:db8::9"),
    "PROXY v1 of an unknown client": introduced(b"PROXY UNKNOWN\r\n", rb"127\.0\.0\.2"),
    "PROXY v2": introduced(V2_TCP4, rb"203\.0\.113\.9"),
    "PROXY v2 with IPv6": introduced(V2_TCP6, rb"2001:db8::9"),
    "PROXY v2 with more facts": introduced(V2_TLV, rb"203\.0\.113\.9"),
    "PROXY v2 of the balancer itself": introduced(V2_LOCAL, rb"127\.0\.0\.2"),
    "PROXY header missing": unintroduced(b""),
    "PROXY v1 in lower case": unintroduced(b"proxy TCP4 203.0.113.9 192.0.2.1 51000 80\r\n"),
    "PROXY v1 with a bad address": unintroduced(b"PROXY TCP4 203.0.113.999 192.0.2.1 51000 80\r\n"),
    "PROXY v1 with a bad port": unintroduced(b"PROXY TCP4 203.0.113.9 192.0.2.1 99999 80\r\n"),
    "PROXY v1 of the other family": unintroduced(b"PROXY TCP4 2001:db8::9 2001:db8::1 51000 80\r\n"),
    "PROXY v1 with a bare LF": unintroduced(b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 80\n"),
    "PROXY v1 without end": unintroduced(b"PROXY TCP4 " + b"1" * 200),
    "PROXY v2 of an unknown version": unintroduced(V2 + b"\x31\x11\x00\x0c" + V2_TCP4[16:]),
    "PROXY v2 of an unknown command": unintroduced(V2 + b"\x2f\x11\x00\x0c" + V2_TCP4[16:]),
    "PROXY v2 too short for its family": unintroduced(V2 + b"\x21\x21\x00\x0c" + V2_TCP4[16:]),
    "PROXY header where none is expected": replace(unintroduced(TCP4), listener="plain"),
    "PROXY header from an untrusted peer": replace(unintroduced(TCP4), peer="127.0.0.1"),
}

CASES: dict[str, Case] = HOP_BY_HOP | OWN_FIELDS | PROXY_HEADERS
