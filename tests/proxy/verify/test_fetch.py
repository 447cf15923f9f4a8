"""The fetcher goes nowhere that is not public, follows nobody, and takes no more than it asked for."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from proxy.verify.fetch import Fetcher, FetchError
from proxy.verify.public_address import is_public
from tests.support.certificates import Authority

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PRIVATE = (
    *(
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
    ),
    *("192.0.2.1", "198.18.0.1", "198.51.100.7", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
    *("::ffff:10.0.0.1", "::ffff:8.8.8.8", "::10.0.0.1", "2002:0a00:0001::1", "2001::1", "64:ff9b::a00:1"),
    *("64:ff9b:1::1", "100::1", "5f00::1", "", "localhost", "8.8.8.8.", "0177.0.0.1", "2130706433", "8.8.8"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_such_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "66.249.66.1", "2001:4860:4801:10::1", "2a00:1450::1"])
def test_a_crawler_s_address_is(address: str) -> None:
    assert is_public(address)


@asynccontextmanager
async def publisher(folder: Path, handler: Handler) -> AsyncIterator[tuple[str, Fetcher]]:
    """An https server, and a fetcher that may reach it."""
    authority = Authority(folder)
    files = authority.give("publisher", names=["localhost"])
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.certificate, files.key)
    app = web.Application()
    app.router.add_get("/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving)
    await site.start()
    port = runner.addresses[0][1]
    trusting = ssl.create_default_context(cafile=authority.file)
    try:
        yield (
            f"https://localhost:{port}/list.json",
            Fetcher(allowed=lambda _: True, any_port=True, context=trusting),
        )
    finally:
        await runner.cleanup()


def fetched(folder: Path, handler: Handler, *, media_types: frozenset[str] = frozenset()) -> bytes:
    async def fetch() -> bytes:
        async with publisher(folder, handler) as (url, fetcher):
            answer = await fetcher.get(url, most_bytes=10_000, timeout_s=1.0, media_types=media_types)
            return answer.body

    return asyncio.run(fetch())


async def plain(_: web.Request) -> web.Response:
    return web.json_response({"prefixes": []})


def test_a_plain_answer_is_taken(tmp_path: Path) -> None:
    assert fetched(tmp_path, plain) == b'{"prefixes": []}'


async def redirect(_: web.Request) -> web.Response:
    raise web.HTTPFound("https://169.254.169.254/latest/meta-data")


async def missing(_: web.Request) -> web.Response:
    raise web.HTTPNotFound


async def large(_: web.Request) -> web.Response:
    return web.Response(body=b"x" * 10_001)


async def endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 4096)


async def silent(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def dripping(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.05)


async def compressed(_: web.Request) -> web.Response:
    return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})


REFUSED = {
    "a redirect": (redirect, "answered 302"),
    "not found": (missing, "answered 404"),
    "oversized": (large, "larger than"),
    "endless": (endless, "larger than"),
    "silent": (silent, "took longer"),
    "dripping": (dripping, "took longer"),
    "compressed": (compressed, "compressed"),
}


@pytest.mark.parametrize(("handler", "why"), REFUSED.values(), ids=REFUSED)
def test_an_answer_of_another_kind_is_refused(tmp_path: Path, handler: Handler, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        fetched(tmp_path, handler)


def test_a_media_type_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="is application/json"):
        fetched(
            tmp_path, plain, media_types=frozenset({"application/http-message-signatures-directory+json"})
        )


BAD = {
    "no TLS": ("http://example.com/", "not an https"),
    "a file": ("file:///etc/passwd", "not an https"),
    "a user": ("https://user@example.com/", "user name"),
    "another port": ("https://example.com:8443/", "port"),
    "a port that is none": ("https://example.com:x/", "port"),
    "a private address": ("https://127.0.0.1/", "not public"),
    "the cloud's own": ("https://169.254.169.254/latest/meta-data", "not public"),
    "a private address in IPv6": ("https://[::ffff:10.0.0.1]/", "not public"),
    "a name of this machine": ("https://localhost/", "not public"),
    "an address in one number": ("https://2130706433/", "not public|canonical"),
    "an address in wide digits": ("https://１２７.0.0.1/", "host"),
    "an address with another full stop": ("https://127。0。0。1/", "host"),
    "nothing": ("", "not an https"),
    "half a bracket": ("https://[::1/", "no address"),
}


@pytest.mark.parametrize(("url", "why"), BAD.values(), ids=BAD)
def test_an_address_that_is_not_public_https_is_not_asked(url: str, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        asyncio.run(Fetcher().get(url, most_bytes=10, timeout_s=3.0))


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when checked, private when connected to; but it is resolved once."""
    asked: list[str] = []

    async def rebind(self: object, host: str, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        address = "192.88.0.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", rebind)
    with pytest.raises(FetchError):
        asyncio.run(Fetcher().get("https://rebind.example/", most_bytes=10, timeout_s=0.5))

    assert asked == ["rebind.example"]


def test_one_private_address_among_public_ones_is_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(self: object, host: str, *args: object, **kwargs: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", both)
    with pytest.raises(FetchError, match=r"10\.0\.0\.1, which is not public"):
        asyncio.run(Fetcher().get("https://both.example/", most_bytes=10, timeout_s=0.5))
