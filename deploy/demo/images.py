"""A picture for every product, drawn as SVG from its shelf and its colour: no network, no licence."""

from html import escape
from pathlib import Path
from string import Template

from deploy.demo.catalogue import CATEGORIES, Product

SHAPES_FOLDER = Path(__file__).parent / "assets" / "shapes"
SHAPES = {c.slug: Template((SHAPES_FOLDER / f"{c.slug}.svg").read_text("utf-8")) for c in CATEGORIES}
GROUNDS = ("#f1ede4", "#e9eceb", "#efe9e6", "#eceaf0")
TURNS = (-3, 0, 2, 4, -1)


def shade(code: str, share: float) -> str:
    """The colour moved towards white (share above 0) or black (below 0)."""
    goal = 255 if share > 0 else 0
    channels = (int(code[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(channel + (goal - channel) * abs(share)):02x}" for channel in channels)


def picture(product: Product) -> str:
    """The product on a plain ground, 400 by 400."""
    code = product.colour.code
    drawn = SHAPES[product.category.slug].substitute(
        main=code, dark=shade(code, -0.32), light=shade(code, 0.34)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400" role="img">'
        f"<title>{escape(product.name)}</title>"
        f'<rect width="400" height="400" fill="{GROUNDS[product.number % len(GROUNDS)]}"/>'
        '<ellipse cx="200" cy="328" rx="120" ry="14" fill="#000" opacity=".10"/>'
        f'<g transform="rotate({TURNS[product.number % len(TURNS)]} 200 320)">\n{drawn}</g></svg>'
    )
