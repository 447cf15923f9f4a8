"""What the shop publishes for machines: robots.txt, the sitemap and the news feed."""

from html import escape

from deploy.demo.catalogue import CATEGORIES, Catalogue
from deploy.demo.pages import SHOP


def robots(origin: str) -> str:
    """RFC 9309 rules. /warehouse/ is linked from no place that a person can reach."""
    return f"""User-agent: *
Disallow: /warehouse/
Disallow: /cart
Disallow: /account
Disallow: /login
Disallow: /search

Sitemap: {origin}/sitemap.xml
"""


def sitemap(catalogue: Catalogue, origin: str) -> str:
    """Every shelf and every product."""
    paths = ["/", *(f"/category/{c.slug}" for c in CATEGORIES)]
    paths += [f"/product/{number}" for number in sorted(p.number for p in catalogue.products)]
    rows = "".join(f"<url><loc>{escape(origin + path)}</loc></url>\n" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def feed(catalogue: Catalogue, origin: str) -> str:
    """The 40 newest products as RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(p.name)}</title><link>{escape(origin)}/product/{p.number}</link>"
        f"<guid>{escape(origin)}/product/{p.number}</guid><description>{escape(p.description)}</description></item>\n"
        for p in catalogue.products[:: len(catalogue.products) // 40][:40]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>New at {SHOP}</title><link>{escape(origin)}/</link>"
        "<description>Fresh on the shelves</description>\n"
        f"{items}</channel></rss>\n"
    )
