"""What a trusted front says of its client's TLS; the same words from anybody else are taken away."""

import re
from functools import lru_cache

from detectors.fingerprint.ja4 import is_ja4
from detectors.request import Tls
from proxy.http1.header_block import HeaderBlock

Names = tuple[bytes, ...]  # lower case


def told_tls(block: HeaderBlock, names: Names) -> Tls | None:
    """The client's TLS in the first of `names` that holds a JA4; None where no front told of it.

    Of a name that came twice the last counts: a front that adds its own leaves a client's before it.
    """
    for name in names:
        told = block.fields.get(name)
        if told is None:
            continue
        if name in block.repeated:
            told = next(content for field, content in reversed(block.headers) if field.lower() == name)
        text = told.decode("latin-1")
        if is_ja4(text):
            return Tls("", "", text)
    return None


def without_fields(lines: bytes, names: Names) -> bytes:
    """Field lines without those of `names`, also where an underscore stands for a hyphen."""
    return _pattern(names).sub(b"", lines) if names and lines else lines


@lru_cache(maxsize=8)
def _pattern(names: Names) -> re.Pattern[bytes]:
    either = b"|".join(re.escape(name).replace(rb"\-", b"[-_]") for name in names)
    return re.compile(rb"^(?:" + either + rb"):[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)
