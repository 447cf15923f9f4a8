"""With TLS the store is who its certificate says, and it knows us by ours."""

from collections.abc import Iterator

import pytest

from config.where import StoreTls, Where
from proxy.state.link import Link, StoreFault
from proxy.state.store_fault import Trouble
from tests.support.certificates import Authority
from tests.support.clusters import Node
from tests.support.processes import free_port, wait_until
from tests.support.stores import run


class Secured:
    """A server that speaks only TLS, and those who trust each other around it."""

    def __init__(self, folder) -> None:
        self.ours, self.theirs = Authority(folder / "ours"), Authority(folder / "theirs", "stranger")
        server = self.ours.give("server")
        self.client, self.stranger = self.ours.give("client"), self.theirs.give("client")
        self.port = free_port()
        settings = {
            "port": 0,
            "tls-port": self.port,
            "tls-cert-file": server.certificate,
            "tls-key-file": server.key,
            "tls-ca-cert-file": self.ours.file,
            "tls-auth-clients": "yes",
        }
        self.node = Node(folder / "store", settings)
        assert wait_until(lambda: self.ready() or not self.running())
        if not self.running():
            pytest.skip("this server was built without TLS")

    def running(self) -> bool:
        return self.node.process.poll() is None

    def ready(self) -> bool:
        log = self.node.folder / "log"
        return log.exists() and "Ready to accept" in log.read_text("utf-8")

    def where(self, tls: StoreTls, scheme: str = "rediss") -> Where:
        return Where.of(f"{scheme}://127.0.0.1:{self.port}").with_tls(tls)

    def known(self) -> StoreTls:
        return StoreTls(self.ours.file, self.client.certificate, self.client.key)


@pytest.fixture(scope="module")
def secured(tmp_path_factory) -> Iterator[Secured]:
    secured = Secured(tmp_path_factory.mktemp("secured"))
    yield secured
    secured.node.kill()


def fault_with(where: Where) -> StoreFault:
    caught: list[StoreFault] = []

    async def scene():
        link = Link(where)
        with pytest.raises(StoreFault) as fault:
            await link.call("PING")
        caught.append(fault.value)
        await link.close()

    run(scene())
    return caught[0]


def test_both_sides_know_each_other(secured):
    async def scene():
        link = Link(secured.where(secured.known()))
        replies = [await link.call("SET", "k", "v"), await link.load([b"k"])]
        channel = link.channel()
        await channel.subscribe("news")
        await link.call("PUBLISH", "news", "one")
        heard = await channel.hear(1.0)
        channel.close()
        await link.close()

        assert (replies, heard) == ([b"OK", [b"v"]], b"one")

    run(scene())


def test_a_store_that_a_stranger_vouches_for_is_not_entered(secured):
    tls = StoreTls(secured.theirs.file, secured.client.certificate, secured.client.key)

    assert "certificate verify failed" in str(fault_with(secured.where(tls)))


def test_a_store_whose_certificate_names_another_address_is_not_entered(secured):
    where = Where.of(f"rediss://localhost:{secured.port}").with_tls(secured.known())

    assert "certificate verify failed" in str(fault_with(where))


NOBODY = {
    "without a certificate": lambda some: StoreTls(some.ours.file),
    "with a stranger's": lambda some: StoreTls(some.ours.file, some.stranger.certificate, some.stranger.key),
}


@pytest.mark.parametrize("tls", NOBODY.values(), ids=NOBODY)
def test_a_store_that_does_not_know_us_is_away(secured, tls):
    fault = fault_with(secured.where(tls(secured)))

    assert fault.trouble is Trouble.AWAY


def test_a_store_that_speaks_tls_is_not_reached_without(secured):
    assert fault_with(secured.where(StoreTls(), "redis")).trouble is Trouble.AWAY


def test_a_certificate_that_was_renewed_is_used_from_then_on(secured, tmp_path):
    stale = tmp_path / "client.crt", tmp_path / "client.key"
    for file, kept in zip(stale, (secured.stranger.certificate, secured.stranger.key), strict=True):
        file.write_bytes(kept.read_bytes())
    where = secured.where(StoreTls(secured.ours.file, *stale))
    refused = fault_with(where)
    for file, kept in zip(stale, (secured.client.certificate, secured.client.key), strict=True):
        file.write_bytes(kept.read_bytes())

    async def scene():
        link = Link(where)
        reply = await link.call("PING")
        await link.close()

        assert (refused.trouble, reply) == (Trouble.AWAY, b"PONG")

    run(scene())
