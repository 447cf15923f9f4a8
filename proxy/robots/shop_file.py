"""The storefront's own robots.txt, fetched as a crawler would: one answer, small, soon, of the right kind."""

import asyncio

import aiohttp

from config.settings import Upstream
from detectors.robots.robots_file import MAX_CHARACTERS, ROBOTS_PATH
from proxy.version import VERSION

TIMEOUT_S = 5.0
PIECE = 64 * 1024


class NoAnswerError(Exception):
    """The storefront does not say what it thinks of crawlers, and why."""


async def fetch(upstreams: tuple[Upstream, ...], host: str, scheme: str) -> str:
    """The text of the file; empty where the storefront says that there is none. Raises NoAnswerError.

    A 4xx means that all is allowed (RFC 9309 section 2.3.1.3), a page of HTML that there is no such file.
    """
    fault = NoAnswerError("there is no storefront")
    for upstream in upstreams:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await _fetch(upstream, host, scheme)
        except TimeoutError:
            fault = NoAnswerError(f"{upstream.host}: took longer than {TIMEOUT_S:g} s")
        except NoAnswerError as error:
            fault = error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            fault = NoAnswerError(f"{upstream.host}: {str(error)[:200] or type(error).__name__}")
    raise fault


async def _fetch(upstream: Upstream, host: str, scheme: str) -> str:
    name = f"[{upstream.host}]" if ":" in upstream.host else upstream.host
    headers = {
        "Host": host,
        "User-Agent": f"stile/{VERSION}",
        "Accept": "text/plain, */*;q=0.1",
        "Accept-Encoding": "identity",
        "X-Forwarded-Host": host,
        "X-Forwarded-Proto": scheme,
    }
    async with (
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers=headers, auto_decompress=False
        ) as session,
        session.get(
            f"{upstream.scheme}://{name}:{upstream.port}{ROBOTS_PATH}",
            allow_redirects=False,
            server_hostname=upstream.host if upstream.scheme == "https" else None,
        ) as answer,
    ):
        if 400 <= answer.status < 500 and answer.status != 429:
            return ""
        if answer.status != 200:
            raise NoAnswerError(f"{upstream.host}: answered {answer.status}")
        if answer.content_type == "text/html":
            return ""
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NoAnswerError(f"{upstream.host}: is compressed")
        return await _text(answer)


async def _text(answer: aiohttp.ClientResponse) -> str:
    """At most MAX_CHARACTERS, cut after a whole line."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        body += piece
        if len(body) > MAX_CHARACTERS:
            end = max(body.rfind(b"\n", 0, MAX_CHARACTERS), body.rfind(b"\r", 0, MAX_CHARACTERS))
            del body[end + 1 :]
            break
    return body.decode("utf-8-sig", "replace").replace("\x00", "")
