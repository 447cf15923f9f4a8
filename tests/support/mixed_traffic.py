"""Some 2,000 requests of everybody whom a shop meets, the same in every run, and a storefront for them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tests.support.upstream import Do, Pause, Script

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
BROWSER = (
    "User-Agent: {agent}\r\nAccept: {accept}\r\nAccept-Language: de,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
)
PAGE_FIELDS = "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
SOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n"
CLIENTS = 48


@dataclass(slots=True)
class Sent:
    """One request to send: its method, target and further header lines; `aside` on another connection."""

    target: str
    fields: str = ""
    method: str = "GET"
    aside: bool = False
    body: str = ""


@dataclass(slots=True)
class Guest:
    """Somebody with an address, a user agent and perhaps a memory for cookies."""

    address: str
    agent: str
    keeps: bool
    deeds: list[Sent]
    cookies: dict[str, str] = field(default_factory=dict)


def an_answer(status: str, kind: str, body: bytes = b"<p>x</p>", more: str = "") -> bytes:
    """The bytes of an answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def scripts() -> dict[bytes, Script]:
    """What the storefront says to each target that is not simply a page."""
    image = an_answer("200 OK", "image/webp", b"w" * 900)
    said: dict[bytes, Script] = {
        b"/robots.txt": (an_answer("200 OK", "text/plain", b"User-agent: *\nDisallow: /news/1\n"),),
        b"/feed": (an_answer("200 OK", "application/rss+xml"),),
        b"/app.js": (an_answer("200 OK", "text/javascript"),),
        b"/main.css": (Pause(0.01), an_answer("200 OK", "text/css")),
        b"/login": (an_answer("401 Unauthorized", "text/html"),),
        b"/cart": (Do.READ_BODY, an_answer("303 See Other", "text/html", b"", "Location: /basket\r\n")),
        b"/old": (an_answer("301 Moved Permanently", "text/html", b"", "Location: /\r\n"),),
        b"/broken": (an_answer("500 Oops", "text/html"),),
        b"/live": (an_answer("403 Forbidden", "text/plain"),),
        b"/socket": (
            b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            Do.CLOSE,
        ),
    }
    for number in range(60):
        said[b"/img/%d.webp" % number] = (Pause(0.001 * (number % 7)), image)
        said[b"/api/stock/%d" % number] = (an_answer("200 OK", "application/json", b"{}"),)
        said[b"/secret%d" % number] = (an_answer("404 Not Found", "text/html"),)
    return said


def guests() -> Iterator[Guest]:
    """Everybody, in an order that repeats."""
    chance = Random(20)
    habits = (_shopper, _shopper, _crawler, _shopper, _scanner, _program, _reader, _shopper)
    for number in range(CLIENTS):
        habit = habits[number % len(habits)]
        agent = habit.__kwdefaults__["agent"] or (FIREFOX if number % 3 else CHROME)
        address = f"203.0.113.{number // 2}" if number % 5 else f"2001:db8:0:{number:x}::1"
        yield Guest(address, agent, number % 3 != 1, list(habit(chance, agent=agent)))


def _shopper(chance: Random, *, agent: str = "") -> Iterator[Sent]:
    page = BROWSER.format(agent=agent, accept="text/html,application/xhtml+xml,*/*;q=0.8") + PAGE_FIELDS
    part = BROWSER.format(agent=agent, accept="image/avif,image/webp,*/*;q=0.8")
    script = part + "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n"
    before = "https://search.example/?q=shoes&x=" + "long" * 80
    yield Sent("/old", page)
    for number in range(9):
        path = f"/product/{chance.randrange(400)}" + ("?utm=1&page=2" if number % 3 == 1 else "")
        yield Sent(path, page + f"Referer: {before}\r\n")
        before = f"http://shop.test{path}"
        referrer = f"Referer: {before}\r\n"
        yield Sent("/main.css", part + referrer, aside=True)
        for picture in chance.sample(range(60), 2):
            yield Sent(f"/img/{picture}.webp", part + referrer, aside=True)
        yield Sent(f"/api/stock/{number}", script + referrer)
        if number == 2:
            yield Sent("/suggest", script + referrer)
            yield Sent("/live", page + SOCKET.format("eHh4eHh4eHh4eHh4eHh4eA=="))
        if number == 4:
            yield Sent("/cart", page + referrer, "POST", body="id=7")
            yield Sent("/basket", page + referrer)
        if number == 6:
            yield Sent("/login", page + referrer, "POST", body="name=a")
            yield Sent("/product/7/large.png", page + referrer)  # which is a page
    yield Sent("/socket", part + SOCKET.format("eHh4eHh4eHh4eHh4eHh4eA=="))


