"""The storefront's addresses: each handler asks the catalogue and answers with a page."""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from deploy.demo import feeds, pages
from deploy.demo.baskets import Line, Visitor, Visitors
from deploy.demo.catalogue import CATEGORY_BY_SLUG, PAGE_SIZE, Catalogue, Product, grow
from deploy.demo.images import picture
from deploy.demo.live import Live

ASSETS_FOLDER = Path(__file__).parent / "assets"
ASSET_TYPES = {"shop.css": "text/css", "shop.js": "text/javascript", "icon.svg": "image/svg+xml"}
ASSET_AGE_S = 3600
SESSION_COOKIE = "hearthmoor"
CUSTOMER = ("visitor@example.com", "moorland")
MAX_FORM_BYTES = 16 * 1024


class Shop:
    """The routes of one running shop."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.visitors = Visitors()
        self.assets = {name: (ASSETS_FOLDER / name).read_bytes() for name in ASSET_TYPES}

    def visitor(self, request: web.Request) -> Visitor:
        return self.visitors.find(request.cookies.get(SESSION_COOKIE, ""))

    def wanted(self, request: web.Request, text: str) -> Product:
        found = self.catalogue.product(int(text)) if text.isdecimal() and len(text) < 10 else None
        if found is None:
            raise web.HTTPNotFound(text=pages.missing(self.visitor(request)), content_type="text/html")
        return found

    async def home(self, request: web.Request) -> web.Response:
        return page(pages.home(self.catalogue, self.visitor(request)))

    async def category(self, request: web.Request) -> web.Response:
        shelf = CATEGORY_BY_SLUG.get(request.match_info["slug"])
        if shelf is None:
            raise web.HTTPNotFound(text=pages.missing(self.visitor(request)), content_type="text/html")
        order = order_of(request)
        listing = a_listing(request, self.catalogue.shelf(shelf.slug, order), "", order)
        return page(pages.category(shelf, listing, self.visitor(request)))

    async def search(self, request: web.Request) -> web.Response:
        query, order = request.query.get("q", "").strip()[:100], order_of(request)
        listing = a_listing(request, self.catalogue.search(query, order), query, order)
        return page(pages.search(listing, self.visitor(request)))

    async def product(self, request: web.Request) -> web.Response:
        product = self.wanted(request, request.match_info["number"])
        return page(pages.product(product, self.catalogue.related(product), self.visitor(request)))

    async def image(self, request: web.Request) -> web.Response:
        product = self.wanted(request, request.match_info["number"])
        return asset(request, picture(product).encode(), "image/svg+xml")

    async def price(self, request: web.Request) -> web.Response:
        product = self.wanted(request, request.match_info["number"])
        offer = {"product": product.number, "price": product.price, "currency": "EUR", "stock": product.stock}
        return web.json_response(offer, headers={"Cache-Control": "no-store"})

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.assets:
            raise web.HTTPNotFound
        return asset(request, self.assets[name], ASSET_TYPES[name])

    async def add_to_cart(self, request: web.Request) -> web.Response:
        form = await request.post()
        product, pieces = self.wanted(request, str(form.get("product", ""))), str(form.get("pieces", "1"))
        visitor = self.visitor(request)
        visitor.put(product, int(pieces) if pieces.isdecimal() and len(pieces) < 4 else 1)
        return self.go(visitor, "/cart")

    async def cart(self, request: web.Request) -> web.Response:
        visitor = self.visitor(request)
        found = ((self.catalogue.product(number), pieces) for number, pieces in visitor.basket.items())
        return page(pages.cart([Line(product, pieces) for product, pieces in found if product], visitor))

    async def login_form(self, request: web.Request) -> web.Response:
        return page(pages.login(self.visitor(request)))

    async def login(self, request: web.Request) -> web.Response:
        form = await request.post()
        visitor, email = self.visitor(request), str(form.get("email", ""))[:200]
        if (email, str(form.get("password", ""))) != CUSTOMER:
            return page(pages.login(visitor, email=email, failed=True), status=403)
        visitor.email = email
        return self.go(visitor, "/account")

    async def logout(self, request: web.Request) -> web.Response:
        visitor = self.visitor(request)
        visitor.email = ""
        return self.go(visitor, "/")

    async def account(self, request: web.Request) -> web.Response:
        visitor = self.visitor(request)
        if not visitor.email:
            raise web.HTTPSeeOther("/login")
        return page(pages.account(visitor))

    def go(self, visitor: Visitor, path: str) -> web.Response:
        """Remember the visitor and send the browser on."""
        self.visitors.remember(visitor)
        answer = web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
        answer.set_cookie(SESSION_COOKIE, visitor.key, httponly=True, samesite="Lax", path="/")
        return answer

    async def robots(self, request: web.Request) -> web.Response:
        return web.Response(text=feeds.robots(origin(request)))

    async def sitemap(self, request: web.Request) -> web.Response:
        return asset(request, feeds.sitemap(self.catalogue, origin(request)).encode(), "application/xml")

    async def feed(self, request: web.Request) -> web.Response:
        return asset(request, feeds.feed(self.catalogue, origin(request)).encode(), "application/rss+xml")


async def health(_request: web.Request) -> web.Response:
    """The shop answers."""
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


def origin(request: web.Request) -> str:
    """Scheme and host as the shopper sees them; the proxy in front says which scheme that is."""
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    return f"{scheme if scheme in {'http', 'https'} else 'http'}://{request.host}"


def order_of(request: web.Request) -> str:
    asked = request.query.get("sort", "")
    return asked if asked in pages.ORDERS else ""


def a_listing(request: web.Request, products: Sequence[Product], query: str, order: str) -> pages.Listing:
    """The page of the list that was asked for; the nearest one where it does not exist."""
    last = max(1, -(-len(products) // PAGE_SIZE))
    asked = request.query.get("page", "1")
    number = min(last, max(1, int(asked))) if asked.isdecimal() and len(asked) < 6 else 1
    shown = products[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return pages.Listing(request.path, query, order, number, last, len(products), shown)


def page(text: str, *, status: int = 200) -> web.Response:
    """HTML that no shared cache may keep: it shows one visitor's cart."""
    return web.Response(
        text=text, status=status, content_type="text/html", headers={"Cache-Control": "private, no-cache"}
    )


