"""After a sweep nothing in a worker's memory names whom it was about, and everybody else is still known."""

import asyncio
import gc
import time
from collections.abc import Mapping
from typing import Any

from proxy.account import hashed_account
from proxy.server import Server
from proxy.services import Services
from proxy.state.envelope import sealed
from proxy.state.orders import FORGET, Forget
from proxy.sweep import Sweep
from tests.support.inner_worker import SECRET, an_inner_worker
from tests.support.stores import eventually
from tests.support.upstream import OK, Upstream

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def accounts(upstream: Upstream) -> Mapping[str, Any]:
    """What this worker's configuration says of its site."""
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "account": {"cookie": "uid"}}
    return {"sites": [site]}


class Person:
    """Somebody behind a balancer, whose connection stays open. The texts are made here and nowhere else."""

    def __init__(self, number: int) -> None:
        self.address = ".".join(map(str, (203, 0, 113, number)))
        self.account = f"customer-{number * 1000}"

    async def visit(self, port: int, times: int, agent: str) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(times):
            lines = [
                f"GET /product/{number} HTTP/1.1",
                "Host: shop.test",
                f"X-Forwarded-For: {self.address}",
                f"User-Agent: {agent}",
                f"Cookie: uid={self.account}",
            ]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(size)
        return writer


def named_in_memory(*texts: str) -> list[str]:
    """Whatever text in this process holds one of these, but for themselves."""
    gc.collect()
    raw = [text.encode() for text in texts]
    own = {id(text) for text in texts} | {id(each) for each in raw}
    seen: set[int] = set()
    found = []
    for holder in gc.get_objects():
        for one in gc.get_referents(holder):
            if not isinstance(one, str | bytes) or id(one) in seen or id(one) in own:
                continue
            seen.add(id(one))
            wanted = texts if isinstance(one, str) else raw
            if any(each in one for each in wanted):  # type: ignore[operator]  # of the same kind
                found.append(f"{one[:80]!r} in {type(holder)}")
    return found


async def forget(server: Server, services: Services, *subjects: str) -> None:
    """As the worker does on order, from beginning to end."""
    order = Forget(f"{FORGET}1", sealed(subjects, SECRET), time.time() + 60.0, held=True)
    forgetting = services.store.forgetting
    forgetting.sweep = Sweep(server, services)
    forgetting.heed({order.name: order})
    assert await eventually(lambda: forgetting.has_forgotten(order.name))
    forgetting.heed({})
    await asyncio.sleep(0)


def test_nothing_names_whom_it_was_about(tmp_path):
    async def scene(upstream: Upstream) -> None:
        anne, bert = Person(17), Person(18)
        async with an_inner_worker(tmp_path, upstream.address, accounts(upstream)) as (
            gate,
            server,
            port,
        ):
            services = gate.services
            lines = [await person.visit(port, 5, agent) for person in (anne, bert) for agent in (AGENT, BOT)]
            await asyncio.sleep(0.1)
            hashes = [hashed_account(person.account.encode(), SECRET) for person in (anne, bert)]
            before = bool(named_in_memory(anne.address, anne.account, hashes[0]))
            await forget(server, services, anne.address, f"u={hashes[0]}")
            after = named_in_memory(anne.address, anne.account, hashes[0])
            others = services.clients.find(f"shop/{bert.address}"), len(services.recent.latest(100))
            for line in lines:
                line.close()

        assert (before, after) == (True, [])
        assert (others[0] is not None, others[1]) == (True, 10)

    with Upstream((OK,)) as upstream:
        upstream.remember = False
        asyncio.run(scene(upstream))


def test_a_session_is_not_counted_on_the_account_that_is_forgotten(tmp_path):
    async def scene(upstream: Upstream) -> None:
        anne = Person(19)
        async with an_inner_worker(tmp_path, upstream.address, accounts(upstream)) as (
            gate,
            server,
            port,
        ):
            services = gate.services
            line = await anne.visit(port, 5, AGENT)
            hashed = hashed_account(anne.account.encode(), SECRET)
            old = services.crowds.find(f"shop/u={hashed}")
            await forget(server, services, f"u={hashed}")
            again = await anne.visit(port, 2, AGENT)
            new = services.crowds.find(f"shop/u={hashed}")
            session = next(one for one in services.clients.objects() if "v=" in one.key)
            line.close()
            again.close()

        assert (old.requests, new.requests, session.account is new) == (5, 2, True)

    with Upstream((OK,)) as upstream:
        asyncio.run(scene(upstream))


def test_a_worker_serves_on_between_two_slices(tmp_path, monkeypatch):
    monkeypatch.setattr("proxy.sweep.SLICE", 10)

    async def scene(upstream: Upstream) -> None:
        async with an_inner_worker(tmp_path, upstream.address, accounts(upstream)) as (
            gate,
            server,
            port,
        ):
            services = gate.services
            for number in range(200):
                client = services.clients.find(f"shop/10.0.0.{number}")
                assert client is None
            lines = [await Person(number).visit(port, 1, AGENT) for number in range(60)]
            sweep = asyncio.create_task(Sweep(server, services)(frozenset((Person(7).address,))))
            turns = 0
            while not sweep.done():
                turns += 1
                await asyncio.sleep(0)
            for line in lines:
                line.close()

        assert sweep.result() != []
        assert turns > 10

    with Upstream((OK,)) as upstream:
        asyncio.run(scene(upstream))
