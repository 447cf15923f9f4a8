"""What a worker tells the admin process when it is asked."""

import os
import time

from proxy.admin.orders import obey
from proxy.admin.questions import Question, WorkerState, answer
from proxy.control import Message
from proxy.events.fields import Privacy
from proxy.server import Server
from proxy.services import Services


class DeskAnswers:
    """Answers for one worker; its name holds the process id, so that a successor is told from it."""

    def __init__(self, name: str, server: Server, services: Services) -> None:
        self._name = f"{name}.{os.getpid()}"
        self._server = server
        self._services = services

    def __call__(self, message: Message) -> Message:
        """One answer to one question."""
        services = self._services
        if message.get("ask") == Question.ORDER:
            obey(message["order"], services.store.orders)
            services.store.forgetting.heed(services.store.orders.forgets)
        log = services.config.log
        privacy = Privacy(log.hash_addresses, services.address_key, log.query_values)
        reply = answer(message, self._state(), services.counters, services.recent, privacy)
        if message.get("ask") == Question.METRICS:
            reply["lookups"] = [[*key, count] for key, count in services.verifier.looked_up.items()]
            reply |= services.models.export() | services.watch.export(time.time())
        if message.get("ask") == Question.FORGOTTEN:
            reply["forgotten"] = services.store.forgetting.has_forgotten(str(message.get("name")))
        return reply

    def _state(self) -> WorkerState:
        services = self._services
        return WorkerState(
            worker=self._name,
            accepting=not self._server.draining,
            degraded=services.store.degraded,
            policy=services.config.version,
            connections=self._server.connections,
            clients=len(services.clients),
            events_lost=services.events.lost,
            events_queued=services.events.queued,
            model_fault="; ".join(services.models.faults),
            tarpitted=len(services.tarpit),
        )
