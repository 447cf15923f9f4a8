"""The process behind the admin listener: it asks the workers and gives orders; no shopper waits for it."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from config.settings import Admin, Bots, Config
from config.where import Where
from detectors.value import value
from proxy.admin.app import admin_app, start_admin
from proxy.admin.forgetter import Forgetter
from proxy.admin.node import Node
from proxy.admin.token import admin_token
from proxy.control import Desk
from proxy.logs import logger
from proxy.parent import Parent
from proxy.state.eraser import Eraser
from proxy.state.store import Store
from proxy.verify.published import FILE, gathered
from proxy.verify.refresher import Refresher
from proxy.version import VERSION

REFUSED = "config.refused"  # what the supervisor could not load, for the page and /readyz


@value
class AdminAssignment:
    """What the admin process is given before the fork."""

    admin: Admin
    config: Config
    directory: Path
    store: Where
    secret: bytes
    workers: int
    reread: Callable[[], Config]


def run_admin(assignment: AdminAssignment) -> None:
    """Serve until SIGTERM."""
    asyncio.run(_serve(assignment))


async def _serve(assignment: AdminAssignment) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGUSR1, lambda: None)
    config = [assignment.config]
    loop.add_signal_handler(signal.SIGHUP, lambda: config.append(assignment.reread()))
    desk = Desk(assignment.directory / "control.sock")
    await desk.start()
    state, secret = assignment.config.state, assignment.secret
    store = Store(assignment.store, prefix=state.key_prefix, secret=secret, timeout_s=state.timeout_s)
    await store.start()
    admin = assignment.admin
    token = admin_token(admin.token_file, assignment.directory)

    def node() -> Node:
        return _node(assignment, config[-1])

    eraser = Eraser(assignment.store, state, secret)
    forgetter = Forgetter(store, desk, eraser, secret, node)
    app = admin_app(desk, store, token, node, forgetter, Parent(assignment.directory))
    runner = await start_admin(app, admin.host, admin.port)
    logger().info("admin.listening", address=f"{admin.host}:{admin.port}")
    refreshing = loop.create_task(_refresh(assignment.directory / FILE, lambda: config[-1].bots))
    await stopping.wait()
    refreshing.cancel()
    await runner.cleanup()
    await desk.close()
    await store.close()


async def _refresh(path: Path, bots: Callable[[], Bots]) -> None:
    """A fault of ours ends neither the refreshing nor the admin side."""
    while True:
        try:
            await Refresher(path, bots).run()
        except Exception as error:  # noqa: BLE001  the border of a background task
            logger().exception("worker.task_failed", error=str(error))


def _node(assignment: AdminAssignment, config: Config) -> Node:
    return Node(
        version=VERSION,
        workers=assignment.workers,
        sites=tuple((site.name, site.mode) for site in config.sites),
        config_version=config.version,
        config_fault=_refused(assignment.directory),
        bot_lists=gathered(assignment.directory / FILE),
    )


def _refused(directory: Path) -> str:
    """Why the last reload was refused; empty where it was not."""
    try:
        return (directory / REFUSED).read_text("utf-8")
    except OSError:
        return ""
