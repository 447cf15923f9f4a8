"""One worker's memory of somebody goes, a slice at a time: tables, recent events and memos.

Memos are cleared as a whole: they are made again in microseconds, and none can be asked who is in it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TypeVar

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import NOBODY
from detectors.identity.prefix import forget_addresses
from proxy.http1.response_head import parse_response_head
from proxy.sender import Known
from proxy.server import Server
from proxy.services import Services
from proxy.state.keys import ACCOUNT, subject_of
from proxy.state.table import FORGOTTEN

SLICE = 2000  # keys compared in one go: 0.6 ms

Item = TypeVar("Item")


class Sweep:
    """Forgets `subjects`, as `subject_of` names them, and returns the client keys that were known."""

    def __init__(self, server: Server, services: Services) -> None:
        self._server = server
        self._services = services

    async def __call__(self, subjects: frozenset[str]) -> list[str]:
        known = await self._empty_tables(subjects)
        await self._part(subjects)
        self._clear_memos()
        self._drop_events(subjects)
        return known

    async def _empty_tables(self, subjects: frozenset[str]) -> list[str]:
        known = []
        for table in (self._services.clients, self._services.crowds):
            for keys in _slices(table.all_keys()):
                for key in keys:
                    if subject_of(key) in subjects:
                        table.forget(key)
                        known.append(key)
                await asyncio.sleep(0)
        return known

    async def _part(self, subjects: frozenset[str]) -> None:
        """Sessions remember with whom they went: with whom they go on is found out anew."""
        for clients in _slices(self._services.clients.objects()):
            for client in clients:
                if client.account.rank == FORGOTTEN:
                    client.account = NOBODY
                    client.sender = None
                if _came_from(client, subjects):
                    client.sender = None
            await asyncio.sleep(0)

    def _clear_memos(self) -> None:
        self._server.forget_senders()
        self._services.clearances.forget()
        for site in self._services.config.sites:
            site.policy.inspector.forget_claims()
        self._services.verifier.forget()
        forget_addresses()
        parse_response_head.cache_clear()  # a storefront's answer may have named the account

    def _drop_events(self, subjects: frozenset[str]) -> None:
        accounts = [subject.removeprefix(ACCOUNT) for subject in subjects if subject.startswith(ACCOUNT)]
        marks = [f'"user":{{"hash":"{account}"}}'.encode() for account in accounts]
        self._services.recent.forget(
            lambda line, sender: subject_of(sender) in subjects or any(mark in line for mark in marks)
        )


def _came_from(client: Client, subjects: frozenset[str]) -> bool:
    known = client.sender
    if not isinstance(known, Known):
        return False
    return subject_of(known.ip_key) in subjects or ACCOUNT + known.account in subjects


def _slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), SLICE):
        yield items[start : start + SLICE]
