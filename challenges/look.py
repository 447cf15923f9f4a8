"""What an operator may change about our pages: whom they name, how they look, what they say. Nothing runs."""

from functools import lru_cache
from urllib.parse import quote

from challenges.languages import Texts, texts
from challenges.templates import Template, load_template
from detectors.value import value

Overrides = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_KEPT = 1024  # sites times languages times parts; beyond it the longest unused are filled again


@value
class Look:
    """The brand of a site's pages. Tuples, so that it can be compared and kept.

    `name` stands in place of the host, `logo` is a `data:` address, `styles` are custom properties in CSS,
    `contact` and `appeal` are links, `texts` are overrides by language and key, `templates` sources by name.
    """

    name: str = ""
    logo: str = ""
    styles: str = ""
    contact: str = ""
    appeal: str = ""
    texts: Overrides = ()
    templates: tuple[tuple[str, str], ...] = ()


DEFAULT_LOOK = Look()


def appeal_link(look: Look, decision_id: str) -> str:
    """Where a person may ask for a review of this decision; empty where the operator named no place."""
    return (look.appeal or look.contact).replace("{decision_id}", quote(decision_id, safe=""))


@lru_cache(maxsize=_KEPT)
def words_of(look: Look, language: str) -> Texts:
    """All words of a language, as this site puts them."""
    return {**texts(language), **dict(dict(look.texts).get(language, ()))}


@lru_cache(maxsize=_KEPT)
def part_of(look: Look, language: str, name: str) -> Template:
    """One part of a page with its words filled in; what depends on the request is still open."""
    source = dict(look.templates).get(name)
    template = load_template(name) if source is None else Template(source)
    return template.fill(words_of(look, language))
