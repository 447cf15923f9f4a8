"""The desk and its workers over a real unix socket."""

import asyncio
from pathlib import Path

from proxy.admin.metrics import Counters
from proxy.control import Desk, Message, answer_desk
from proxy.events.outcome import ChallengeOutcome, ChallengeStep, Outcome
from tests.support.events import a_decision


async def asked(folder: Path, question: Message, *answers: Message) -> list[Message]:
    """What the desk hears from one worker per answer."""
    path = folder / "control.sock"
    desk = Desk(path)
    await desk.start()
    workers = [
        asyncio.create_task(answer_desk(path, lambda _, answer=answer: answer))  # type: ignore[misc]
        for answer in answers
    ]
    while len(desk._workers) < len(answers):  # noqa: ASYNC110  the desk has no event for who has come
        await asyncio.sleep(0.01)
    heard = await desk.ask(question)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    await desk.close()
    return heard


def test_every_worker_is_heard(tmp_path: Path) -> None:
    heard = asyncio.run(asked(tmp_path, {"ask": "status"}, {"worker": "a"}, {"worker": "b"}))

    assert sorted(answer["worker"] for answer in heard) == ["a", "b"]


def test_nobody_is_waited_for_where_there_are_no_workers(tmp_path: Path) -> None:
    assert asyncio.run(asked(tmp_path, {"ask": "status"})) == []


def test_counters_cross_the_wire_with_the_names_of_challenges(tmp_path: Path) -> None:
    counters = Counters()
    issued = Outcome(403, 10, 1_000_000, challenge=ChallengeOutcome("id", "pow", ChallengeStep.ISSUED))
    counters.count("shop", a_decision(), issued)

    heard = asyncio.run(asked(tmp_path, {"ask": "metrics"}, counters.export()))

    assert heard[0]["challenges"] == [["shop", "pow", "issued", 1]]
