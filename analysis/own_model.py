"""Whoever has access logs can train and measure a model of their own, as the shipped one was."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from analysis.access_log import AccessLog
from analysis.dataset import Dataset, dataset_of
from analysis.evaluate import SiteFigures, figures_of
from analysis.model_recipe import make
from analysis.sessions import Session, sessions_of
from detectors.model.bundle import Model

FOLDS = 3
FEWEST = 50  # labelled sessions of each kind; below that no figure would mean anything


class TrainingFault(ValueError):
    """These logs cannot train or measure a model; the reason says why."""


def train(logs: Sequence[Path], version: str) -> dict[str, Any]:
    """A sealed bundle from combined-format logs, one site each. Raises TrainingFault for too little.

    The figures leave one site out; with a single log, a third of its addresses.
    """
    sessions = _sessions(logs)
    if len({session.site for session in sessions}) == 1:
        sessions = [replace(session, site=_fold(session)) for session in sessions]
    _check(sessions)
    return make(sessions, version)


def evaluate(model: Model, logs: Sequence[Path]) -> list[SiteFigures]:
    """How `model` does on these logs, one site each. Raises TrainingFault where they hold too little."""
    data = _check(_sessions(logs))
    margins = np.array([model.margin(row) for row in data.x.tolist()])
    return figures_of(data, margins)


def _sessions(logs: Sequence[Path]) -> list[Session]:
    return [session for log in logs for session in sessions_of(AccessLog(log), log.name.partition(".")[0])]


def _fold(session: Session) -> str:
    return f"{session.site} part {crc32(session.address.encode()) % FOLDS + 1}"


def _check(sessions: list[Session]) -> Dataset:
    data = dataset_of(sessions)
    bots = int(data.bot[data.last].sum())
    people = int(data.last.sum()) - bots
    if min(people, bots) < FEWEST:
        raise TrainingFault(
            f"{people} sessions of people and {bots} of bots with three pages; {FEWEST} of each are needed"
        )
    return data
