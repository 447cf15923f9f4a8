"""Tables and bars, as every page of the admin side draws them."""

from proxy.admin.markup import Html, element


def bar(share: float, class_: str) -> Html:
    """A bar that fills so much of its cell; the number stands beside it, so readers of screens skip it."""
    track = element("rect", width="100%", height=10, rx=3, class_="track")
    filled = element("rect", width=f"{100 * share:.1f}%", height=10, rx=3, class_=class_)
    return element("svg", track, filled, aria_hidden="true")


def head(names: tuple[str, ...], numbers: tuple[int, ...] = ()) -> Html:
    """The heading of a table; `numbers` are the places of columns that are set to the right."""
    cells = [
        element("th", name, scope="col", class_="number" if place in numbers else "")
        for place, name in enumerate(names)
    ]
    return element("thead", element("tr", *cells))
