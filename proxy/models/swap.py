"""Bundles are replaced while requests run: read in a thread, put into force by one assignment."""

import asyncio
from collections import Counter
from enum import StrEnum
from typing import Any

from config.policy import Models, Seat
from config.settings import Config, ModelFiles
from detectors.model.bundle import Model
from detectors.value import value
from proxy.logs import logger
from proxy.models.bundle_file import BundleFile

LOOK_EVERY_S = 1.0


class Role(StrEnum):
    """What a model is there for."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


@value
class Followed:
    """The files of one configuration, and the seat that their models take."""

    seat: Seat
    files: dict[Role, BundleFile]


class ModelSwap:
    """Follows the bundles of one process's configuration; a bundle that is refused leaves the last good one.

    `refused` counts by role. The parent of the workers follows silently, so that one forked later begins
    with the last good models.
    """

    def __init__(self, config: Config, *, silent: bool = False) -> None:
        self.refused: Counter[str] = Counter()
        self._silent = silent
        self._followed = self._follow(config, {})

    def reload(self, config: Config) -> None:
        """Follow the files of another configuration; a challenger that is still the same file stays."""
        self._followed = self._follow(config, self._followed.files)

    async def follow(self) -> None:
        """Look for ever whether a file has changed."""
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(None, self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Take over what has changed. For a thread, where requests wait for the loop."""
        followed = self._followed
        seat = followed.seat
        for role, file in followed.files.items():
            told, model = file.look(), file.model
            if model is not None and _sha256(seat, role) != model.sha256:
                seat.models = _with(seat.models, role, model)
            if told and not self._silent:
                self._tell(role, file, seat)

    @property
    def faults(self) -> list[str]:
        """Which files cannot be used at the moment, and why."""
        files = self._followed.files.items()
        return [f"{role} {file.path}: {file.fault}" for role, file in files if file.fault]

    def export(self) -> dict[str, Any]:
        """What to tell the admin process, as JSON can say it."""
        seat = self._followed.seat
        seated = [(role, _in(seat, role)) for role in Role]
        return {
            "models": [
                [role, model.version, model.sha256[:12]] for role, model in seated if model is not None
            ],
            "models_refused": [[role, count] for role, count in self.refused.items()],
        }

    def _follow(self, config: Config, before: dict[Role, BundleFile]) -> Followed:
        seat, wanted = config.sites[0].policy.seat, config.model_files  # all policies share one seat
        kept = before.get(Role.CHALLENGER)
        files: dict[Role, BundleFile] = {}
        for role, path in _paths(wanted).items():
            same = role is Role.CHALLENGER and kept is not None and kept.path == path
            files[role] = BundleFile(path, kept.model if same and kept is not None else None)
        challenger = files.get(Role.CHALLENGER)
        if challenger is not None and challenger.model is not None:
            seat.models = Models(seat.models.champion, challenger.model)
        return Followed(seat, files)

    def _tell(self, role: Role, file: BundleFile, seat: Seat) -> None:
        model, path = _in(seat, role), str(file.path)
        version = "" if model is None else model.version
        if file.fault:
            self.refused[role] += 1
            logger().error("model.refused", role=role, path=path, reason=file.fault, kept=version)
        else:
            logger().info(
                "model.loaded", role=role, path=path, version=version, sha256=_sha256(seat, role)[:12]
            )


def _paths(files: ModelFiles) -> dict[Role, Any]:
    named = {Role.CHAMPION: files.champion, Role.CHALLENGER: files.challenger}
    return {role: path for role, path in named.items() if path is not None}


def _in(seat: Seat, role: Role) -> Model | None:
    models = seat.models
    return models.champion if role is Role.CHAMPION else models.challenger


def _sha256(seat: Seat, role: Role) -> str:
    model = _in(seat, role)
    return "" if model is None else model.sha256


def _with(models: Models, role: Role, model: Model) -> Models:
    if role is Role.CHAMPION:
        return Models(model, models.challenger)
    return Models(models.champion, model)
