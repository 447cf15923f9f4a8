"""Whatever goes wrong on the admin side is told as RFC 9457 problem details."""

from http import HTTPStatus

from aiohttp import web
from orjson import dumps


class Problem(Exception):
    """A request that cannot be done: `status` says whose fault it is, `detail` says what to change."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def problem_response(status: int, detail: str) -> web.Response:
    """The problem as application/problem+json."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    response = web.Response(status=status, body=dumps(body), content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="stile"'
    return response


def json_response(document: object, status: int = 200) -> web.Response:
    """Any other answer of the interface."""
    return web.Response(status=status, body=dumps(document), content_type="application/json")
