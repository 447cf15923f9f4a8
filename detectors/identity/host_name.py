"""A host name is an operator's where it lies below one of the operator's domains, label by label."""

import re
from collections.abc import Iterable

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
MAX_NAME_CHARS = 253  # RFC 1035 section 2.3.4


def lies_below(name: str, domains: Iterable[str]) -> bool:
    """True where `name`, with or without its final dot and in any case, is a host below one of `domains`.

    The domain itself is no host of it; `evilgooglebot.com` and `googlebot.com.evil.net` are others' names.
    """
    plain = name.removesuffix(".").lower()
    if len(plain) > MAX_NAME_CHARS or not all(LABEL.fullmatch(label) for label in plain.split(".")):
        return False
    return any(plain.endswith(f".{domain}") for domain in domains)
