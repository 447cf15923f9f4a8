"""How the behaviour that Stile ships with judges the laboratory: the share above the challenge line.

Risk is the prior, the model's margin within its limits, and what the behaviour detectors say; no header
counts. `python -m analysis.lab.figure [sessions.jsonl.gz]` prints it. The shipped model has met these
families; the model card has the figures by trees that had not.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis.dataset import NO_REQUEST
from analysis.lab.sessions import SHIPPED, LabAct, LabSession, play, read
from config.bands import Bands
from config.build_policy import PRIOR
from config.sections import ModelSection
from detectors.behaviour.client import Client
from detectors.behaviour.features import features
from detectors.behaviour.step import PAGE
from detectors.evidence import risk_of, total_log_odds
from detectors.inspection import Inspector
from detectors.model.bundle import Model, load_model
from detectors.value import value
from detectors.visit import Visit

MODEL = Path(__file__).parent.parent.parent / "detectors" / "model" / "shipped.json"
LIMITS = ModelSection.model_validate({})
LINE = Bands().elevated
AFTER = 10


@value
class Judged:
    """One session's risk at its tenth page, None where it has fewer, and its highest at any page."""

    session: LabSession
    at_tenth: float | None
    highest: float


def judged(session: LabSession, model: Model, inspector: Inspector) -> Judged:
    """Judge the session at each of its pages."""
    pages, highest, at_tenth = 0, 0.0, None
    for act, client in zip(session.acts, play(session), strict=True):
        if not is_page(act):
            continue
        pages += 1
        risk = risk_at(client, client.last_seen, model, inspector, act)
        highest = max(highest, risk)
        if pages == AFTER:
            at_tenth = risk
    return Judged(session, at_tenth, highest)


def is_page(act: LabAct) -> bool:
    """Whether the act asks for a page."""
    return act.step.kind is PAGE


def risk_at(client: Client, now: float, model: Model, inspector: Inspector, act: LabAct) -> float:
    """The client's risk by behaviour alone, 0 to 100."""
    visit = Visit(NO_REQUEST, client, client, step=act.step, disallowed=act.disallowed)
    log_odds = total_log_odds(PRIOR, inspector.behaviour(visit, now))
    if client.pages + client.apis >= LIMITS.min_pages:
        margin = model.margin(features(client, now))
        log_odds += min(max(margin, LIMITS.lower_limit), LIMITS.upper_limit)
    return risk_of(log_odds)


def table(found: Iterable[Judged]) -> str:
    """One line for each family, and one for all that are automated."""
    groups: dict[str, list[Judged]] = {}
    for one in found:
        for name in (one.session.family, "all automated") if one.session.bot else (one.session.family,):
            groups.setdefault(name, []).append(one)
    head = "| family | sessions | with ten pages | above the line at the tenth | above it at any page |\n"
    return head + "|---|---|---|---|---|\n" + "".join(map(_row, sorted(groups.items())))


def _row(group: tuple[str, Sequence[Judged]]) -> str:
    name, members = group
    tenth = [one.at_tenth for one in members if one.at_tenth is not None]
    ever = sum(one.highest > LINE for one in members)
    caught = sum(risk > LINE for risk in tenth)
    return (
        f"| {name} | {len(members)} | {len(tenth)} | {caught} ({share(caught, len(tenth))}) "
        f"| {ever} ({share(ever, len(members))}) |\n"
    )


def share(part: int, whole: int) -> str:
    """A share as a percentage."""
    return f"{100.0 * part / whole:.1f} %" if whole else "none"


def main() -> None:
    """Print the table."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    model, inspector = load_model(MODEL.read_bytes()), Inspector({})
    print(table(judged(session, model, inspector) for session in read(path)), end="")


if __name__ == "__main__":
    main()
