"""Whoever has logs can train and measure a model of their own, as the shipped one was."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.evaluation.candidates import Comparison, compare, in_parts
from analysis.evaluation.document import Document, evaluation_of
from analysis.evaluation.input import Progress, Source, labelled_sessions
from analysis.evaluation.labelled_events import Labelled, for_training
from analysis.evaluation.rows import SPEAKS_FROM, Sample, group_of
from analysis.labels import Label, label_of
from analysis.model_recipe import make
from analysis.sessions import Session
from detectors.behaviour.step import API, PAGE
from detectors.model.bundle import Model
from detectors.value import value

FEWEST = 50  # labelled sessions of each kind; below that no figure would mean anything


class TrainingFault(ValueError):
    """These logs cannot train or measure a model; the reason says why."""


@value
class Trained:
    """A sealed bundle, how it compares, and how many sessions it came of."""

    bundle: dict[str, Any]
    comparison: Comparison
    people: int
    bots: int


def silent(source: Source, place: int) -> None:
    """Show no progress."""


def train(sources: Sequence[Source], version: str, shipped: Model, progress: Progress = silent) -> Trained:
    """A sealed bundle from logs and events. Raises TrainingFault, InputFault or OSError.

    Figures leave one site out; where that leaves too little to train on, a third of the subnets; where people
    or bots are all of a few subnets, a third of the addresses.
    """
    found, _ = _read(sources, progress)
    items = [item for item in found if _is_long(item)]
    people, bots = _check(items)
    sessions = _grouped([for_training(item) for item in items])
    return Trained(make(sessions, version), compare(sessions, shipped), people, bots)


def evaluate(model: Model, sources: Sequence[Source], progress: Progress = silent) -> Document:
    """How `model` does on these logs and events. Raises TrainingFault, InputFault or OSError."""
    items, left_out = _read(sources, progress)
    _check([item for item in items if _is_long(item)])
    return evaluation_of(model, items, sources, left_out)


def sources_of(paths: Sequence[Path]) -> list[Source]:
    """What is to be read."""
    return [Source(path) for path in paths]


def _read(sources: Sequence[Source], progress: Progress) -> tuple[list[Labelled], int]:
    sample = Sample()
    for item in labelled_sessions(sources, progress):
        sample.add(item)
    if not any(source.lines for source in sources):
        raise TrainingFault(f"no line to read; {FEWEST} sessions of people and of bots each are needed")
    return sample.sessions(), sample.left_out


def _is_long(item: Labelled) -> bool:
    return _visited(item.session) >= SPEAKS_FROM


def _visited(session: Session) -> int:
    return sum(act.step.kind in (PAGE, API) for act in session.acts)


def _check(items: Sequence[Labelled]) -> tuple[int, int]:
    """People and bots. Raises TrainingFault for too few."""
    bots = sum(item.bot for item in items)
    people = len(items) - bots
    if min(people, bots) < FEWEST:
        raise TrainingFault(
            f"{people} sessions of people and {bots} of bots with three pages; {FEWEST} of each are needed"
        )
    return people, bots


def _grouped(sessions: list[Session]) -> list[Session]:
    """The sessions with sites that may be left out one by one. Raises TrainingFault where no way is left."""
    if _may_be_left_out(sessions):
        return sessions
    for group in (group_of, _address):
        parts = in_parts(sessions, group)
        if _may_be_left_out(parts):
            return parts
    raise TrainingFault(
        "people or bots come from too few addresses to measure on some that were not trained on"
    )


def _may_be_left_out(sessions: Sequence[Session]) -> bool:
    """True where at least two sites are there, and the others hold enough of both kinds for each."""
    counts = Counter((session.site, label_of(session)) for session in sessions)
    sites, total = {site for site, _ in counts}, Counter(label_of(session) for session in sessions)
    kinds = (Label.PERSON, Label.BOT)
    return all(total[kind] - counts[site, kind] >= FEWEST // 2 for site in sites for kind in kinds)


def _address(session: Session) -> str:
    return session.address
