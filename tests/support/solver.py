"""A solver without a browser: it reads the page, works honestly, and says of itself whatever it was given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from http.client import HTTPConnection
from itertools import count
from typing import Self
from urllib.parse import urlencode

PIECES, PIECE_BITS = 16, 4
AGENT = {
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/156.0.0.0 Safari/537.36"
    ),
    "sec-ch-ua": '"Not:A-Brand";v="8", "Chromium";v="156"',
    "sec-ch-ua-mobile": "?0",
}
ENDING = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "en-US,en;q=0.9"}
NAVIGATION = {
    **{name: AGENT[name] for name in ("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")},
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": AGENT["User-Agent"],
    "Accept": (
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
        "application/signed-exchange;v=b3;q=0.7"
    ),
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    **ENDING,
}
SCRIPT = {
    **AGENT,
    "Content-Type": "application/json",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    **ENDING,
}
SENT_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Sheet(HTMLParser):
    """What a challenge page tells its script, and the fields, the words and the question of its form."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.facts: dict[str, str] = {}
        self.ticket, self.question = "", ""
        self.choices: dict[str, str] = {}
        self._choice, self._in_legend = "", False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: content or "" for name, content in attrs}
        if given.get("id") == "challenge":
            self.facts = {name.removeprefix("data-"): content for name, content in given.items()}
        if tag == "input" and given.get("name") == "ticket":
            self.ticket = given["value"]
        if tag == "input" and given.get("name") == "choice":
            self._choice = given["value"]
        self._in_legend = tag == "legend"

    def handle_data(self, data: str) -> None:
        if self._in_legend:
            self.question += data
        elif self._choice and data.strip():
            self.choices[data.strip()] = self._choice
            self._choice = ""

    @property
    def choice(self) -> str:
        """The right answer to the question, which stands in it."""
        return self.choices[self.question.split("“")[1].split("”")[0]]


class Solver:
    """One client over one connection, with the header set of Chrome, copied as scrapers copy it.

    Use it in a `with` block, which closes the connection.
    """

    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=20)
        self._host = f"127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def open(self, path: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", path, NAVIGATION)

    def answer(self, sheet: Sheet, pieces: int = PIECES, **more: object) -> Answer:
        """Do so much of the work and send it; `more` goes along, such as a testimony."""
        found = work(sheet.facts["id"], int(sheet.facts["bits"]), pieces)
        sent = {"ticket": sheet.facts["ticket"], "answer": found, **more}
        return self._send("POST", "/.stile/answer", SCRIPT, json.dumps(sent).encode())

    def press(self, sheet: Sheet) -> Answer:
        """Choose the word and press the form's button."""
        form = urlencode({"ticket": sheet.ticket, "choice": sheet.choice}).encode()
        return self._send("POST", "/.stile/answer", {**NAVIGATION, **SENT_FORM}, form)

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        own = {"Host": self._host, "Connection": "keep-alive"}
        if body:
            own["Content-Length"] = str(len(body))
        cookies = "; ".join(f"{name}={content}" for name, content in self.cookies.items())
        self._line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, content in {**own, **headers, **({"Cookie": cookies} if cookies else {})}.items():
            self._line.putheader(name, content)
        self._line.endheaders(body)
        reply = self._line.getresponse()
        for line in reply.headers.get_all("Set-Cookie", []):
            name, _, content = line.partition(";")[0].partition("=")
            self.cookies[name] = content
        return Answer(reply.status, reply.read())


def work(ticket_id: str, bits: int, pieces: int = PIECES) -> str:
    """The first so many counters, and the rest left empty."""
    return ".".join(
        str(_counter(ticket_id, place, bits)) if place < pieces else "" for place in range(PIECES)
    )


def _counter(ticket_id: str, place: int, bits: int) -> int:
    prefix = f"{ticket_id}:{place}:".encode()
    limit = (1 << 256 - (bits - PIECE_BITS)).to_bytes(32, "big")
    return next(counter for counter in count() if sha256(b"%b%d" % (prefix, counter)).digest() < limit)
