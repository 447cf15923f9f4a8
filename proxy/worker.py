"""One worker process: an event loop, a gate, and the signals that it obeys."""

import asyncio
import gc
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop

from challenges.clearance import Clearances
from challenges.keyring import Keyring
from challenges.maze import Maze
from challenges.session import Sessions
from config.settings import Config
from config.where import Where
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.value import value
from proxy.admin.metrics import Counters
from proxy.captchas import Captchas
from proxy.control import Message, answer_desk
from proxy.desk_answers import DeskAnswers
from proxy.events.decision_id import DecisionIds
from proxy.events.recent import Recent
from proxy.events.sink import Sink
from proxy.gate import Gate
from proxy.geo import FOLDER, Geo
from proxy.logs import logger
from proxy.models.swap import ModelSwap
from proxy.models.watch import Watch
from proxy.pool import Pool
from proxy.reloading import Reloading
from proxy.robots.robots import Robots
from proxy.server import Server
from proxy.services import Services, node_name, pooled, report
from proxy.state.store import Store
from proxy.state.table import ClientTable
from proxy.supervisor import Bound
from proxy.sweep import Sweep
from proxy.tarpit import Tarpit
from proxy.tls.certificates import Certificates
from proxy.verify.published import FILE
from proxy.verify.refresher import Refresher
from proxy.verify.verifier import Verifier


@value
class Assignment:
    """What a worker is given before the fork. `reread` loads the configuration that the parent validated.

    `certificates` were made by the parent, so that every worker has the same session ticket keys.
    """

    name: str
    config: Config
    sockets: Bound
    store: Where
    secret: bytes
    control: Path
    log_lock: Path
    reread: Callable[[], Config]
    certificates: Certificates
    refreshes: bool = False  # what operators of bots publish, for all of the node


def run_worker(assignment: Assignment) -> None:
    """Serve until SIGTERM, then drain."""
    uvloop.run(_serve(assignment))


async def _serve(assignment: Assignment) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the parent decides, also about Ctrl-C
    services = _services(assignment)
    services.events.start()
    _calm_collector()
    gate = Gate(assignment.config, services)
    server = Server(assignment.config, gate, loop, assignment.certificates)
    reloading = Reloading(assignment.name, assignment.reread, server)
    loop.add_signal_handler(signal.SIGHUP, reloading.begin)
    loop.add_signal_handler(signal.SIGUSR1, services.events.reopen)
    services.store.forgetting.sweep = Sweep(server, services)
    await services.store.start()
    await loop.run_in_executor(
        None, services.models.look
    )  # a bundle that replaced the one of the parent's start
    await server.listen(assignment.sockets)
    answers = DeskAnswers(assignment.name, server, services)
    tasks = [
        loop.create_task(_supervised(server.tick_forever)),
        loop.create_task(_supervised(lambda: _answer(assignment.control, answers))),
        loop.create_task(_supervised(lambda: services.verifier.follow(lambda: gate.config.sites))),
    ]
    tasks.append(loop.create_task(_supervised(services.geo.follow)))
    tasks.append(loop.create_task(_supervised(services.models.follow)))
    if assignment.refreshes:
        refresher = Refresher(assignment.control.parent / FILE, lambda: gate.config.bots)
        tasks.append(loop.create_task(_supervised(refresher.run)))
    logger().info("worker.ready", worker=assignment.name)
    await stopping.wait()
    await server.drain()
    for task in tasks:
        task.cancel()
    services.verifier.close()
    services.robots.close()
    await services.captchas.close()
    await services.store.close()
    lost = await loop.run_in_executor(None, services.events.close)
    logger().info("worker.stopped", worker=assignment.name, events_lost=lost)


def _calm_collector() -> None:
    """What is loaded now stays; what a request makes dies by reference counts, so the collector may be lazy.

    The default looks through every tracked client after 70,000 new objects: 8 ms at 10,000 clients.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)


async def _answer(control: Path, answers: Callable[[Message], Message]) -> None:
    await answer_desk(control, answers)


async def _supervised(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A background task that ends by a fault of ours is started again; it never ends the worker."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  the border of a background task
            logger().exception("worker.task_failed", error=str(error))
        await asyncio.sleep(1.0)


def _services(assignment: Assignment) -> Services:
    config = assignment.config
    keyring = Keyring([assignment.secret])

    def tell(up: bool, reason: str) -> None:
        if up:
            logger().info("state.connected", worker=assignment.name)
        else:
            logger().warning("state.lost", worker=assignment.name, reason=reason)

    return Services(
        config=config,
        store=Store(
            assignment.store,
            prefix=config.state.key_prefix,
            secret=assignment.secret,
            timeout_s=config.state.timeout_s,
            retention_s=config.state.retention_s,
            rotation_s=config.state.hash_rotation_s,
            report=tell,
        ),
        clients=ClientTable(config.state.max_clients, Client.wake),
        crowds=ClientTable(config.state.max_clients // 4, Crowd.wake),
        events=Sink(config.log.path, assignment.log_lock),
        recent=Recent(),
        counters=Counters(),
        keyring=keyring,
        sessions=Sessions(keyring),
        clearances=Clearances(keyring),
        ids=DecisionIds(),
        geo=Geo(config.geoip, assignment.control.parent / FOLDER),
        verifier=Verifier(assignment.control.parent, config.bots),
        robots=Robots(config.robots, assignment.secret),
        tarpit=Tarpit(config.mitigation.tarpit),
        maze=Maze(assignment.secret),
        models=ModelSwap(config),
        watch=Watch(),
        captchas=Captchas(config.challenge, time.monotonic),
        pools={upstreams: Pool(upstreams, config.upstream_limits, report) for upstreams in pooled(config)},
        node=node_name(),
        address_key=assignment.secret,
    )
