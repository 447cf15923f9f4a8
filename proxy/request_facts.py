"""From a checked head to the Request that is judged: the one place where wire bytes become text."""

from config.routes import Routes
from detectors.path import normal_path
from detectors.request import Network, Request, Tls
from proxy.http1.request_head import RequestHead


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
    plain = normal_path(path)
    return Request(
        head.method,
        head.target,
        plain,
        query.decode("latin-1"),
        head.host,
        scheme,
        head.http_version,
        head.block.headers,
        head.block.fields,
        address,
        arrived,
        tls,
        network,
        routes.route_of(head.method, plain),
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
