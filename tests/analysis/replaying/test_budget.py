"""A budget says in one sentence what must not be."""

import pytest

from analysis.replaying.budget import BudgetFault, budget_of
from analysis.replaying.report import Report, Tally


def a_report() -> Report:
    """Two of 200 people were challenged, one request of 1,000 was blocked."""
    report = Report(after=Tally(), judged=1_000, lines=1_010, malformed=10)
    assert report.after is not None
    report.population.update({"people": 200, "all": 300})
    report.after.clients.update({("people", "challenge"): 2, ("people", "hit"): 2, ("all", "hit"): 100})
    report.after.decisions.update({("allow", "low", ""): 999, ("block", "certain", "no"): 1})
    report.before.decisions.update({("allow", "low", ""): 1_000})
    return report


EXCEEDED = (
    "people_challenged > 0.5%",
    "people_hit>=1%",
    "people_challenged > 1",
    "clients_hit > 33%",
    "requests_blocked > 0",
    "malformed >= 10",
    "requests_flipped < 1",
)
KEPT = (
    "people_challenged > 1%",
    "people_challenged > 2",
    "people_blocked > 0",
    "verified_bots_hit > 0%",
    "requests_blocked > 0.1%",
    "malformed > 1%",
)


@pytest.mark.parametrize("text", EXCEEDED)
def test_is_exceeded(text: str) -> None:
    assert budget_of(text).exceeded_by(a_report())


@pytest.mark.parametrize("text", KEPT)
def test_is_kept(text: str) -> None:
    assert budget_of(text).exceeded_by(a_report()) == ""


def test_says_which_and_by_how_much() -> None:
    said = budget_of("people_challenged > 0.5%").exceeded_by(a_report())

    assert said == "people_challenged > 0.5%: people_challenged is 2 of 200 (1%)"


FAULTS = {
    "peple_challenged > 1": "did you mean 'people_challenged'",
    "nonsense > 1": "lists them",
    "people_challenged": "looks like",
    "people_challenged = 1": "looks like",
    "people_challenged > -1": "looks like",
    "people_challenged > 1 %%": "looks like",
}


@pytest.mark.parametrize(("text", "says"), FAULTS.items(), ids=FAULTS)
def test_what_is_no_budget_is_explained(text: str, says: str) -> None:
    with pytest.raises(BudgetFault, match=says):
        budget_of(text)
