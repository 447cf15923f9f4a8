"""What the shop's pages look like: plain functions from values to HTML, every foreign text escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from deploy.demo.baskets import Line, Visitor
from deploy.demo.catalogue import CATEGORIES, Catalogue, Category, Product

SHOP = "Hearthmoor"
TRAP_PATH = "/warehouse/export"
ORDERS = {"": "Our order", "price": "Price", "rating": "Rating"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: what is on it, which page of how many, and how to reach the others."""

    path: str
    query: str
    order: str
    page: int
    last_page: int
    total: int
    products: Sequence[Product]

    def address(self, *, page: int = 1, order: str | None = None) -> str:
        """The link to another page, or to the same list in another order."""
        wanted = {
            "q": self.query,
            "sort": self.order if order is None else order,
            "page": page if page > 1 else "",
        }
        asked = urlencode({name: content for name, content in wanted.items() if content})
        return escape(self.path + ("?" + asked if asked else ""))


def layout(title: str, body: str, visitor: Visitor, *, shelf: str = "", query: str = "") -> str:
    """The frame around every page."""
    shelves = "".join(
        f'<li><a href="/category/{c.slug}"{current(c.slug == shelf)}>{escape(c.title)}</a></li>'
        for c in CATEGORIES
    )
    account = "Account" if visitor.email else "Log in"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · {SHOP}</title>
<meta name="description" content="Things for the house and for the hills, made to last.">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shop.css">
<link rel="alternate" type="application/rss+xml" title="New at {SHOP}" href="/feed.xml">
<script src="/assets/shop.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<div class="notice">Free delivery over €60 and thirty days to change your mind</div>
<header class="site">
<div class="wrap bar">
<a class="brand" href="/">Hearth<span>moor</span></a>
<form class="find" action="/search" role="search">
<input type="search" name="q" value="{escape(query)}" placeholder="Search 3,000 things"
 aria-label="Search the shop">
<button>Search</button>
</form>
<div class="links"><a href="{"/account" if visitor.email else "/login"}">{account}</a>
<a href="/cart">Cart <span class="badge">{visitor.pieces}</span></a></div>
</div>
<nav class="shelves wrap" aria-label="Categories"><ul>{shelves}</ul></nav>
</header>
<main class="wrap" id="content">
{body}
</main>
<footer class="site"><div class="wrap">
<span>{SHOP} is a demonstration shop. Nothing here is for sale.</span>
<span><a href="/sitemap.xml">Sitemap</a> · <a href="/feed.xml">News feed</a> ·
<span data-visitors>Open all hours</span></span>
<a href="{TRAP_PATH}" rel="nofollow" hidden tabindex="-1" aria-hidden="true">
A trap for robots, do not follow</a>
</div></footer>
</body>
</html>
"""


def current(claim: bool) -> str:
    """The attribute that marks where the shopper is."""
    return " aria-current=true" if claim else ""


def card(product: Product) -> str:
    """A product as it stands in a grid."""
    return f"""<li class="card"><a href="/product/{product.number}">
<img src="/images/{product.number}.svg" width="400" height="400" loading="lazy" alt="">
<span class="text" style="display:block"><span class="name">{escape(product.name)}</span>
<span class="row"><span class="price">{product.price}</span>
<span class="stars">★ {product.rating / 10:.1f} ({product.reviews})</span></span></span></a></li>
"""


def grid(products: Sequence[Product]) -> str:
    """Products side by side."""
    return f'<ul class="grid">{"".join(card(product) for product in products)}</ul>'


def home(catalogue: Catalogue, visitor: Visitor) -> str:
    """The shop window."""
    featured = catalogue.products[PICKS[0]]
    tiles = "".join(
        f'<li><a href="/category/{c.slug}">{escape(c.title)}<small>{escape(c.blurb)}</small></a></li>'
        for c in CATEGORIES
    )
    body = f"""<a class="hero" href="/product/{featured.number}">
<div><h1>Things for the house and for the hills</h1>
<p>Made in small runs, repaired for ten years, and never photographed better than they are.</p>
<span class="button">See the {escape(featured.name.split(",")[0])}</span></div>
<img src="/images/{featured.number}.svg" width="400" height="400" alt="{escape(featured.name)}"></a>
<h2>New this week</h2>{grid([catalogue.products[place] for place in PICKS[1:9]])}
<h2>Shelves</h2><ul class="grid tiles">{tiles}</ul>"""
    return layout("For house and hills", body, visitor)


PICKS = (760, 12, 1003, 1520, 2755, 1761, 510, 2260, 2010)  # places in the catalogue, from different shelves


def category(shelf: Category, listing: Listing, visitor: Visitor) -> str:
    """One shelf, a page at a time."""
    body = f"""<p class="crumbs"><a href="/">Home</a> › {escape(shelf.title)}</p>
