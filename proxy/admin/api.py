"""The admin interface for programs: JSON in, JSON out, every refusal a problem with its cure."""

import time
from ipaddress import ip_address

from aiohttp import web
from orjson import JSONDecodeError, loads

from config.decision import Action
from proxy.admin.house import House
from proxy.admin.orders import Body, ban_body, ban_from, key_from, mode_body, mode_from
from proxy.admin.problem import Problem, json_response
from proxy.admin.questions import MAX_EVENTS
from proxy.state.orders import Lift, ModeOrder

DEFAULT_EVENTS = 50


class Api:
    """Handlers below /api/ and the three that need no token."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[web.RouteDef]:
        """Everything that is answered here."""
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
            web.get("/api/decisions", self.decisions),
            web.get("/api/decisions/{id}", self.decision),
            web.get("/api/bans", self.bans),
            web.post("/api/bans", self.ban),
            web.delete("/api/bans/{key:.+}", self.unban),
            web.get("/api/mode", self.modes),
            web.post("/api/mode", self.mode),
            web.post("/api/forget", self.forget),
            web.post("/api/reload", self.reload),
            web.post("/api/rollback", self.rollback),
            web.get("/api/versions", self.versions),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while this process lives."""
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """200 while every worker accepts connections."""
        ready, status = await self._house.readiness()
        return json_response(status, 200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Prometheus text."""
        text = await self._house.metrics()
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def decisions(self, request: web.Request) -> web.Response:
        """The newest events of all workers."""
        limit, action, address = decision_filter(request)
        return json_response({"decisions": await self._house.decisions(limit, action, address)})

    async def decision(self, request: web.Request) -> web.Response:
        """One event by its id."""
        return json_response(await self._house.decision(request.match_info["id"]))

    async def bans(self, _: web.Request) -> web.Response:
        """Bans and passes in force."""
        return json_response({"bans": [ban_body(ban) for ban in self._house.orders.bans(time.time())]})

    async def ban(self, request: web.Request) -> web.Response:
        """Order a ban or a pass."""
        order = ban_from(await _body(request), time.time())
        everywhere = await self._house.orders.give(order)
        return json_response({**ban_body(order), "everywhere": everywhere}, 201)

    async def unban(self, request: web.Request) -> web.Response:
        """Lift what was ordered about a key; lifting nothing is fine."""
        key = key_from(request.match_info["key"])
        return json_response({"key": key, "everywhere": await self._house.orders.give(Lift(key))})

    async def modes(self, _: web.Request) -> web.Response:
        """The sites with the mode that each of them is in."""
        orders = [mode_body(order) for order in self._house.orders.modes(time.time())]
        return json_response({"sites": self._house.site_modes(time.time()), "orders": orders})

    async def mode(self, request: web.Request) -> web.Response:
        """Order a mode, or lift such an order."""
        body = await _body(request)
        order = mode_from(body, self._house.site_names(), time.time())
        everywhere = await self._house.orders.give(order)
        shown: Body = {"lifted": order.name} if isinstance(order, Lift) else {}
        if isinstance(order, ModeOrder):
            shown = mode_body(order)
        return json_response({**shown, "everywhere": everywhere})

    async def reload(self, _: web.Request) -> web.Response:
        """Read the configuration again."""
        return json_response(await self._house.reloads.reload())

    async def rollback(self, request: web.Request) -> web.Response:
        """Put an earlier configuration in force."""
        body = await _body(request) if request.can_read_body else {}
        return json_response(await self._house.reloads.roll_back(body.get("version") or ""))

    async def versions(self, _: web.Request) -> web.Response:
        """The configurations that are kept."""
        return json_response(await self._house.reloads.versions())

    async def forget(self, request: web.Request) -> web.Response:
        """Have somebody forgotten everywhere."""
        return json_response(await self._house.forgetter.forget(await _body(request)))


def decision_filter(request: web.Request) -> tuple[int, str, str]:
    """Limit, action and address of a query; both texts may be empty. Raises Problem."""
    text = request.query.get("limit", str(DEFAULT_EVENTS))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_EVENTS):
        raise Problem(400, f"limit must be a number from 1 to {MAX_EVENTS}")
    action = request.query.get("action", "")
    if action and action not in set(Action):
        raise Problem(400, f"action must be one of {', '.join(Action)}")
    address = request.query.get("ip", "")
    try:
        return int(text), action, str(ip_address(address)) if address else ""
    except ValueError:
        raise Problem(400, "ip must be an address") from None


async def _body(request: web.Request) -> Body:
    if request.content_type != "application/json":
        raise Problem(415, "the body must be application/json")
    try:
        body = loads(await request.read())
    except JSONDecodeError as fault:
        raise Problem(400, f"the body is not JSON: {fault}") from None
    if not isinstance(body, dict):
        raise Problem(400, "the body must be a JSON object")
    return body
