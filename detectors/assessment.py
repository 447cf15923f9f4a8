"""What a page load told about its sender; what the page then loads by itself tells nothing more."""

from detectors.evidence import Evidence
from detectors.value import value


@value
class Assessment:
    """Evidence, model margin (None where the model did not speak) and risk (None where not computed)."""

    evidence: tuple[Evidence, ...]
    margin: float | None
    risk: float | None
