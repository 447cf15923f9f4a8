"""A bundle is compiled once, however often a configuration is loaded that names it."""

from functools import lru_cache

from detectors.model.bundle import Model, load_model

KEPT = 4  # champion, challenger, and what they are being replaced by


@lru_cache(maxsize=KEPT)
def usable(document: bytes) -> Model:
    """The model in `document`, which may come from any thread. Raises BundleFault."""
    return load_model(document)