<h1>{escape(shelf.title)}</h1><p class="hint">{escape(shelf.blurb)}</p>{a_list(listing)}"""
    return layout(shelf.title, body, visitor, shelf=shelf.slug)


def search(listing: Listing, visitor: Visitor) -> str:
    """What was found, or what to do when nothing was."""
    title = f"“{listing.query}”" if listing.query else "Search"
    found = (
        a_list(listing)
        if listing.products
        else "<p>Nothing found. Try one plain word, such as lamp or oak.</p>"
    )
    return layout(title, f"<h1>{escape(title)}</h1>{found}", visitor, query=listing.query)


def a_list(listing: Listing) -> str:
    """The tools above a grid, the grid, and the page numbers below."""
    orders = "".join(
        f'<a href="{listing.address(order=key)}"{current(key == listing.order)}>{name}</a>'
        for key, name in ORDERS.items()
    )
    near = [
        n for n in range(1, listing.last_page + 1) if abs(n - listing.page) < 3 or n in {1, listing.last_page}
    ]
    pages = "".join(f'<a href="{listing.address(page=n)}"{current(n == listing.page)}>{n}</a>' for n in near)
    numbers = f'<nav class="pages" aria-label="Pages">{pages}</nav>' if listing.last_page > 1 else ""
    return (
        f'<div class="tools"><span>{listing.total} things</span><span>Sort by{orders}</span></div>'
        f"{grid(listing.products)}{numbers}"
    )


def product(item: Product, related: Sequence[Product], visitor: Visitor) -> str:
    """One product, with everything that a shopper asks before buying."""
    facts = {
        "Material": item.material.capitalize(),
        "Colour": item.colour.name,
        "Width": f"{item.width_mm / 10:g} cm",
        "Height": f"{item.height_mm / 10:g} cm",
        "Weight": f"{item.weight_g / 1000:g} kg",
        "Item number": f"{item.number}",
    }
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(fact)}</td></tr>' for name, fact in facts.items()
    )
    shelf = item.category
    body = f"""<p class="crumbs"><a href="/">Home</a> ›
<a href="/category/{shelf.slug}">{escape(shelf.title)}</a></p>
<div class="product" data-product="{item.number}">
<div class="picture">
<img src="/images/{item.number}.svg" width="400" height="400" alt="{escape(item.name)}"></div>
<div><h1>{escape(item.name)}</h1>
<p class="stars">★ {item.rating / 10:.1f} from {item.reviews} reviews</p>
<p class="price" data-price>{item.price}</p>
<p class="stock" data-stock>Checking stock</p>
<form class="buy" action="/cart/add" method="post"><input type="hidden" name="product" value="{item.number}">
<input type="number" name="pieces" value="1" min="1" max="20" aria-label="Pieces">
<button>Add to cart</button></form>
<p>{escape(item.description)}</p><table class="facts">{rows}</table></div></div>
<h2>Goes well with</h2>{grid(related)}"""
    return layout(item.name, body, visitor, shelf=shelf.slug)


def cart(lines: Sequence[Line], visitor: Visitor) -> str:
    """What is about to be bought."""
    if not lines:
        return layout(
            "Cart", '<h1>Your cart</h1><p>It is empty. <a href="/">Have a look around.</a></p>', visitor
        )
    rows = "".join(
        f'<tr><td><img src="/images/{line.product.number}.svg" alt=""></td>'
        f'<td><a href="/product/{line.product.number}">{escape(line.product.name)}</a></td>'
        f"<td>{line.pieces}</td><td>€{line.cents / 100:,.2f}</td></tr>"
        for line in lines
    )
    total = sum(line.cents for line in lines)
    body = f"""<h1>Your cart</h1><table class="cart">
<thead><tr><th></th><th>Product</th><th>Pieces</th><th>Price</th></tr>
</thead><tbody>{rows}<tr><td></td><td><strong>Total</strong></td><td></td>
<td><strong>€{total / 100:,.2f}</strong></td></tr>
</tbody></table>
<p><a class="button" href="{"/account" if visitor.email else "/login"}">Go on to the till</a></p>"""
    return layout("Cart", body, visitor)


def login(visitor: Visitor, *, email: str = "", failed: bool = False) -> str:
    """The form, and what went wrong with it."""
    fault = (
        '<p class="fault" role="alert">That address and password do not belong together.</p>'
        if failed
        else ""
    )
    body = f"""<form class="panel" action="/login" method="post"><h1>Log in</h1>{fault}
<label for="email">Email address</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus
 value="{escape(email)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
<p class="hint">This demonstration has one customer: visitor@example.com, password moorland.</p></form>"""
    return layout("Log in", body, visitor)


def account(visitor: Visitor) -> str:
    """The customer's own page."""
    body = f"""<div class="panel"><h1>Hello</h1><p>You are logged in as {escape(visitor.email)}.</p>
<p>{visitor.pieces} pieces are waiting in <a href="/cart">your cart</a>.</p>
<form action="/logout" method="post"><button class="plain">Log out</button></form></div>"""
    return layout("Your account", body, visitor)


def missing(visitor: Visitor) -> str:
    """Nothing here."""
    body = '<h1>We do not have that</h1><p>It may have sold out. <a href="/">Back to the shop window.</a></p>'
    return layout("Not found", body, visitor)
