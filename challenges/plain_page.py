"""Whoever is held up or misled can read that it happened, and find the way out; machines rarely do."""

from functools import lru_cache

from challenges import paths
from challenges.languages import direction, texts
from challenges.page_load import wants_html
from challenges.sheet import reader_language
from challenges.templates import Markup, Template, load_template
from detectors.request import Request

_PLAIN = load_template("plain.html")
_SENT_BY_A_PAGE = (b"sec-fetch-dest", b"sec-fetch-mode", b"x-requested-with")


def plain_page(request: Request, title: str, content: Markup, decision_id: str) -> bytes:
    """A page without style or script. Its last lines tell what happened, with a link to the challenge."""
    page = _plain_in(reader_language(request))
    return page.render({"title": title, "content": content, "decision_id": decision_id}).encode("utf-8")


def is_part_of_page(request: Request) -> bool:
    """True for what a browser says a page has asked for; a program that says nothing asks for a page."""
    return not wants_html(request) and any(name in request.fields for name in _SENT_BY_A_PAGE)


@lru_cache(maxsize=32)
def _plain_in(language: str) -> Template:
    words = {**texts(language), "language": language, "direction": direction(language)}
    del words["title"]  # that of the challenge; a plain page has one of its own
    return _PLAIN.fill({**words, "challenge": paths.CHALLENGE})
