"""What the admin side knows of its node, asked from the workers when somebody wants to know it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from config.decision import Mode
from proxy.admin.exposition import exposition
from proxy.admin.forgetter import Forgetter
from proxy.admin.funnel_figures import FunnelFigures, funnel_figures, visibility
from proxy.admin.last_hour import LastHour
from proxy.admin.node import Node
from proxy.admin.orders import Orders, OrderStore
from proxy.admin.problem import Problem
from proxy.admin.questions import Question, Workers
from proxy.admin.reloads import Parent, Reloads
from proxy.admin.totals import Totals

SAMPLE_S = 5.0
SAMPLES = 61  # five minutes

Event = dict[str, Any]


class House:
    """Workers, orders and the node's facts, for the interface and the pages."""

    def __init__(
        self,
        workers: Workers,
        store: OrderStore,
        node: Callable[[], Node],
        forgetter: Forgetter,
        parent: Parent,
    ) -> None:
        self.forgetter = forgetter
        self.reloads = Reloads(parent, workers, node)
        self.workers = workers
        self.orders = Orders(store, workers)
        self.node = node
        self.totals = Totals()
        self.last_hour = LastHour()
        self.samples: deque[tuple[float, dict[str, int]]] = deque(maxlen=SAMPLES)

    def site_names(self) -> frozenset[str]:
        """The names of all sites."""
        return frozenset(name for name, _ in self.node().sites)

    def site_modes(self, now: float) -> dict[str, Mode]:
        """Each site with the mode that it is in, orders included."""
        return {name: self.orders.mode_of(name, configured, now) for name, configured in self.node().sites}

    def allowed_until(self, now: float) -> dict[str, float]:
        """The sites on which every request passes by order, each with the end of that."""
        ends = {name: self.orders.allowed_until(name, now) for name in sorted(self.site_names())}
        return {name: until for name, until in ends.items() if until is not None}

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether all workers accept connections, and what there is to say about it.

        A refused reload or bundle and a store that is away are told, but do not make the node unready: it
        serves on.
        """
        answers = await self.workers.ask({"ask": Question.STATUS})
        node = self.node()
        accepting = sum(bool(answer.get("accepting")) for answer in answers)
        ready = accepting >= node.workers > 0
        return ready, {
            "ready": ready,
            "workers": accepting,
            "workers_expected": node.workers,
            "degraded": any(answer.get("degraded") for answer in answers),
            "config": node.config_fault or "ok",
            "config_version": node.config_version,
            "model": _fault_of(answers) or "ok",
        }

    async def metrics(self) -> bytes:
        """The Prometheus text of this moment."""
        await self.count()
        node = self.node()
        lists = {name: max(0.0, time.time() - gathered) for name, gathered in node.bot_lists}
        allowed = frozenset(self.allowed_until(time.time()))
        modes = {name: name in allowed for name, _ in node.sites}
        return exposition(self.totals, node.version, node.workers, lists, modes)

    async def count(self) -> None:
        """Ask for the counters and add them up."""
        self.totals.take(await self.workers.ask({"ask": Question.METRICS}))

    async def decisions(self, limit: int, action: str = "", address: str = "") -> list[Event]:
        """The newest events of all workers, newest first."""
        question = {"ask": Question.RECENT, "limit": limit, "action": action, "ip": address}
        answers = await self.workers.ask(question)
        events = [event for answer in answers for event in answer.get("events", ())]
        return sorted(events, key=_time, reverse=True)[:limit]

    async def decision(self, decision_id: str) -> Event:
        """One event by its id. Raises Problem where no worker keeps it any more."""
        for answer in await self.workers.ask({"ask": Question.DECISION, "id": decision_id}):
            event = answer.get("event")
            if event is not None:
                return dict(event)
        raise Problem(404, "no worker remembers this decision; older ones are in the event log")

    async def sample_forever(self) -> None:
        """Remember the counts every few seconds, for the rates on the page."""
        while True:
            await self.count()
            now = time.monotonic()
            self.samples.append((now, dict(self.totals.by_action())))
            self.last_hour.take(now, visibility(self.totals.export()))
            await asyncio.sleep(SAMPLE_S)

    def challenges(self) -> FunnelFigures:
        """What became of challenges, as of the last count."""
        export = self.totals.export()
        return funnel_figures(export, self.last_hour.until(visibility(export)))

    def rates(self, window_s: float = 60.0) -> dict[str, float]:
        """Requests per second by action, over the last minute as far as it was seen."""
        if len(self.samples) < 2:
            return {}
        now, latest = self.samples[-1]
        then, before = next(sample for sample in self.samples if sample[0] >= now - window_s)
        if now <= then:
            return {}
        return {action: (count - before.get(action, 0)) / (now - then) for action, count in latest.items()}


def _fault_of(answers: list[dict[str, Any]]) -> str:
    """What is wrong with a bundle, as the workers say; each thing once."""
    faults = dict.fromkeys(str(answer.get("model_fault", "")) for answer in answers)
    return "; ".join(fault for fault in faults if fault)


def _time(event: Event) -> str:
    return str(event.get("@timestamp", ""))
