"""A page tells a person what happens, why, and what to do; it loads nothing from anywhere else."""

from functools import lru_cache
from math import ceil

from challenges.assets import ASSETS
from challenges.cookies import Headers
from challenges.languages import direction, language_of, texts
from challenges.target import is_reserved
from challenges.templates import Markup, Template, load_template
from challenges.ticket import Ticket
from detectors.request import Request

MAX_WAIT_CLASS = 15  # the stylesheet shows the form's button after at most so many seconds
CONTENT_SECURITY_POLICY = (
    b"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_CHALLENGE = load_template("challenge.html")
_FORM = load_template("form.html")
_NOTICE = load_template("notice.html")
_LINKS = {
    "stylesheet": ASSETS["challenge.css"].path,
    "script": ASSETS["challenge.js"].path,
    "worker": ASSETS["worker.js"].path,
}


def page_headers(decision_id: str, mitigated: str) -> Headers:
    """The headers of every page of ours; `mitigated` is the action, or empty for plain errors."""
    headers: Headers = (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        (b"Content-Security-Policy", CONTENT_SECURITY_POLICY),
        (b"Referrer-Policy", b"same-origin"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"X-Robots-Tag", b"noindex"),
    )
    return headers + reply_headers(decision_id, mitigated)


def reply_headers(decision_id: str, mitigated: str) -> Headers:
    """What every answer of ours carries, page or not."""
    headers: Headers = (
        (b"Vary", b"Accept, Accept-Language, Cookie, Sec-Fetch-Dest, Sec-Fetch-Mode, X-Requested-With"),
        (b"Stile-Decision-Id", decision_id.encode("ascii", "replace")),
    )
    return (*headers, (b"Stile-Mitigated", mitigated.encode("ascii"))) if mitigated else headers


def challenge_page(
    request: Request, ticket: Ticket, sealed: tuple[str, str], wait_s: float, decision_id: str
) -> bytes:
    """The page that asks. `sealed` holds the ticket for the script and the one for the form."""
    language = reader_language(request)
    script_ticket, form_ticket = sealed
    page = _challenge_in(language).render(
        {
            "host": request.host,
            "id": ticket.id_text,
            "bits": str(ticket.bits),
            "ticket": script_ticket,
            "method": ticket.method,
            "target": ticket.target if is_reserved(request) else "",  # elsewhere the page is loaded again
            "seconds": str(ceil(wait_s)),
            "form": _form(language, "form_intro", form_ticket, wait_s),
            "decision_id": decision_id,
        }
    )
    return page.encode("utf-8")


def early_page(request: Request, form_ticket: str, wait_s: float, decision_id: str) -> bytes:
    """The page for a form that was sent too early: the same form again, with what is left of the wait."""
    language = reader_language(request)
    form = _form(language, "form_early", form_ticket, wait_s)
    return notice_page(request, texts(language)["title"], texts(language)["lead"], form, decision_id)


def notice_page(request: Request, title: str, detail: str, more: Markup, decision_id: str) -> bytes:
    """A page of one heading, one sentence and a way on."""
    page = _notice_in(reader_language(request)).render(
        {"host": request.host, "title": title, "detail": detail, "more": more, "decision_id": decision_id}
    )
    return page.encode("utf-8")


def reader_language(request: Request) -> str:
    """The language to speak to the sender of this request."""
    return language_of(request.fields.get(b"accept-language", b""))


@lru_cache(maxsize=32)
def _challenge_in(language: str) -> Template:
    """The page with everything filled in that does not depend on the request."""
    return _CHALLENGE.fill(
        {**texts(language), **_LINKS, "language": language, "direction": direction(language)}
    )


@lru_cache(maxsize=32)
def _notice_in(language: str) -> Template:
    return _NOTICE.fill(
        {
            "reference": texts(language)["reference"],
            "stylesheet": _LINKS["stylesheet"],
            "language": language,
            "direction": direction(language),
        }
    )


def _form(language: str, intro: str, form_ticket: str, wait_s: float) -> Markup:
    seconds = ceil(wait_s)
    words = texts(language)
    return _FORM.render(
        {
            "intro": words[intro].replace("{seconds}", str(seconds)),
            "form_ticket": form_ticket,
            "wait_class": str(min(seconds, MAX_WAIT_CLASS)),
            "form_button": words["form_button"],
        }
    )
