"""The admin process asks the parent: a file with the question, a signal, a file with the answer."""

import asyncio
import os
import secrets
import signal
import time
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from proxy.supervisor import write_atomically

QUESTION = "question.json"
ANSWER = "answer.json"
LONGEST_S = 60.0  # a list of a million networks takes some seconds to load
LOOK_EVERY_S = 0.02

Message = dict[str, Any]


class Asked(StrEnum):
    """The value of `ask` in a question."""

    RELOAD = "reload"
    ROLLBACK = "rollback"
    VERSIONS = "versions"


class ParentSilent(Exception):
    """The parent did not answer in time."""


class Parent:
    """The admin side: one question at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._one_by_one = asyncio.Lock()

    async def ask(self, message: Message) -> Message:
        """The parent's answer. Raises ParentSilent."""
        async with self._one_by_one:
            number = secrets.token_hex(8)  # an answer to a predecessor of this process is not ours
            question = orjson.dumps({**message, "number": number}).decode()
            write_atomically(self._directory / QUESTION, question)
            os.kill(os.getppid(), signal.SIGUSR2)
            until = time.monotonic() + LONGEST_S
            while time.monotonic() < until:
                answer = _read(self._directory / ANSWER)
                if answer.get("number") == number:
                    return answer
                await asyncio.sleep(LOOK_EVERY_S)
        raise ParentSilent("the gateway's parent process does not answer")


def question_in(directory: Path) -> Message:
    """What is asked, once; empty where nothing is."""
    question = _read(directory / QUESTION)
    (directory / QUESTION).unlink(missing_ok=True)
    return question


def answer_in(directory: Path, question: Message, answer: Message) -> None:
    """Answer a question. Raises OSError."""
    number = str(question.get("number"))
    write_atomically(directory / ANSWER, orjson.dumps({**answer, "number": number}).decode())


def _read(path: Path) -> Message:
    try:
        message = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return message if isinstance(message, dict) else {}
