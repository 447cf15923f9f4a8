"""A reload or a rollback that an operator asks for: the parent does it, the workers confirm it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from proxy.admin.node import Node
from proxy.admin.problem import Problem
from proxy.admin.questions import Question, Workers
from proxy.parent import Asked, ParentSilent

CONFIRMED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02

Body = dict[str, Any]


class Parent(Protocol):
    """The process that holds the configuration; `proxy.parent.Parent` is the way to it."""

    async def ask(self, message: Body) -> Body:
        """Its answer. Raises ParentSilent."""
        ...


class Reloads:
    """What an operator may do with the configuration as a whole."""

    def __init__(self, parent: Parent, workers: Workers, node: Callable[[], Node]) -> None:
        self._parent = parent
        self._workers = workers
        self._node = node

    async def reload(self) -> Body:
        """Read all files again. Raises Problem with every fault; nothing has changed then."""
        return await self._put({"ask": Asked.RELOAD}, "the configuration has faults, nothing changed")

    async def roll_back(self, version: object) -> Body:
        """Put a kept version in force, the one before where none is named. Raises Problem."""
        if not isinstance(version, str):
            raise Problem(422, "version must be one of those that `stile versions` lists")
        return await self._put({"ask": Asked.ROLLBACK, "version": version}, "nothing changed")

    async def versions(self) -> Body:
        """The versions that are kept, and which of them is in force."""
        answer = await self._ask({"ask": Asked.VERSIONS})
        return {"in_force": answer["in_force"], "versions": answer["versions"]}

    async def _put(self, question: Body, refused: str) -> Body:
        answer = await self._ask(question)
        if answer["faults"]:
            raise Problem(422, "\n".join((f"{refused}:", *answer["faults"])))
        version = answer["version"]
        workers = await self._confirmed(version)
        return {
            "version": version,
            "previous": answer["previous"],
            "changes": answer["changes"],
            "workers": workers,
            "workers_expected": self._node().workers,
        }

    async def _ask(self, question: Body) -> Body:
        try:
            return await self._parent.ask(question)
        except ParentSilent as silent:
            raise Problem(504, str(silent)) from None

    async def _confirmed(self, version: str) -> int:
        """How many workers judge by this version, once all do or the time is over."""
        until = time.monotonic() + CONFIRMED_WITHIN_S
        while True:
            answers = await self._workers.ask({"ask": Question.STATUS})
            count = sum(1 for answer in answers if answer.get("policy") == version)
            if count >= self._node().workers or time.monotonic() >= until:
                return count
            await asyncio.sleep(LOOK_EVERY_S)
