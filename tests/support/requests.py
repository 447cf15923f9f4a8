"""Requests for tests: what a current Chrome sends on a page load, changed where a case says so."""

from detectors.request import Request

CHROME = (
    (b"Host", b"shop.example.com"),
    (b"Connection", b"keep-alive"),
    (b"sec-ch-ua", b'"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"'),
    (b"sec-ch-ua-mobile", b"?0"),
    (b"sec-ch-ua-platform", b'"Windows"'),
    (b"Upgrade-Insecure-Requests", b"1"),
    (
        b"User-Agent",
        (
            b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            b"Chrome/130.0.0.0 Safari/537.36"
        ),
    ),
    (
        b"Accept",
        (
            b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
            b"application/signed-exchange;v=b3;q=0.7"
        ),
    ),
    (b"Sec-Fetch-Site", b"none"),
    (b"Sec-Fetch-Mode", b"navigate"),
    (b"Sec-Fetch-User", b"?1"),
    (b"Sec-Fetch-Dest", b"document"),
    (b"Accept-Encoding", b"gzip, deflate, br, zstd"),
    (b"Accept-Language", b"en-US,en;q=0.9"),
)


def a_request(
    path: str = "/",
    *,
    method: str = "GET",
    query: str = "",
    headers: tuple[tuple[bytes, bytes], ...] = CHROME,
    header_names: tuple[bytes, ...] | None = None,
    address: str = "203.0.113.7",
    arrived: float = 1_790_000_000.0,
    route: str = "",
) -> Request:
    """A page load by Chrome on Windows unless the arguments say otherwise."""
    if header_names is not None:
        headers = tuple((name, b"x") for name in header_names)
    fields: dict[bytes, bytes] = {}
    for name, content in headers:
        fields.setdefault(name.lower(), content)
    target = path + ("?" + query if query else "")
    return Request(
        method=method,
        target=target.encode(),
        path=path,
        query=query,
        host="shop.example.com",
        scheme="http",
        http_version="1.1",
        headers=headers,
        fields=fields,
        address=address,
        arrived=arrived,
        route=route,
    )
