"""Somebody is forgotten everywhere, first by every worker, then by the store, and it is said where not."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Protocol
from uuid import uuid4

from detectors.value import value
from proxy.account import MAX_NAME_BYTES, hashed_account, is_hashed_account
from proxy.admin.node import Node
from proxy.admin.orders import OrderStore, order_body
from proxy.admin.problem import Problem
from proxy.admin.questions import Question, Workers
from proxy.logs import logger
from proxy.state.envelope import sealed
from proxy.state.keys import ACCOUNT, ip_key
from proxy.state.link import StoreFault
from proxy.state.orders import FORGET, Forget, Lift, NoRoom, Order

CONFIRM_S = 5.0
POLL_S = 0.2
LASTS_S = 600.0  # for so long the order waits in the store for nodes that cannot hear it now
MAX_IP = 64

Body = dict[str, Any]


class Ear(Protocol):
    """Hears confirmations."""

    async def hear(self, within_s: float) -> bytes | None:
        """The next one; None where none came in time. Raises StoreFault."""
        ...


class ForgetStore(OrderStore, Protocol):
    """The shared store, as far as forgetting goes."""

    def confirmations(self, name: str) -> AbstractAsyncContextManager[Ear]:
        """One message from each process that obeyed the order of this name. Raises StoreFault."""
        ...


class Erasing(Protocol):
    """The store's keys; `proxy.state.eraser.Eraser` is one."""

    async def followers(self) -> int:
        """How many processes of all nodes hear orders. Raises StoreFault."""
        ...

    async def erase(self, subjects: frozenset[str], sites: frozenset[str]) -> int:
        """Erase every key of theirs; how many that were. Raises StoreFault."""
        ...


@value
class Somebody:
    """Whom to forget: as the operator names them, and as `subject_of` a client key does."""

    named: str
    subjects: frozenset[str]


class Forgetter:
    """Has somebody forgotten. `node` says how many workers there are, and which sites."""

    def __init__(
        self,
        store: ForgetStore,
        workers: Workers,
        eraser: Erasing,
        secret: bytes,
        node: Callable[[], Node],
    ) -> None:
        self._store = store
        self._workers = workers
        self._eraser = eraser
        self._secret = secret
        self._node = node
        self._lifting: set[asyncio.Task[None]] = set()

    async def forget(self, body: Body) -> Body:
        """Forget whom the body names; what was erased. Raises Problem, also where not all were reached."""
        who = somebody_from(body, self._secret)
        until = time.time() + LASTS_S
        order = Forget(f"{FORGET}{uuid4().hex}", sealed(who.subjects, self._secret), until, held=True)
        try:
            processes = await self._from_memory(order)
            sites = frozenset(name for name, _ in self._node().sites)
            erased = await self._eraser.erase(who.subjects, sites)
        except NoRoom as full:
            raise Problem(507, f"{who.named} is not forgotten: {full}") from None
        except StoreFault as fault:
            raise await self._half_done(order, who, fault) from None
        finally:
            with suppress(NoRoom):
                await self._end(order)
        logger().info("admin.forgot", erased=erased, processes=processes)
        ban = self._store.orders.bans.get(ip_key(who.named))
        ordered = ban is not None and ban.until > time.time()
        return {"forgotten": who.named, "erased": erased, "processes": processes, "ordered": ordered}

    async def _from_memory(self, order: Forget) -> int:
        """Have every process forget; how many confirmed it. From then on nothing of theirs is on its way."""
        async with self._store.confirmations(order.name) as confirmations:
            if not await self._store.publish_order(order):
                raise StoreFault("it is away")
            confirmed = await self._confirmed(confirmations)
        await self._here(order)
        return confirmed

    async def _confirmed(self, confirmations: Ear) -> int:
        until, confirmed = time.monotonic() + CONFIRM_S, 0
        while confirmed < (expected := max(1, await self._eraser.followers())):  # we are one of them
            while confirmed < expected and await confirmations.hear(POLL_S) is not None:
                confirmed += 1
            if time.monotonic() > until:
                raise StoreFault(f"only {confirmed} of {expected} processes confirmed in time")
        return confirmed

    async def _here(self, order: Forget) -> None:
        """Have this node's workers forget, also without a store. Raises StoreFault where one is silent."""
        await self._order(order)
        until = time.monotonic() + CONFIRM_S
        while (missing := await self._silent(order.name)) > 0:
            if time.monotonic() > until:
                raise StoreFault(f"{missing} of {self._node().workers} workers of this node did not confirm")
            await asyncio.sleep(POLL_S)

    async def _silent(self, name: str) -> int:
        answers = await self._workers.ask({"ask": Question.FORGOTTEN, "name": name})
        return self._node().workers - sum(bool(answer.get("forgotten")) for answer in answers)

    async def _half_done(self, order: Forget, who: Somebody, fault: StoreFault) -> Problem:
        """What to say where the store, or somebody else, was not reached."""
        try:
            await self._here(order)
        except StoreFault as silence:
            return Problem(503, f"{who.named} is not forgotten: {silence}; repeat the command")
        logger().warning("admin.forgot_in_part", reason=str(fault))
        return Problem(
            503,
            f"{who.named} is forgotten by the workers of this node, but perhaps not by the shared state and "
            f"other nodes: {fault}; repeat the command once that is mended",
        )

    async def _end(self, order: Forget) -> None:
        """Let the workers go on; keep the order for a while for those who come back to the store."""
        later = replace(order, held=False)
        if await self._store.publish_order(later):
            await self._order(later)
            task = asyncio.get_running_loop().create_task(self._lift_later(order.name))
            self._lifting.add(task)
            task.add_done_callback(self._lifting.discard)
        else:
            await self._store.publish_order(Lift(order.name))
            await self._order(Lift(order.name))

    async def _lift_later(self, name: str) -> None:
        await asyncio.sleep(LASTS_S)
        await self._store.publish_order(Lift(name))

    async def _order(self, order: Order) -> None:
        await self._workers.ask({"ask": Question.ORDER, "order": order_body(order)})

    async def close(self, _: object) -> None:
        """Lift nothing more; the next process that reads the orders clears those that are over."""
        for task in self._lifting:
            task.cancel()


def somebody_from(body: Body, secret: bytes) -> Somebody:
    """Whom the body of a request means. Raises Problem."""
    if len(body) != 1 or not body.keys() <= {"ip", "account"}:
        raise Problem(422, 'name one thing to forget: {"ip": …} or {"account": …}')
    ((kind, named),) = body.items()
    if not isinstance(named, str) or not named:
        raise Problem(422, f"{kind} must be text that is not empty")
    return _address(named) if kind == "ip" else _account(named, secret)


def _address(text: str) -> Somebody:
    try:
        address = str(ip_address(text if len(text) <= MAX_IP else ""))
    except ValueError:
        raise Problem(
            422, "ip must be one address such as 203.0.113.7; networks are not forgotten as a whole"
        ) from None
    return Somebody(address, frozenset((ip_key(address),)))


def _account(name: str, secret: bytes) -> Somebody:
    """The account of this name, and the one whose hash this is, where it may be one."""
    raw = name.encode()
    if len(raw) > MAX_NAME_BYTES:
        raise Problem(422, f"account must have at most {MAX_NAME_BYTES} bytes; longer names are nobody's")
    hashes = {hashed_account(raw, secret), *([name] if is_hashed_account(name) else [])}
    return Somebody(name, frozenset(ACCOUNT + each for each in hashes))
