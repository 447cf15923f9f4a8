"""What a page load told about its sender; what the page then loads by itself tells nothing more."""

from detectors.evidence import Evidence
from detectors.model.opinion import Named, Opinion
from detectors.value import value


@value
class Assessment:
    """Evidence, model margin (None where the model did not speak) and risk (None where not computed).

    `model` is whose margin it is: another may judge by now. `challenger` is what a second model said.
    """

    evidence: tuple[Evidence, ...]
    margin: float | None
    risk: float | None
    model: Named | None = None
    challenger: Opinion | None = None
