"""A gateway with a TLS listener, its certificates, and clients that trust them."""

import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from tests.support.certificates import Authority, Pair
from tests.support.gateway import Event, Gateway
from tests.support.processes import free_port, wait_until


class TlsHouse(Gateway):
    """`stile run` on one plain port and one for TLS, with a certificate for `localhost`."""

    def __init__(
        self, folder: Path, upstream: str, changes: Mapping[str, Any] | None = None, *, workers: int = 1
    ) -> None:
        self.authority = Authority(folder / "ca")
        self.pair = self.authority.give("live", names=("localhost", "shop.example"))
        self.tls_port = free_port()
        extra = dict(changes or {})
        listener = {
            "address": f"127.0.0.1:{self.tls_port}",
            "tls": names_of(self.pair),
            **extra.pop("listener", {}),
        }
        listen = [{"address": f"127.0.0.1:{free_port()}"}, listener]
        super().__init__(
            folder, upstream, {"listen": listen, "policy": {"import": []}, **extra}, workers=workers
        )

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.tls_port}"

    def client(self, *, check: bool = True) -> ssl.SSLContext:
        """A context that trusts our authority."""
        context = ssl.create_default_context(cafile=str(self.authority.file))
        context.check_hostname = check
        return context

    def connection(self, context: ssl.SSLContext | None = None) -> closing[HTTPSConnection]:
        """A connection to the TLS port, until the block ends."""
        return closing(
            HTTPSConnection("localhost", self.tls_port, context=context or self.client(), timeout=10)
        )

    def get(self, target: str = "/", **headers: str) -> int:
        """The status of one request on a connection of its own."""
        with self.connection() as connection:
            return get(connection, target, **headers)

    def seen(self, count: int) -> list[Event]:
        """The first `count` events, once they are there."""
        wait_until(lambda: self.events_file.exists() and self.events_file.read_bytes().count(b"\n") >= count)
        return [json.loads(line) for line in self.events_file.read_text().splitlines()[:count]]


def names_of(pair: Pair) -> dict[str, str]:
    """The keys of a configuration that name a pair."""
    return {"certificate": str(pair.certificate), "key": str(pair.key)}


def get(connection: HTTPConnection, target: str = "/", **headers: str) -> int:
    """The status of one request."""
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status
