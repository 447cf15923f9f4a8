"""One sheet carries every page: the brand above, the reference below, and in between what there is to say."""

from functools import lru_cache

from challenges.assets import ASSETS
from challenges.languages import direction, language_of
from challenges.look import Look, part_of, words_of
from challenges.templates import Markup, Template
from detectors.request import Request

_STYLESHEET = ASSETS["challenge.css"].path
_NOTHING = Markup("")
_STYLES = Template('<style nonce="{{ nonce }}">{{ styles }}</style>\n')


def reader_language(request: Request) -> str:
    """The language to speak to the sender of this request."""
    return language_of(request.fields.get(b"accept-language", b""))


def sheet(
    request: Request,
    look: Look,
    nonce: str,
    heading: str,
    content: Markup,
    decision_id: str,
    script: Markup = _NOTHING,
) -> bytes:
    """A whole page: the brand, `content`, and the reference that a person can quote."""
    language = reader_language(request)
    name = look.name or request.host
    brand = part_of(look, language, "logo.html" if look.logo else "name.html")
    page = _layout(look, language).render(
        {
            "heading": heading,
            "nonce": nonce,
            "styles": _styles(look, nonce),
            "script": script,
            "brand": brand.render({"name": name, "logo": look.logo}),
            "content": content,
            "footer": _footer(look, language, decision_id),
        }
    )
    return page.encode("utf-8")


@lru_cache(maxsize=256)
def _layout(look: Look, language: str) -> Template:
    """The page with everything filled in that does not depend on the request."""
    written = {"language": language, "direction": direction(language), "stylesheet": _STYLESHEET}
    return part_of(look, language, "layout.html").fill(written)


def _styles(look: Look, nonce: str) -> Markup:
    """The brand's colours. CSS knows no entities: its own escape keeps the element from ending early."""
    if not (look.styles and nonce):
        return _NOTHING
    return _STYLES.render({"nonce": nonce, "styles": Markup(look.styles.replace("<", "\\3c "))})


def _footer(look: Look, language: str, decision_id: str) -> Markup:
    reference = part_of(look, language, "reference.html").render({"decision_id": decision_id})
    if not look.contact:
        return reference
    link = {"link": look.contact, "label": words_of(look, language)["contact"]}
    return Markup(reference + part_of(look, language, "link.html").render(link))
