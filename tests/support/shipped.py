"""The shipped model under another name, and the ways in which a bundle can be spoilt."""

import json
from typing import Any

from config.sources import SHIPPED_MODEL
from detectors.model.bundle import digest

MIB = 1024 * 1024


def a_shipped(version: str, **changes: Any) -> bytes:
    """The shipped model as another bundle, whole and sealed."""
    bundle = {**json.loads(SHIPPED_MODEL.read_bytes()), "version": version, **changes}
    return json.dumps({**bundle, "sha256": digest(bundle)}).encode()


def broken_bundles() -> dict[str, tuple[bytes, str]]:
    """Bundles that must be refused, and words of the reason."""
    sound = a_shipped("broken")
    return {
        "truncated": (sound[: len(sound) // 2], "no JSON"),
        "empty": (b"", "no JSON"),
        "NaN": (sound.replace(b'"training": {', b'"training": {"odd": NaN, ', 1), "NaN is no number"),
        "another schema": (a_shipped("broken", schema=999), "trained for feature schema 999"),
        "oversized": (sound + b" " * (2 * MIB), "bytes; at most"),
        "another content": (sound.replace(b'"broken"', b'"brokem"', 1), "sha256 does not match"),
        "poisoned": (a_shipped("broken", training=[]), "training is an object"),
        "no text": (b"\xff\xfe\x00\xd8", "no JSON"),
    }
