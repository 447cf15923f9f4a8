"""Every page of ours behind one address, so that browsers can be shown all of them as people see them."""

from base64 import b64encode
from collections.abc import Callable
from typing import Self

from aiohttp import web

from challenges.assets import asset_reply
from challenges.binding import Binding
from challenges.look import DEFAULT_LOOK, Look
from challenges.page import challenge_page, form_page, kept_page, page_headers, wait_page
from challenges.question import Question
from challenges.refusal import refusal
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.ticket import Ticket
from detectors.request import Request
from detectors.visit import Level
from tests.support.requests import CHROME, a_request

DECISION_ID = "01890000-0000-7000-8000-000000000000"
NONCE = b64encode(bytes(range(16))).decode()
QUESTION = Question(3, (1, 3, 5))
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 36" width="150" height="36">'
    b"<style>g{fill:#0b6b53}@media (prefers-color-scheme:dark){g{fill:#6fd3b5}}</style>"
    b'<g><circle cx="18" cy="18" r="18"/><text x="46" y="25" font-family="sans-serif" font-size="20" '
    b'font-weight="700">Fenland</text></g></svg>'
)
BRANDED = Look(
    name="Fenland Books",
    logo=f"data:image/svg+xml;base64,{b64encode(LOGO).decode()}",
    styles="@media (prefers-color-scheme:light){:root{--accent:#0b6b53}}"
    "@media (prefers-color-scheme:dark){:root{--accent:#6fd3b5;--on-accent:#06231b}}",
    contact="mailto:help@fenland.example",
    appeal="https://fenland.example/review?reference={decision_id}",
)


def a_ticket(bits: int = 24) -> Ticket:
    """A ticket of more work than a browser does while it is looked at."""
    binding = Binding(b"s" * 8, b"a" * 8, b"n" * 8, b"")
    return Ticket(bytes(16), Rung.POW, Level.POW, bits, 0.0, 0.0, 600.0, 3600.0, binding, "/", "GET")


def _challenge(request: Request, look: Look) -> bytes:
    facts = {"kind": "pow", "budget": "0", "probes": ""}
    return challenge_page(
        request,
        a_ticket(),
        ("script", "form"),
        1,
        DECISION_ID,
        nonce=NONCE,
        look=look,
        question=QUESTION,
        facts=facts,
    )


def _form(request: Request, look: Look) -> bytes:
    return form_page(request, "form", 1, DECISION_ID, nonce=NONCE, look=look, question=QUESTION)


def _wait(request: Request, look: Look) -> bytes:
    return wait_page(request, "/.stile/pass?ticket=x", 1, DECISION_ID, nonce=NONCE, look=look)


def _kept(request: Request, look: Look) -> bytes:
    return kept_page(request, "/basket", {"stile_kept": "x"}, DECISION_ID, nonce=NONCE, look=look)


def _block(request: Request, look: Look) -> bytes:
    return refusal(403, request, DECISION_ID, mitigated="block", nonce=NONCE, look=look).body


def _throttle(request: Request, look: Look) -> bytes:
    return refusal(
        429, request, DECISION_ID, mitigated="throttle", retry_after_s=30, nonce=NONCE, look=look
    ).body


PAGES: dict[str, Callable[[Request, Look], bytes]] = {
    "challenge": _challenge,
    "form": _form,
    "wait": _wait,
    "kept": _kept,
    "block": _block,
    "throttle": _throttle,
}


class Gallery:
    """Serves `/PAGE/LANGUAGE` and, with a brand, `/PAGE/LANGUAGE/brand` on a free local port."""

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._runner = web.ServerRunner(web.Server(self._handle))
        await self._runner.setup()
        listener = web.TCPSite(self._runner, "127.0.0.1", 0)
        await listener.start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._runner.cleanup()

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        reply = self._reply(incoming.path)
        response = web.Response(status=reply.status, body=reply.body)
        for name, content in reply.headers:
            response.headers.add(name.decode(), content.decode())
        return response

    def _reply(self, path: str) -> Reply:
        if path.startswith("/.stile/"):
            return asset_reply(path, b"") or Reply(404, (), b"")
        page, language, *branded = path.strip("/").split("/")
        request = a_request(headers=(*CHROME[:-1], (b"Accept-Language", language.encode())))
        html = PAGES[page](request, BRANDED if branded else DEFAULT_LOOK)
        return Reply(200, page_headers(DECISION_ID, "", NONCE), html)
