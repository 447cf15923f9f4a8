"""Chromium introduces itself by its engine, its maker, and a name made up to keep readers from lists."""

import re

BRAND = re.compile(rb'"([^"]{0,64})";v="([^"]{0,32})"')
CHROMIUM = b"Chromium"
# Chromium's own recipe, components/embedder_support/user_agent_utils.cc: the major version chooses.
SIGNS = b" (:-./);=?_"
VERSIONS = (b"8", b"99", b"24")


def brands_of(sent: bytes) -> dict[bytes, bytes]:
    """Brand and version of each entry of sec-ch-ua; unreadable entries are left out."""
    return dict(BRAND.findall(sent))


def is_made_up(brand: bytes) -> bool:
    """True for a name like `Not.A/Brand`, which is no browser's."""
    return b"Not" in brand and b"Brand" in brand


def made_up_brand(major: int) -> tuple[bytes, bytes]:
    """Name and version of the brand that Chromium `major` makes up."""
    first, second = (SIGNS[at % len(SIGNS)] for at in (major, major + 1))
    return b"Not%cA%cBrand" % (first, second), VERSIONS[major % len(VERSIONS)]
