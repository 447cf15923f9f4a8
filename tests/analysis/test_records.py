import json

import pytest

from analysis.records import record_of
from config.allowed import allowed_by_order
from config.decision import Decision
from tests.support.events import a_decision, a_line

JUDGED = {
    "by a rule": (a_decision(), True),
    "for Stile's own path": (a_decision(rule="answer", ruleset="(stile)/own"), False),
    "while an order lets everybody in": (allowed_by_order(1_790_000_000.0), False),
}


@pytest.mark.parametrize(("decision", "judged"), JUDGED.values(), ids=JUDGED)
def test_what_nobody_judged_is_counted_and_not_judged_again(decision: Decision, judged: bool) -> None:
    record = record_of(json.loads(a_line(decision=decision)))

    assert (record.counted, record.judged) == (True, judged)
