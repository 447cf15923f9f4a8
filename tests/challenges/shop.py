"""A shop of one page behind challenges: the smallest gateway that the real page can be tried against.

It carries out what the room decides, with a real clock and real chance, and writes down what it saw.
"""

import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web

from challenges.answer_reply import reply_to_page, reply_to_script
from challenges.assets import asset_reply
from challenges.challenge import Ask, issue
from challenges.clearance import Clearances
from challenges.cookies import Headers
from challenges.keyring import Keyring
from challenges.page_load import wants_html
from challenges.refusal import challenge_for_programs
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.terms import Terms
from challenges.verdict import Solved, Verdict, replayed
from challenges.verify import verify_body
from detectors.inspection import Inspector
from detectors.request import Request
from tests.support.challenges import DECISION_ID, FORM_TYPE, SITE, Settings

HTML: Headers = ((b"Content-Type", b"text/html"),)
PAGE = b"""<!doctype html><title>Shop</title><link rel=icon href="data:,">
<script>fetch("/fragment?" + encodeURIComponent(location.hash))</script>"""


@dataclass
class Shop:
    """What happened, and the settings in force.

    `forget` makes the shop blind to clearances; `open_pages` are never challenged; `script_prefix` goes
    before the page's script, to take from a browser what old ones never had.
    """

    settings: Settings = field(default_factory=Settings)
    forget: bool = False
    script_prefix: bytes = b""
    open_pages: dict[str, bytes] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    burnt: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.keyring = Keyring([secrets.token_bytes(32)])
        self.clearances = Clearances(self.keyring)

    async def handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        """Answer one request as the gateway would."""
        request = request_of(incoming)
        body = await incoming.read()
        reply = self._reply(request, body)
        self.seen.append((request.method, request.path, reply.status))
        response = web.Response(status=reply.status, body=reply.body or None)
        for name, content in reply.headers:
            response.headers.add(name.decode(), content.decode())
        return response

    def _reply(self, request: Request, body: bytes) -> Reply:
        now = time.time()
        cleared = not self.forget and self.clearances.held(request, SITE, now) is not None
        match request.path:
            case path if path.startswith("/.stile/assets/"):
                reply = self._asset(path)
            case "/.stile/answer":
                reply = self._answer(request, body, now)
            case "/.stile/clearance":
                reply = Reply(204 if cleared else 403, (), b"")
            case path if path in self.open_pages:
                reply = Reply(200, HTML, self.open_pages[path])
            case _:
                reply = self._page(request) if cleared else self._challenge(request, now)
        return reply

    def _challenge(self, request: Request, now: float) -> Reply:
        if not wants_html(request):
            return challenge_for_programs(self.settings.status, request, DECISION_ID, Rung.POW)
        return issue(Ask(Rung.POW), request, self._terms(), now, secrets.token_bytes(16), DECISION_ID).reply

    def _terms(self) -> Terms:
        return Terms(SITE, self.settings, self.keyring, Inspector({}))

    def _page(self, request: Request) -> Reply:
        if request.path == "/fragment":
            self.fragments.append(unquote(request.query))
        else:
            self.pages.append(request.target.decode())
        return Reply(200, HTML, PAGE)

    def _asset(self, path: str) -> Reply:
        reply = asset_reply(path, b"")
        if reply is None:
            return Reply(404, (), b"")
        prefix = self.script_prefix if "/challenge." in path and path.endswith(".js") else b""
        return Reply(reply.status, reply.headers, prefix + reply.body)

    def _answer(self, request: Request, body: bytes, now: float) -> Reply:
        content_type = request.fields.get(b"content-type", b"")
        verdict = verify_body(body, request, self._terms(), now)
        if isinstance(verdict, Solved):
            if verdict.ticket.id_text in self.burnt:
                verdict = replayed(verdict)
            else:
                self.burnt.add(verdict.ticket.id_text)
        self.verdicts.append(verdict)
        reply_to = reply_to_page if content_type.startswith(FORM_TYPE) else reply_to_script
        return reply_to(verdict, request, self._terms(), now, DECISION_ID)


def request_of(incoming: web.BaseRequest) -> Request:
    """The request as the downstream would hand it on."""
    fields: dict[bytes, bytes] = {}
    for name, content in incoming.raw_headers:
        fields.setdefault(name.lower(), content)
    return Request(
        method=incoming.method,
        target=incoming.raw_path.encode(),
        path=incoming.path,
        query=incoming.raw_path.partition("?")[2],
        host=incoming.host.partition(":")[0],
        scheme="http",
        http_version="1.1",
        headers=tuple(incoming.raw_headers),
        fields=fields,
        address=incoming.remote or "",
        arrived=time.time(),
    )


class Running:
    """A shop that listens on a free local port while the block runs."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def __aenter__(self) -> str:
        """Start to listen; returns the address."""
        self._runner = web.ServerRunner(web.Server(self.shop.handle))
        await self._runner.setup()
        listener = web.TCPSite(self._runner, "127.0.0.1", 0)
        await listener.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._runner.cleanup()
