"""The shipped behaviour judges the laboratory: whom it would ask, by what they did alone."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from analysis.lab.figure import LINE, MODEL, Judged, judged, table
from analysis.lab.sessions import HELD_OUT, LabSession, read
from detectors.behaviour.step import ASSET, IMAGE, Kind
from detectors.inspection import Inspector
from detectors.model.bundle import load_model

SESSIONS = read(HELD_OUT)  # which trained and tuned nothing
LACKING: dict[str, tuple[Collection[Kind], int]] = {  # what Stile does not see; how many may be asked, of 64
    "nothing": ((), 0),
    "pictures, which come from another host": ((IMAGE,), 0),
    "all that a page is made of": ((IMAGE, ASSET), 1),
}


def judge_all(sessions: list[LabSession]) -> list[Judged]:
    model, inspector = load_model(MODEL.read_bytes()), Inspector({})
    return [judged(session, model, inspector) for session in sessions]


def without(session: LabSession, kinds: Collection[Kind]) -> LabSession:
    return replace(session, acts=tuple(act for act in session.acts if act.step.kind not in kinds))


@pytest.mark.parametrize(("kinds", "most"), LACKING.values(), ids=LACKING)
def test_shoppers_are_not_asked_for_what_they_did(kinds: Collection[Kind], most: int) -> None:
    people = [without(session, kinds) for session in SESSIONS if not session.bot]
    above = [one for one in judge_all(people) if one.at_tenth is not None and one.at_tenth > LINE]

    assert len(people) >= 100
    assert len(above) <= most


@pytest.mark.parametrize("faster", [2, 4, 8])
def test_shoppers_without_referrers_or_in_haste_are_not_asked(faster: int) -> None:
    """Private browsers send no referrer; many people read faster than the laboratory's."""
    hasty = [
        replace(
            session,
            acts=tuple(
                replace(act, at_ms=act.at_ms // faster, referrer=None if faster == 2 else act.referrer)
                for act in session.acts
            ),
        )
        for session in SESSIONS
        if not session.bot
    ]

    assert [one.session.goal for one in judge_all(hasty) if one.highest > LINE] == []


def test_most_of_what_is_automated_is_above_the_line_at_the_tenth_page() -> None:
    tenth = [one.at_tenth for one in judge_all([session for session in SESSIONS if session.bot])]
    reached = [risk for risk in tenth if risk is not None]

    assert len(reached) >= 100
    assert sum(risk > LINE for risk in reached) >= 0.9 * len(reached)


def test_the_table_has_a_line_for_every_family_and_for_all() -> None:
    text = table(judge_all(SESSIONS[:30]))

    assert "all automated" in text
    assert len(text.splitlines()) == 2 + 1 + len({session.family for session in SESSIONS[:30]})
