"""A client without a browser that does the work honestly: raw requests, a cookie jar, and SHA-256."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from lxml import html

from challenges.proof_of_work import PIECE_BITS, PIECES
from challenges.rendering import expected_numbers
from tests.support.challenges import the_piece
from tests.support.raw import Answer, Line
from tests.support.requests import CHROME
from tests.support.testimonies import PLAIN

JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
_COOKIE = re.compile(rb"([^=]+)=([^;]*)")
Page = Any  # of lxml


class RawVisitor:
    """One visitor; `address` is where a trusted proxy says that it comes from."""

    def __init__(
        self, port: int, address: str = "203.0.113.7", host: str = "shop.test", agent: bytes = b""
    ) -> None:
        self.port, self.address, self.host, self.agent = port, address, host, agent
        self.cookies: dict[bytes, bytes] = {}

    def ask(
        self, method: str, target: str, body: bytes = b"", content_type: bytes = b"", **more: bytes
    ) -> Answer:
        """One request on a connection of its own; cookies are kept as a browser keeps them."""
        lines = [f"{method} {target} HTTP/1.1".encode(), *self._fields(), b"Connection: close"]
        if content_type:
            lines.append(b"Content-Type: " + content_type)
        if body or method == "POST":
            lines.append(b"Content-Length: %d" % len(body))
        lines += [name.replace("_", "-").encode() + b": " + content for name, content in more.items()]
        with Line(self.port) as line:
            line.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            answer = line.answer(method.encode())
        assert answer is not None, "closed without an answer"
        self._keep(answer)
        return answer

    def _fields(self) -> list[bytes]:
        fields = dict(CHROME) | {b"Host": self.host.encode(), b"X-Forwarded-For": self.address.encode()}
        del fields[b"Connection"]
        if self.agent:
            fields[b"User-Agent"] = self.agent
        if self.cookies:
            fields[b"Cookie"] = b"; ".join(b"%b=%b" % each for each in self.cookies.items())
        return [b"%b: %b" % field for field in fields.items()]

    def _keep(self, answer: Answer) -> None:
        for cookie in answer.values(b"set-cookie"):
            found = _COOKIE.match(cookie)
            assert found is not None
            self.cookies[found[1]] = found[2]

    def copy(self, **changes: Any) -> "RawVisitor":
        """The same cookies elsewhere."""
        facts = {"port": self.port, "address": self.address, "host": self.host, "agent": self.agent}
        other = RawVisitor(**(facts | changes))
        other.cookies = dict(self.cookies)
        return other

    def page(self, target: str, method: str = "GET", body: bytes = b"", content_type: bytes = b"") -> Page:
        """The challenge that stands in place of `target`."""
        answer = self.ask(method, target, body, content_type)
        assert answer.values(b"stile-mitigated") == [b"challenge"], (answer.status, answer.body[:200])
        return html.fromstring(answer.body.decode())

    def post(self, sent: Mapping[str, object]) -> Answer:
        """A script's answer."""
        return self.ask("POST", "/.stile/answer", orjson.dumps(sent), JSON)

    def solve(self, page: Page, **changes: object) -> Answer:
        """Do the work and send it."""
        return self.post({**right_answer(page), **changes})

    def fill_in(self, page: Page, **changes: str) -> Answer:
        """Choose the word that is named, and press the button."""
        return self.ask("POST", "/.stile/answer", urlencode({**right_form(page), **changes}).encode(), FORM)


def asked(page: Page) -> Mapping[str, str]:
    """What the page's script is told."""
    return {
        key.removeprefix("data-"): told for key, told in page.get_element_by_id("challenge").attrib.items()
    }


def right_answer(page: Page) -> dict[str, object]:
    """What an honest script would send."""
    told = asked(page)
    bits = int(told["bits"]) - PIECE_BITS
    work = ".".join(the_piece(told["id"], place, bits) for place in range(PIECES))
    sent: dict[str, object] = {"ticket": told["ticket"], "answer": work}
    if told.get("probes"):
        numbers = [round(number) for number in expected_numbers(told["id"])]
        sent["testimony"] = {**PLAIN, "r": numbers}
    return sent


def right_form(page: Page) -> dict[str, str]:
    """What a person would choose: the one of three words that the question names."""
    form = next(form for form in page.forms if "ticket" in form.fields)
    (word,) = re.findall("“(.+)”", form.xpath("string(.//legend)"))
    right = form.xpath(".//label[normalize-space()=$word]/input/@value", word=word)[0]
    return {**{name: str(content) for name, content in form.fields.items() if content}, "choice": str(right)}
