"""The admin side for browsers: pages and plain forms, no script anywhere."""

import time
from importlib.resources import files

from aiohttp import web

from proxy.admin.api import decision_filter
from proxy.admin.dashboard import Overview, dashboard, login
from proxy.admin.decision_page import decision_page
from proxy.admin.guard import COOKIE, SESSION_S, Guard
from proxy.admin.house import House
from proxy.admin.orders import ban_from, key_from, mode_from
from proxy.admin.problem import Problem
from proxy.state.orders import Lift, Order

NOTICES = {
    "ordered": "Ordered, and in force on every node.",
    "here": "Ordered on this node only: the shared state is away.",
}
STYLE = (files("proxy.admin") / "assets" / "admin.css").read_text("utf-8")


class Pages:
    """Handlers of the pages and their forms."""

    def __init__(self, house: House, guard: Guard) -> None:
        self._house = house
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        """Everything that is answered here."""
        return [
            web.get("/", self.overview),
            web.get("/decisions/{id}", self.decision),
            web.get("/login", self.login_form),
            web.post("/login", self.login),
            web.post("/logout", self.logout),
            web.post("/bans", self.ban),
            web.post("/bans/lift", self.lift),
            web.post("/mode", self.mode),
            web.get("/assets/admin.css", self.style),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """The dashboard."""
        limit, action, address = decision_filter(request)
        house = self._house
        _, status = await house.readiness()
        now = time.time()
        view = Overview(
            events=await house.decisions(limit, action, address),
            rates=house.rates(),
            totals=dict(house.totals.by_action()),
            bans=house.orders.bans(now),
            modes=house.site_modes(now),
            allowed_until=house.allowed_until(now),
            status=status,
            version=house.node().version,
            csrf=self._csrf(request),
            challenges=house.challenges(),
            action=action,
            address=address,
            notice=NOTICES.get(request.query.get("notice", ""), ""),
        )
        return _page(dashboard(view))

    async def decision(self, request: web.Request) -> web.Response:
        """One decision, explained."""
        event = await self._house.decision(request.match_info["id"])
        return _page(decision_page(event, self._csrf(request)))

    async def login_form(self, _: web.Request) -> web.Response:
        """The form that takes the token."""
        return _page(login())

    async def login(self, request: web.Request) -> web.Response:
        """Take the token and give a session for it."""
        token = (await request.post()).get("token", "")
        if not isinstance(token, str) or not self._guard.knows(token.strip()):
            return _page(login("This is not the admin token."), 401)
        response = _go_home()
        response.set_cookie(
            COOKIE,
            self._guard.session(),
            max_age=SESSION_S,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
        return response

    async def logout(self, _: web.Request) -> web.Response:
        """Forget the session."""
        response = _go_home()
        response.del_cookie(COOKIE)
        return response

    async def ban(self, request: web.Request) -> web.Response:
        """Order a ban or a pass."""
        form = await _form(request)
        return await self._give(ban_from({**form, "allow": form.get("order") == "let pass"}, time.time()))

    async def lift(self, request: web.Request) -> web.Response:
        """Lift an order."""
        form = await _form(request)
        return await self._give(Lift(key_from(form.get("key"))))

    async def mode(self, request: web.Request) -> web.Response:
        """Order a mode."""
        return await self._give(mode_from(await _form(request), self._house.site_names(), time.time()))

    async def style(self, _: web.Request) -> web.Response:
        """The style sheet."""
        return web.Response(text=STYLE, content_type="text/css")

    async def _give(self, order: Order) -> web.Response:
        return _go_home("ordered" if await self._house.orders.give(order) else "here")

    def _csrf(self, request: web.Request) -> str:
        return self._guard.csrf(request.cookies.get(COOKIE, ""))


def login_response() -> web.Response:
    """What a browser without a session sees, whatever it asked for."""
    response = _page(login(), 401)
    response.headers["WWW-Authenticate"] = 'Bearer realm="stile"'
    return response


async def _form(request: web.Request) -> dict[str, str]:
    fields = {name: text for name, text in (await request.post()).items() if isinstance(text, str)}
    if not fields:
        raise Problem(400, "the form is empty")
    return fields


def _go_home(notice: str = "") -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?notice={notice}" if notice else "/"})


def _page(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")
