"""The admin listener: a small aiohttp application that nothing on the storefront's side can reach."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import web

from proxy.admin.api import Api
from proxy.admin.forgetter import Forgetter
from proxy.admin.guard import Guard, guarding
from proxy.admin.house import House
from proxy.admin.node import Node
from proxy.admin.orders import OrderStore
from proxy.admin.pages import Pages, login_response
from proxy.admin.questions import Workers
from proxy.admin.reloads import Parent
from proxy.logs import logger

MAX_BODY = 64 * 1024
RESTART_S = 1.0


def admin_app(
    workers: Workers,
    store: OrderStore,
    token: str,
    node: Callable[[], Node],
    forgetter: Forgetter,
    parent: Parent,
) -> web.Application:
    """The application. `node` is asked anew at each request, so that a reload shows."""
    house = House(workers, store, node, forgetter, parent)
    guard = Guard(token)
    app = web.Application(middlewares=[guarding(guard, login_response)], client_max_size=MAX_BODY)
    app.add_routes([*Api(house).routes(), *Pages(house, guard).routes()])

    async def sampling(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_sample(house), name="admin: samples")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app.cleanup_ctx.append(sampling)
    app.on_cleanup.append(forgetter.close)
    return app


async def start_admin(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen. Raises OSError where the address is taken. `await runner.cleanup()` ends it."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


async def _sample(house: House) -> None:
    while True:
        try:
            await house.sample_forever()
        except Exception as fault:  # noqa: BLE001  a fault of ours must not end the sampling for good
            logger().exception("admin.sampling_failed", error=str(fault))
        await asyncio.sleep(RESTART_S)
