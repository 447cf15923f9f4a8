"""PROXY headers and forwarded addresses: an address, a refusal or a wait for more, never anything else."""

from ipaddress import ip_address, ip_network

from proxy.client_address import Trust, plain_address
from proxy.faults import ClientFault
from proxy.http1.header_block import HeaderBlock, block_of
from proxy.proxy_protocol import read_proxy_header
from tests.fuzz.target import Target
from tests.vectors.forwarding import PROXY_HEADERS, V2

Verdict = tuple[int, str | None] | None | str
TRUSTS = tuple(Trust([ip_network("10.0.0.0/8")], header) for header in ("X-Forwarded-For", "Forwarded"))
CORPUS = (
    *(case.sent for case in PROXY_HEADERS.values()),
    b"1.2.3.4, 10.0.0.1, 2001:db8::1",
    b'for=192.0.2.60;proto=http;by=203.0.113.43, for="[2001:db8:cafe::17]:4711"',
    b"unknown, _hidden, [::1]:80, 1.2.3.4:5, fe80::1%eth0, ::ffff:1.2.3.4",
)
TOKENS = (
    *(
        V2,
        V2[:5],
        b"\x21\x11",
        b"\x20\x00",
        b"\x21\x21",
        b"\x21\x31",
        b"\xff\xff",
        b"\x00\x24",
        b"\x08\x00",
        b"\0" * 36,
    ),
    *(
        b"PROXY ",
        b"TCP4 ",
        b"TCP6 ",
        b"UNKNOWN",
        b"\r\n",
        b"\n",
        b" ",
        b"65536",
        b"00080",
        b"255.255.255.255",
    ),
    *(
        b"2001:db8::1",
        b"::",
        b"::ffff:1.2.3.4",
        b"010.1.1.1",
        b"1.2.3",
        b"for=",
        b'"',
        b";",
        b",",
        b"[",
        b"]",
        b"%",
        b"_",
    ),
)


def verdict(data: bytes) -> Verdict:
    """What the reader makes of `data`; the reason of a refusal as text."""
    try:
        return read_proxy_header(data)
    except ClientFault as fault:
        return str(fault)


def check(data: bytes) -> None:
    """The answer uses no more than there is, does not depend on what follows, and names an address."""
    found = verdict(data)
    if isinstance(found, tuple):
        used, address = found
        assert 0 < used <= len(data)
        assert address is None or str(ip_address(address)) == address
        assert verdict(data[:used]) == found
        assert verdict(data[: used - 1]) is None, "an answer before the header was whole"
    check_hops(data)


def check_hops(data: bytes) -> None:
    """Whatever a trusted peer says, the client has an address."""
    text = plain_address(data.decode("latin-1"))
    assert text is None or str(ip_address(text)) == text
    for trust in TRUSTS:
        for name in (b"X-Forwarded-For", b"Forwarded"):
            assert ip_address(trust.client_of("10.0.0.9", a_block(name, data)))


def a_block(name: bytes, content: bytes) -> HeaderBlock:
    """The fields of a request that says `content` twice."""
    return block_of([(b"Host", b"shop.test"), (name, content), (name, content)], "1.1", 100)


PROXY_HEADER = Target("proxy-header", CORPUS, TOKENS, check)
