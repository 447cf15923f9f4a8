"""Sends the planned clients through their doors, a few at a time, and gathers what they waited for."""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from random import Random
from shutil import which

from analysis.lab.clients.order import written
from analysis.lab.door import Door
from analysis.lab.families import CLIENTS, FAMILIES, NODE_MODULES, interpreter
from analysis.lab.harvest import Mark, by_address, session_of
from analysis.lab.house import ROOT, end_group, events_of, house, screen
from analysis.lab.plan import Plan
from analysis.lab.sessions import LabSession

PLAIN, BROWSERS = 4, 2  # how many programs run at once
PATIENCE_S = 400.0  # on a busy machine; a party of shoppers needs one minute on a quiet one
SHORTEST = 3  # acts; a session of fewer is a client that failed


@dataclass(slots=True)
class Outcome:
    """What came of a run. `failed` tells of sessions that are left out, and why."""

    sessions: list[LabSession] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def carry_out(plans: Sequence[Plan], folder: Path, seed: int) -> Outcome:
    """Run all plans against a house of their own in `folder`."""
    with house(folder / "house") as port, ExitStack() as stack:
        display = stack.enter_context(screen()) if which("Xvfb") else ""
        doors = {plan.number: Door(plan.address, plan.way_s, port) for plan in plans}
        marks: dict[int, list[Mark]] = defaultdict(list)
        troubles = asyncio.run(_send_all(plans, doors, marks, display, seed))
    _keep(folder, doors, marks)
    outcome = Outcome(failed=troubles)
    events = by_address(events_of(folder / "house"))
    for plan in plans:
        door = doors[plan.number]
        session = session_of(plan, events.get(plan.address, []), door.notes, marks[door.port])
        if len(session.acts) < SHORTEST:
            outcome.failed.append(f"{plan.tool} {plan.order.goal}: only {len(session.acts)} requests")
        else:
            outcome.sessions.append(session)
    return outcome


def _keep(folder: Path, doors: Mapping[int, Door], marks: Mapping[int, list[Mark]]) -> None:
    """Leave what was noted beside the events, for whoever wants to look into a session."""
    seen = [
        {"address": door.address, "notes": [asdict(note) for note in door.notes], "marks": marks[door.port]}
        for door in doors.values()
    ]
    (folder / "noted.json").write_text(json.dumps(seen), "utf-8")


async def _send_all(
    plans: Sequence[Plan], doors: Mapping[int, Door], marks: dict[int, list[Mark]], display: str, seed: int
) -> list[str]:
    plain, browsers = asyncio.Semaphore(PLAIN), asyncio.Semaphore(BROWSERS)
    troubles: list[str] = []

    async def send(parties: Sequence[Plan]) -> None:
        async with browsers if FAMILIES[parties[0].order.family].browser else plain:
            troubles.extend(await _send(parties, doors, marks, display))

    groups = parties_of(plans)
    Random(seed).shuffle(groups)  # so that no family has the quiet hours of the machine for itself
    await asyncio.gather(*map(send, groups))
    return troubles


def parties_of(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Plans that share a process."""
    groups: list[list[Plan]] = []
    for name, same in groupby(plans, key=lambda plan: plan.order.family):
        together, size = list(same), FAMILIES[name].side_by_side
        groups += [together[start : start + size] for start in range(0, len(together), size)]
    return groups


async def _send(
    parties: Sequence[Plan], doors: Mapping[int, Door], marks: dict[int, list[Mark]], display: str
) -> list[str]:
    async with AsyncExitStack() as stack:
        orders = []
        for plan in parties:
            door = doors[plan.number]
            await stack.enter_async_context(door.open())
            orders.append(replace(plan.order, port=door.port))
        module = CLIENTS + FAMILIES[orders[0].family].module
        process = await stack.enter_async_context(_client(module, display))
        said, troubles = b"", b""
        try:
            said, troubles = await asyncio.wait_for(process.communicate(written(orders)), PATIENCE_S)
        except TimeoutError:
            troubles = b"took too long"
        for line in said.splitlines():
            mark = json.loads(line)
            marks[mark["port"]].append((mark["at"], mark["wait"]))
    names = f"{orders[0].family} {orders[0].goal}"
    last = troubles.decode("utf-8", "replace").strip().splitlines()[-3:]
    return [f"{names}: {line}" for line in last]


@asynccontextmanager
async def _client(module: str, display: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        str(interpreter()),
        "-m",
        module,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "DISPLAY": display, "LAB_NODE_MODULES": str(NODE_MODULES)},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end_group(process.pid)
        await process.wait()
