"""Nobody reads or orders anything without the token; a browser's cookie is of use to no other site."""

import hmac
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from proxy.admin.problem import Problem, problem_response
from proxy.logs import logger

COOKIE = "stile_admin"
SESSION_S = 12 * 3600
CSRF_FIELD = "csrf"
OPEN = frozenset(("/healthz", "/readyz", "/metrics", "/login", "/assets/admin.css"))
SAFE = frozenset(("GET", "HEAD"))

# Everything comes from here, nothing runs, nothing frames us, and no form goes elsewhere.
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Knows the token, and derives from it what a browser session needs, so that nothing has to be stored."""

    def __init__(self, token: str, clock: Callable[[], float] = time.time) -> None:
        self._token = token.encode()
        self._clock = clock

    def knows(self, token: str) -> bool:
        """True for the token itself, compared in constant time."""
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    def session(self) -> str:
        """A cookie value that stands for the token for the next hours."""
        until = str(int(self._clock()) + SESSION_S)
        return f"{until}.{self._mac('session', until)}"

    def covers(self, cookie: str) -> bool:
        """True for a session that we gave out and that has not ended."""
        until, _, mac = cookie.partition(".")
        genuine = hmac.compare_digest(
            mac.encode("utf-8", "surrogateescape"), self._mac("session", until).encode()
        )
        return genuine and int(until) > self._clock()

    def csrf(self, cookie: str) -> str:
        """What a form of this session must bring along."""
        return self._mac("csrf", cookie)

    async def check(self, request: web.Request) -> None:
        """Let the request through, or raise Problem."""
        if request.path in OPEN:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.knows(token.strip()):
            return
        cookie = request.cookies.get(COOKIE, "")
        if not cookie or not self.covers(cookie):
            raise Problem(401, "this needs the admin token, as a bearer token or by the login page")
        if request.method not in SAFE:
            await self._check_form(request, cookie)

    async def _check_form(self, request: web.Request, cookie: str) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise Problem(403, "this form was sent from another site")
        sent = request.headers.get("X-Stile-Csrf") or (await request.post()).get(CSRF_FIELD, "")
        if not isinstance(sent, str) or not hmac.compare_digest(
            sent.encode("utf-8", "surrogateescape"), self.csrf(cookie).encode()
        ):
            raise Problem(403, "this form is out of date; open the page again")

    def _mac(self, purpose: str, text: str) -> str:
        content = f"{purpose}\0{text}".encode("utf-8", "surrogateescape")
        return hmac.digest(self._token, content, "sha256").hex()


def guarding(
    guard: Guard, login_page: Callable[[], web.Response]
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The middleware: checks, translates problems, and adds the security headers to every answer."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            await guard.check(request)
            response = await handler(request)
        except Problem as problem:
            wants_page = problem.status == 401 and "text/html" in request.headers.get("Accept", "")
            response = login_page() if wants_page else problem_response(problem.status, problem.detail)
        except web.HTTPException as refusal:
            if refusal.status < 400:
                raise
            response = problem_response(refusal.status, refusal.reason)
        except Exception as fault:  # noqa: BLE001  the last border: told and logged, never shown
            logger().exception("admin.failed", path=request.path, error=str(fault))
            response = problem_response(500, "the admin side failed; its log says why")
        response.headers.update(SECURITY)
        return response

    return middleware
