"""Pages are built from elements, and text is escaped unless it is an element: nothing can be forgotten."""

from html import escape

VOID = frozenset(("meta", "link", "input", "br", "rect"))


class Html(str):
    """Finished markup. Only `element` and `page` make it."""

    __slots__ = ()


def element(tag: str, /, *children: str, **attributes: str | float | bool) -> Html:
    """One element. A child that is no Html is text; `class_` and `for_` stand for the reserved words."""
    written = "".join(_attribute(key, content) for key, content in attributes.items() if content is not False)
    if tag in VOID:
        return Html(f"<{tag}{written}/>" if tag == "rect" else f"<{tag}{written}>")
    inner = "".join(child if isinstance(child, Html) else shown(child) for child in children)
    return Html(f"<{tag}{written}>{inner}</{tag}>")


def page(title: str, *body: str) -> str:
    """A whole document with our one style sheet."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href="/assets/admin.css"),
    )
    return "<!doctype html>\n" + element("html", head, element("body", *body), lang="en")


def shown(text: str) -> str:
    """Text for a page: escaped, and control characters made visible instead of acting."""
    return escape("".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text))


def _attribute(key: str, content: str | float) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if content is True else f' {name}="{escape(str(content))}"'
