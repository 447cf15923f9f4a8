"""Shards are dealt out to processes; what comes back is joined in the order of the shards."""

import gc
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from analysis.replaying.report import Report
from analysis.replaying.shards import Job, Progress, judged, loaded
from analysis.replaying.state import finished_shards, keep

SMALL_BYTES = 256 * 1024  # a second process takes longer to start than this takes to read
AT_ONCE = 2  # shards of one round where finished ones are kept: an interruption costs at most a round

Watcher = Callable[[float], None]  # told the share that is done, 0 to 1
_taken: "Synchronized[int] | None" = None


def run(job: Job, processes: int, state: Path | None = None, watcher: Watcher | None = None) -> Report:
    """Judge all shards of `job`. The report does not depend on `processes` nor on interruptions.

    Raises what loading raises, OSError, and StateFault for a state of another replay.
    """
    for path in (job.before, job.after):
        if path is not None:
            loaded(path)  # here first: its faults are told before anything is read, and forks share it
    done = {} if state is None else finished_shards(state, job)
    left = [shard for shard in job.shards if shard not in done]
    per_round = AT_ONCE if state is not None else -(-len(job.shards) // max(processes, 1))
    rounds = [tuple(left[place : place + per_round]) for place in range(0, len(left), per_round)]
    if processes > 1 and len(rounds) > 1 and job.bytes > SMALL_BYTES:
        _in_processes(job, rounds, processes, _Finished(job, done, state), watcher)
    else:
        _here(job, rounds, _Finished(job, done, state), watcher)
    return joined(job, done)


def joined(job: Job, reports: Mapping[int, Report]) -> Report:
    """One report of all shards."""
    first, *others = (reports[shard] for shard in job.shards)
    for other in others:
        first.add(other)
    return first


class _Finished:
    """Takes in what a round found, and keeps it where there is a place for it."""

    def __init__(self, job: Job, done: dict[int, Report], state: Path | None) -> None:
        self._job, self._done, self._state = job, done, state

    def __call__(self, reports: Mapping[int, Report]) -> None:
        self._done.update(reports)
        if self._state is not None:
            keep(self._state, self._job, self._done)


def _here(job: Job, rounds: Sequence[tuple[int, ...]], finished: _Finished, watcher: Watcher | None) -> None:
    taken, whole = 0, max(1, job.bytes * len(rounds))

    def progress(more: int) -> None:
        nonlocal taken
        taken += more
        if watcher is not None:
            watcher(taken / whole)

    for shards in rounds:
        finished(_judged(job, shards, progress))


def _in_processes(
    job: Job,
    rounds: Sequence[tuple[int, ...]],
    processes: int,
    finished: _Finished,
    watcher: Watcher | None,
) -> None:
    context = get_context("fork")  # compiled rules cannot be sent, and are there already
    taken = context.Value("q", 0)
    whole = max(1, job.bytes * len(rounds))
    with ProcessPoolExecutor(processes, context, _begin, (taken,)) as pool:
        waiting = {pool.submit(_in_child, job, shards) for shards in rounds}
        try:
            while waiting:
                try:
                    for future in as_completed(waiting, timeout=0.2):
                        waiting.discard(future)
                        finished(future.result())
                        break
                except TimeoutError:
                    pass
                if watcher is not None:
                    watcher(taken.value / whole)
        except BaseException:
            for process in list(pool._processes.values()):  # noqa: SLF001  no other way to stop at once
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(taken: "Synchronized[int]") -> None:
    global _taken  # noqa: PLW0603  a child has one
    _taken = taken
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends its children


def _in_child(job: Job, shards: tuple[int, ...]) -> dict[int, Report]:
    return _judged(job, shards, _tell)


def _tell(more: int) -> None:
    if _taken is not None:
        with _taken.get_lock():
            _taken.value += more


def _judged(job: Job, shards: tuple[int, ...], progress: Progress) -> dict[int, Report]:
    """Nothing here goes round in circles, and looking for circles costs a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return judged(job, shards, progress)
    finally:
        if was_on:
            gc.enable()
