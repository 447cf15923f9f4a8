"""A page speaks the first of the reader's languages that we have words in, else English."""

import re
from collections.abc import Mapping
from pathlib import Path

from orjson import loads

FOLDER = Path(__file__).parent / "texts"
FALLBACK = "en"
RIGHT_TO_LEFT = frozenset({"ar", "he"})
MAX_HEADER_BYTES = 512
_RANGE = re.compile(rb"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")

Texts = Mapping[str, str]


def _load() -> dict[str, Texts]:
    return {file.stem: loads(file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))}


TEXTS = _load()


def language_of(accept_language: bytes) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 section 12.5.4), by primary tag."""
    best, best_weight = FALLBACK, 0.0
    for part in accept_language[:MAX_HEADER_BYTES].split(b","):
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        language = found[1].decode("ascii").lower()
        weight = float(found[2] or 1)
        if language in TEXTS and weight > best_weight:
            best, best_weight = language, weight
    return best


def texts(language: str) -> Texts:
    """All words of a language; English where we do not speak it."""
    return TEXTS.get(language, TEXTS[FALLBACK])


def direction(language: str) -> str:
    """How the language is written, for the `dir` attribute."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
