"""What an operator may change about our pages: whom they name, how they look, what they say. Nothing runs."""

from functools import lru_cache
from urllib.parse import quote

from challenges.languages import Texts, texts
from challenges.templates import Template, load_template
from detectors.value import value

COLORS = {  # what the stylesheet begins with, in light and in dark
    "light": {
        "ground": "#f2f4f7",
        "paper": "#ffffff",
        "ink": "#17202c",
        "quiet": "#556072",
        "line": "#d5dae2",
        "accent": "#1d5bb8",
        "on_accent": "#ffffff",
    },
    "dark": {
        "ground": "#10141a",
        "paper": "#191f28",
        "ink": "#e9edf2",
        "quiet": "#a5afbd",
        "line": "#38424f",
        "accent": "#8ab4f8",
        "on_accent": "#0f1f38",
    },
}
READ_TOGETHER = (  # ink and what it stands on
    ("ink", "paper"),
    ("quiet", "paper"),
    ("quiet", "ground"),
    ("accent", "paper"),
    ("on_accent", "accent"),
)
LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3
Overrides = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_KEPT = 2048  # sites times languages times parts; beyond it the longest unused are filled again


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
