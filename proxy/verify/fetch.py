"""Fetches what others publish: over https, from a public address, in one answer, small and soon."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from detectors.value import value
from proxy.verify.public_address import is_public
from proxy.version import VERSION

HTTPS_PORT = 443
PIECE = 64 * 1024


class FetchError(Exception):
    """There is no answer that can be used, and why."""


@value
class Fetched:
    """The body of a 200, and its media type without parameters, in lower case."""

    body: bytes
    media_type: str


class _Guarded(AbstractResolver):
    """Resolves a host and refuses it where any of its addresses is not allowed.

    The connection goes to the very addresses that were checked, so a name that changes its mind in between
    (DNS rebinding) gains nothing.
    """

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            if not self._allowed(each["host"]):
                raise FetchError(f"{host} leads to {each['host']}, which is not public")
        return found

    async def close(self) -> None:
        await self._resolver.close()


class Fetcher:
    """`allowed` says which addresses may be connected to; `any_port` is for tests and mirrors."""

    def __init__(
        self,
        *,
        allowed: Callable[[str], bool] = is_public,
        any_port: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._any_port = any_port
        self._context = context

    async def get(
        self, url: str, *, most_bytes: int, timeout_s: float, media_types: frozenset[str] = frozenset()
    ) -> Fetched:
        """The answer to one GET of `url`. Raises FetchError for whatever else happens.

        `media_types` are those that are taken, any where empty. `timeout_s` is for all of it.
        """
        self._check(_split(url))
        try:
            async with asyncio.timeout(timeout_s):
                return await self._get(url, most_bytes, media_types)
        except TimeoutError:
            raise FetchError(f"took longer than {timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(_reason(error)) from None

    def _check(self, parts: SplitResult) -> None:
        host = parts.hostname
        if parts.scheme != "https" or not host:
            raise FetchError("not an https address")
        if not host.isascii():  # wide digits would be an address after all, by the rules of domain names
            raise FetchError("its host is not spelled in ASCII")
        if parts.username is not None or parts.password is not None:
            raise FetchError("holds a user name")
        try:
            port = parts.port
        except ValueError:
            raise FetchError("has no valid port") from None
        if port not in {None, HTTPS_PORT} and not self._any_port:
            raise FetchError(f"port {port} is not https's own")
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return
        if not self._allowed(host):  # no name, so nothing will be resolved
            raise FetchError(f"{host} is not public")

    async def _get(self, url: str, most_bytes: int, media_types: frozenset[str]) -> Fetched:
        connector = aiohttp.TCPConnector(
            resolver=_Guarded(self._allowed), use_dns_cache=False, force_close=True, ssl=self._context or True
        )
        headers = {
            "User-Agent": f"stile/{VERSION}",
            "Accept": ", ".join(sorted(media_types)) or "*/*",
            "Accept-Encoding": "identity",
        }
        async with (
            aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=headers,
            ) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return await _take(answer, most_bytes, media_types)


async def _take(answer: aiohttp.ClientResponse, most_bytes: int, media_types: frozenset[str]) -> Fetched:
    if answer.status != 200:
        raise FetchError(f"answered {answer.status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("is compressed")
    if media_types and answer.content_type not in media_types:
        raise FetchError(f"is {answer.content_type[:60]}")
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        body += piece
        if len(body) > most_bytes:
            raise FetchError(f"is larger than {most_bytes} bytes")
    return Fetched(bytes(body), answer.content_type)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise FetchError("no address") from None


def _reason(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, FetchError):
        return str(cause)
    return str(error)[:200] or type(error).__name__
