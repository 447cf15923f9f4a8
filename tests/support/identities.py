"""Identities for tests that answer from a table, and visits that are made of them."""

from collections.abc import Mapping

from config.cel.questions import IDENTITIES
from detectors.request import Request
from detectors.visit import Visit
from tests.support.requests import a_request

Asked = tuple[str, ...]  # the function and its words: ("rate", "1m") or ("rate", "1m", "login")
Answers = Mapping[tuple[str, Asked], float]  # by identity and what it is asked


class Known:
    """One identity that answers from a table, and 0.0 to anything else."""

    def __init__(self, answers: Mapping[Asked, float]) -> None:
        self._answers = answers
        self.requests = self.pages = max(answers.values(), default=0.0)  # no rate exceeds them

    def rate(self, window: str, _now: float, route: str = "") -> float:
        """The answer to ("rate", window, route), the route left out where it is empty."""
        return self._to("rate", window, *filter(None, [route]))

    def page_rate(self, window: str, _now: float) -> float:
        """The answer to ("page_rate", window)."""
        return self._to("page_rate", window)

    def count(self, name: str) -> float:
        """The answer to ("count", name)."""
        return self._to("count", name)

    def distinct(self, name: str = "paths") -> float:
        """The answer to ("distinct", name)."""
        return self._to("distinct", name)

    def _to(self, *asked: str) -> float:
        return self._answers.get(asked, 0.0)


def a_visit_of(answers: Answers, request: Request | None = None) -> Visit:
    """A visit whose identities say what `answers` holds."""
    known = {
        name: Known({asked: answer for (who, asked), answer in answers.items() if who == name})
        for name in IDENTITIES
    }
    for name, about in IDENTITIES.items():
        owner, *crowd = about.source.removeprefix("visit.").split(".")
        if crowd:
            setattr(known[owner], crowd[0], known[name])
    return Visit(request or a_request("/"), known["ip"], known["session"])  # type: ignore[arg-type]