def _crawler(chance: Random, *, agent: str = "") -> Iterator[Sent]:
    fields = BROWSER.format(agent=agent, accept="text/html,application/xhtml+xml,*/*;q=0.8") + PAGE_FIELDS
    start = chance.randrange(1000)
    for number in range(45):
        yield Sent(f"/product/{start + number}", fields)


def _scanner(chance: Random, *, agent: str = "") -> Iterator[Sent]:
    fields = f"User-Agent: {agent}\r\nAccept: */*\r\nReferer:\r\n"
    for number in chance.sample(range(60), 30):
        yield Sent(f"/secret{number}", fields, "HEAD" if number % 5 == 0 else "GET")
        yield Sent("/broken?a=%20b;c", fields)


def _program(chance: Random, *, agent: str = "python-requests/2.32.3") -> Iterator[Sent]:
    fields = f"User-Agent: {agent}\r\nAccept: */*\r\n"
    yield Sent("/robots.txt", fields)
    yield Sent("/.stile/nothing", fields)
    for _ in range(30):
        yield Sent(f"/api/stock/{chance.randrange(60)}", fields)
        yield Sent(f"/c/{chance.randrange(9)}?sort={chance.randrange(3)}", fields)


def _reader(chance: Random, *, agent: str = "Mozilla/5.0 (compatible; ExampleBot/1.0)") -> Iterator[Sent]:
    fields = f"User-Agent: {agent}\r\nAccept: */*\r\n"
    yield Sent("/robots.txt", fields)
    for number in range(30):
        yield Sent(f"/news/{chance.randrange(2000)}.html", fields)
        if number == 10:
            yield Sent("/feed", fields)


async def play(port: int) -> int:
    """Everybody at once, each in order; how many requests were sent."""
    everybody = list(guests())
    await asyncio.gather(*[_visit(port, guest, Random(number)) for number, guest in enumerate(everybody)])
    return sum(len(guest.deeds) for guest in everybody)


async def _visit(port: int, guest: Guest, chance: Random) -> None:
    aside: list[asyncio.Task[None]] = []
    for deed in guest.deeds:
        if deed.aside:
            aside.append(asyncio.create_task(_ask(port, guest, deed)))
            continue
        await asyncio.sleep(chance.choice((0.0, 0.002, 0.01, 0.03)))
        await _ask(port, guest, deed)
    await asyncio.gather(*aside)


async def _ask(port: int, guest: Guest, deed: Sent) -> None:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = f"X-Forwarded-For: {guest.address}\r\n{deed.fields}"
    if guest.cookies:
        fields += "Cookie: " + "; ".join(f"{name}={text}" for name, text in guest.cookies.items()) + "\r\n"
    if deed.body:
        fields += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(deed.body)}\r\n"
    writer.write(f"{deed.method} {deed.target} HTTP/1.1\r\nHost: shop.test\r\n{fields}".encode())
    opens = "Upgrade: websocket" in fields
    writer.write(b"" if opens else b"Connection: close\r\n")
    writer.write(b"\r\n" + deed.body.encode())
    answer = await (reader.readuntil(b"\r\n\r\n") if opens else reader.read())
    writer.close()
    if guest.keeps:
        for line in answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n"):
            name, _, text = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = text.partition(";")[0].partition("=")
                guest.cookies[cookie] = content