def asset(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """A cacheable answer with a strong entity tag; 304 where the browser has it already."""
    tag = sha256(body).hexdigest()[:20]
    headers = {"Cache-Control": f"public, max-age={ASSET_AGE_S}", "ETag": f'"{tag}"'}
    known = request.if_none_match or ()
    if any(seen.value in {tag, "*"} for seen in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=content_type, headers=headers)


def request_log(sink: TextIO) -> Middleware:
    """Write one JSON line per answered request, as the shop saw it."""

    @web.middleware
    async def write_line(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 500
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        else:
            return answer
        finally:
            forwarded = request.headers.get("X-Forwarded-For", request.remote or "")
            seen = {"time": time.time(), "method": request.method, "path": request.path, "status": status}
            seen |= {
                "query": request.query_string,
                "client": forwarded,
                "agent": request.headers.get("User-Agent", ""),
            }
            sink.write(json.dumps(seen) + "\n")
            sink.flush()

    return write_line


def make_app(log: TextIO | None = None) -> web.Application:
    """The shop as an aiohttp application. `log` receives one JSON line per request."""
    shop = Shop(grow())
    live = Live(shop.catalogue)
    app = web.Application(client_max_size=MAX_FORM_BYTES, middlewares=[request_log(log)] if log else [])
    get, post = web.get, web.post
    app.add_routes([
        get("/", shop.home), get("/category/{slug}", shop.category), get("/search", shop.search),
        get("/product/{number}", shop.product), get("/images/{number}.svg", shop.image),
        get("/api/price/{number}", shop.price), get("/assets/{name}", shop.asset),
        get("/cart", shop.cart), post("/cart/add", shop.add_to_cart),
        get("/login", shop.login_form), post("/login", shop.login), post("/logout", shop.logout),
        get("/account", shop.account), get("/robots.txt", shop.robots), get("/sitemap.xml", shop.sitemap),
        get("/feed.xml", shop.feed), get("/health", health),
        get("/stock/stream", live.stock_stream), get("/live", live.visitors_line),
    ])  # fmt: skip
    app.on_shutdown.append(live.close)
    return app


async def serve(host: str, port: int, log: TextIO | None) -> None:
    """Run the shop until SIGINT or SIGTERM; the address goes to standard output once it answers."""
    runner = web.AppRunner(make_app(log), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bound = runner.addresses[0]
    print(f"shop http://{host}:{bound[1]}/", flush=True)
    await stop.wait()
    await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo.shop", description="The demo shop, unprotected."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument(
        "--log", type=Path, help="write one JSON line per request to this file ('-' for stdout)"
    )
    asked = parser.parse_args(arguments)
    with suppress(KeyboardInterrupt):
        if asked.log is None or str(asked.log) == "-":
            asyncio.run(serve(asked.host, asked.port, sys.stdout if asked.log else None))
            return
        with asked.log.open("a", encoding="utf-8") as log:
            asyncio.run(serve(asked.host, asked.port, log))


if __name__ == "__main__":
    main()
