"""TLS hellos in records: a hello, a wait for more or a refusal, never anything else."""

from detectors.fingerprint.client_hello import BadHello, client_hello_of
from detectors.fingerprint.ja4 import is_ja4, ja4_of
from proxy.tls.records import HelloTooLarge, NotTls, hello_in
from tests.fuzz.target import Target
from tests.support.hellos import browser_hello, groups, hello, protocols, records, server_name, versions

CORPUS = (
    records(browser_hello()),
    records(browser_hello(), 300),
    records(hello([server_name(b"a.example"), protocols(b"\xba\xad", b"h2"), versions(0x0304)])),
    records(hello(None, legacy=0x0300)),
    records(hello([groups(29)]), 1),
)
TOKENS = (b"\x16\x03\x01", b"\x01\x00\x00", b"\x0a\x0a", b"\x00\x00", b"\xff\xff", b"\x00\x2b", b"\x00\x10")
Verdict = bytes | int | None


def verdict(data: bytes) -> Verdict:
    """What is found in `data`; None for a refusal."""
    try:
        return hello_in(data)
    except (NotTls, HelloTooLarge):
        return None


def check(data: bytes) -> None:
    """A wait asks for more than there is; a hello stays the same whatever follows, and has a JA4 or none."""
    found = verdict(data)
    if isinstance(found, int):
        assert found > len(data)
    elif found is not None:
        assert verdict(data + b"\x17\x03\x03") == found
        try:
            read = client_hello_of(found)
        except BadHello:
            return
        assert is_ja4(ja4_of(read))


HELLOS = Target("hello", CORPUS, TOKENS, check)
