"""JA4 names a TLS client by what its hello offers, whatever order a browser shuffles it into.

Written from FoxIO's public description of JA4, the part of JA4+ that stands under the BSD 3-Clause licence:
https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from struct import pack

from detectors.fingerprint.client_hello import ALPN, SERVER_NAME, ClientHello

PATTERN = re.compile(r"[tqd](?:1[0-3]|s[1-3]|d[1-3]|00)[di]\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}")
NOTHING = "000000000000"
MOST = 99  # two digits
LONGEST_REMEMBERED = 128  # numbers, so that hostile hellos cannot fill the memory through the memo
Numbers = tuple[int, ...]
_VERSIONS = {
    0x0304: "13",
    0x0303: "12",
    0x0302: "11",
    0x0301: "10",
    0x0300: "s3",
    0x0002: "s2",
    0xFEFF: "d1",
    0xFEFD: "d2",
    0xFEFC: "d3",
}
_NOT_HASHED = frozenset((SERVER_NAME, ALPN))  # they depend on the site, not on the client


def ja4_of(hello: ClientHello, transport: str = "t") -> str:
    """36 characters; `transport` is t for TLS over TCP, q for QUIC, d for DTLS."""
    version = _VERSIONS.get(max(hello.versions, default=hello.legacy_version), "00")
    ciphers, extensions, algorithms = hello.ciphers, hello.extensions, hello.signature_algorithms
    hashed = tuple(sorted([kind for kind in extensions if kind not in _NOT_HASHED]))
    short = len(ciphers) + len(hashed) + len(algorithms) <= LONGEST_REMEMBERED
    end = _remembered(ciphers, hashed, algorithms) if short else _end(ciphers, hashed, algorithms)
    name = "d" if hello.named else "i"
    counts = f"{min(len(ciphers), MOST):02}{min(len(extensions), MOST):02}"
    return f"{transport}{version}{name}{counts}{_protocol(hello.alpn)}{end}"


def ciphers_of(ciphers: Sequence[int]) -> str:
    """The second part of a JA4: a hash of what ciphers are offered, GREASE left out."""
    return _hashed(_words(sorted(ciphers)))


def _end(ciphers: Numbers, extensions: Numbers, algorithms: Numbers) -> str:
    """Both hashes. Clients of one kind send the same, but for the order that Chromium gives to extensions."""
    text = _words(extensions)
    if text and algorithms:
        text += "_" + _words(algorithms)
    return f"_{ciphers_of(ciphers)}_{_hashed(text)}"


_remembered = lru_cache(maxsize=1024)(_end)


def is_ja4(text: str) -> bool:
    """True where `text` has the shape of a JA4."""
    return PATTERN.fullmatch(text) is not None


def _words(numbers: Sequence[int]) -> str:
    """`1301,1302`: four hexadecimal digits each."""
    return pack(f">{len(numbers)}H", *numbers).hex(",", 2) if numbers else ""


def _hashed(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()[:12] if text else NOTHING


def _protocol(alpn: tuple[bytes, ...]) -> str:
    """First and last character of the first protocol; 9 for a byte that is no ASCII.

    Where both are ASCII and one is no letter or digit: first and last of its hexadecimal digits. The
    description has asked for these in either case since 2024; the vectors published with it say 9, and so do
    FoxIO's own programs.
    """
    first = alpn[0] if alpn else b""
    if not first:
        return "00"
    ends = chr(first[0]) + chr(first[-1])
    if ends.isascii():
        return ends if ends.isalnum() else first.hex()[0] + first.hex()[-1]
    return "".join([end if end.isascii() and end.isalnum() else "9" for end in ends])
