"""From a checked head to the Request that is judged: the one place where wire bytes become text."""

from functools import lru_cache

from config.routes import Routes
from detectors.path import normal_path
from detectors.request import Network, Request, Tls
from proxy.http1.request_head import RequestHead

LONGEST_REMEMBERED = 256  # bytes, so that hostile long paths cannot fill the memory through the memo


def request_of(
    head: RequestHead,
    address: str,
    scheme: str,
    arrived: float,
    tls: Tls | None,
    network: Network,
    routes: Routes,
) -> Request:
    """The facts that detectors and rules see. `arrived` is in Unix seconds."""
    path, _, query = head.target.partition(b"?")
    read = _remembered if len(path) <= LONGEST_REMEMBERED else _read
    plain, route = read(head.method, path, routes)
    block = head.block
    return Request(
        head.method,
        head.target,
        plain,
        query.decode("latin-1") if query else "",
        head.host,
        scheme,
        head.http_version,
        block.headers,
        block.fields,
        address,
        arrived,
        tls,
        network,
        route,
    )


def bare_request(head: RequestHead | None, address: str, arrived: float) -> Request:
    """As much of a refused request as can be known, so that its refusal finds the right form and language."""
    return Request(
        method=head.method if head else "",
        target=head.target if head else b"",
        path="/",
        query="",
        host=head.host if head else "",
        scheme="",
        http_version=head.http_version if head else "",
        headers=head.block.headers if head else (),
        fields=head.fields if head else {},
        address=address,
        arrived=arrived,
    )


def _read(method: str, path: bytes, routes: Routes) -> tuple[str, str]:
    """The plain path and the name of its route."""
    plain = normal_path(path)
    return plain, routes.route_of(method, plain)


_remembered = lru_cache(maxsize=4096)(_read)
