"""Events say who somebody was; what says it is named, and a bot's sign beats a person's."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.evaluation.input import Source, labelled_sessions
from analysis.evaluation.labelled_events import Labelled, Sign, for_training, sign_of
from analysis.labels import Label, label_of
from tests.support.events import a_line as an_event_line
from tests.support.logs import BROWSER, CRAWLER

SOLVED = {"stile": {"challenge": {"id": "c", "kind": "pow", "outcome": "solved"}}}
BAN = {"rule": {"name": "ban", "ruleset": "orders"}}
TELLING = {
    "a proof of work": (SOLVED, Sign.SOLVED),
    "a clearance by proof of work": ({"stile": {"clearance": "pow"}}, Sign.SOLVED),
    "a pass": ({"rule": {"name": "pass", "ruleset": "orders"}}, Sign.PASSED),
    "a trap": ({"stile": {"route": "trap"}}, Sign.TRAP),
    "a failed answer": ({"stile": {"challenge": {"kind": "", "outcome": "failed"}}}, Sign.FAILED),
    "a ban": (BAN, Sign.BANNED),
    "a verified bot": ({"stile": {"bot": {"claimed": "x", "status": "verified"}}}, Sign.VERIFIED),
    "a spoofed bot": ({"stile": {"bot": {"claimed": "x", "status": "spoofed"}}}, Sign.SPOOFED),
}
SILENT = {
    "nothing": {},
    "a form, which scripts send as well": {"stile": {"challenge": {"kind": "form", "outcome": "solved"}}},
    "a clearance by form": {"stile": {"clearance": "form"}},
    "an own rule that is called ban": {"rule": {"name": "ban", "ruleset": "stile.yaml"}},
    "an unverified bot": {"stile": {"bot": {"claimed": "x", "status": "unverified"}}},
    "a challenge that was only sent": {"stile": {"challenge": {"kind": "pow", "outcome": "issued"}}},
}


def an_event(at_s: int = 0, *, path: str = "/shoes", agent: str = BROWSER, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(an_event_line())
    event["@timestamp"] = f"2026-01-01T00:{at_s // 60:02d}:{at_s % 60:02d}.000000Z"
    event["url"] |= {"path": path}
    event["user_agent"] = {"original": agent}
    event["stile"].pop("route", None)
    for name, part in changes.items():
        event[name] |= part
    return event


def sessions(folder: Path, *events: dict[str, Any]) -> list[Labelled]:
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return list(labelled_sessions([Source(path)]))


@pytest.mark.parametrize(("changes", "sign"), TELLING.values(), ids=TELLING)
def test_what_an_event_tells_is_named(changes: dict[str, Any], sign: Sign) -> None:
    assert sign_of(an_event(**changes)) is sign


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT)
def test_what_scripts_or_rules_could_do_as_well_tells_nothing(changes: dict[str, Any]) -> None:
    assert sign_of(an_event(**changes)) is None


def test_one_event_labels_the_whole_session(tmp_path: Path) -> None:
    (found,) = sessions(tmp_path, an_event(0), an_event(5, **SOLVED), an_event(9))

    assert (found.bot, found.sign, len(found.session.acts)) == (False, Sign.SOLVED, 3)


def test_a_bot_that_solves_a_challenge_is_a_bot(tmp_path: Path) -> None:
    (found,) = sessions(tmp_path, an_event(0, **SOLVED), an_event(5, stile={"route": "trap"}))

    assert (found.bot, found.sign) == (True, Sign.TRAP)


def test_a_declared_bot_with_a_pass_is_a_bot(tmp_path: Path) -> None:
    (found,) = sessions(tmp_path, an_event(agent=CRAWLER, rule={"name": "pass", "ruleset": "orders"}))

    assert (found.bot, found.sign, found.declared) == (True, Sign.DECLARED, True)


def test_who_did_nothing_telling_has_no_label(tmp_path: Path) -> None:
    assert sessions(tmp_path, an_event(), an_event(3)) == []


def test_the_answer_to_a_challenge_is_no_page_that_could_tell_the_label(tmp_path: Path) -> None:
    answer = an_event(3, path="/.stile/answer", **SOLVED)
    (found,) = sessions(tmp_path, an_event(0), answer, an_event(6))

    assert len(found.session.acts) == 2


def test_a_page_in_place_of_which_stile_asked_is_no_error_of_the_client(tmp_path: Path) -> None:
    asked = an_event(
        event={"action": "challenge"},
        http={"response": {"status_code": 403, "bytes": 9}},
        stile={"timing_us": {"judge": 9, "state": 0, "upstream": 0}},
    )
    (found,) = sessions(tmp_path, asked, an_event(3, **SOLVED))

    assert [act.status for act in found.session.acts] == [200, 200]


@pytest.mark.parametrize(
    ("changes", "label"), [(SOLVED, Label.PERSON), (BAN, Label.BOT)], ids=["solved", "ban"]
)
def test_the_recipe_labels_a_session_as_the_events_did(
    tmp_path: Path, changes: dict[str, Any], label: Label
) -> None:
    (found,) = sessions(tmp_path, an_event(0), an_event(5, **changes))
    dressed = for_training(found)

    assert label_of(found.session) is Label.UNKNOWN
    assert dressed is not None
    assert label_of(dressed) is label
