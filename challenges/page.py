"""A page tells a person what happens, why, and what to do; it loads nothing from anywhere else."""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil
from types import MappingProxyType

from challenges.assets import ASSETS
from challenges.cookies import Headers
from challenges.form_part import form_part, wait_class
from challenges.look import DEFAULT_LOOK, Look, appeal_link, part_of, words_of
from challenges.question import Question
from challenges.sheet import reader_language, sheet
from challenges.target import is_reserved
from challenges.templates import Markup, escaped
from challenges.ticket import Ticket
from detectors.request import Request

_SCRIPT = ASSETS["challenge.js"].path
_WORKER = ASSETS["worker.js"].path
_NO_FACTS: Mapping[str, str] = MappingProxyType({})
_SPOKEN_BY_SCRIPT = (
    "working",
    "steps",
    "done",
    "resend",
    "slow",
    "failed",
    "refused",
    "cookies",
    "progress",
    "retry",
    "widget",
)


def page_headers(decision_id: str, mitigated: str, nonce: str = "", origins: tuple[str, ...] = ()) -> Headers:
    """The headers of every page of ours; `mitigated` is the action, or empty for plain errors.

    `nonce` is the page's own; without one nothing runs and only our stylesheet counts. `origins` are those of
    an external check that the page shows, if any.
    """
    headers: Headers = (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        (b"Pragma", b"no-cache"),  # Lynx shows its own copy again after a redirect, unless it reads this
        (b"Content-Security-Policy", _security_policy(nonce, origins)),
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


def _security_policy(nonce: str, origins: tuple[str, ...]) -> bytes:
    own = f" 'nonce-{nonce}'" if nonce else ""
    others = "".join(f" {origin}" for origin in origins)
    work = (
        f"worker-src 'self'; child-src 'self'; connect-src 'self'{others}; "  # Safari before 15.5: child-src
    )
    scripts = f"script-src{own}{others}; {work}" if nonce else ""
    frames = f"frame-src{others}; " if origins else ""
    return (
        f"default-src 'none'; {scripts}style-src 'self'{own}{others}; img-src 'self' data:; {frames}"
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ).encode("ascii")


def challenge_page(  # noqa: PLR0913  a page is put together from its parts here, and nowhere else
    request: Request,
    ticket: Ticket,
    sealed: tuple[str, str],
    wait_s: float,
    decision_id: str,
    *,
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
    question: Question | None = None,
    facts: Mapping[str, str] = _NO_FACTS,
    kept: str = "",
    lost: bool = False,
) -> bytes:
    """The page that asks. `sealed` holds the ticket for the script and the one for the form.

    `facts` are told to the script beside what it always learns, as data attributes.
    """
    language = reader_language(request)
    script_ticket, form_ticket = sealed
    told = {
        "id": ticket.id_text,
        "bits": str(ticket.bits),
        "ticket": script_ticket,
        "worker": _WORKER,
        "method": ticket.method,
        "target": ticket.target if is_reserved(request) else "",  # elsewhere the page is loaded again
        "wait": str(ceil(wait_s)),
        **facts,
    }
    content = part_of(look, language, "challenge.html").render(
        {
            "reason": _reason(look, language),
            "facts": Markup(_spoken(look, language) + _attributes(told)),
            "form": Markup(
                _lost(look, language, lost)
                + form_part(look, language, "form_intro", form_ticket, wait_s, question, kept)
            ),
        }
    )
    script = part_of(look, language, "script.html").render({"script": _SCRIPT, "nonce": nonce})
    heading = words_of(look, language)["title"]
    return sheet(request, look, nonce, heading, content, decision_id, script=script)


def form_page(  # noqa: PLR0913  as above
    request: Request,
    form_ticket: str,
    wait_s: float,
    decision_id: str,
    *,
    intro: str = "form_intro",
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
    question: Question | None = None,
    kept: str = "",
    lost: bool = False,
) -> bytes:
    """The form alone. `intro` names the words above it; `wait_s` is what is left of the wait."""
    language = reader_language(request)
    words = words_of(look, language)
    form = form_part(look, language, intro, form_ticket, wait_s, question, kept)
    form = Markup(_lost(look, language, lost) + form + _reason(look, language))
    return notice_page(request, words["title"], words["lead"], form, decision_id, nonce=nonce, look=look)


def wait_page(
    request: Request,
    link: str,
    wait_s: float,
    decision_id: str,
    *,
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
    shown: tuple[str, str] | None = None,
) -> bytes:
    """The page that opens `link` by itself. Send it with `refresh_header`; the link is for others.

    `shown` are the addresses of a stylesheet and an image that a browser fetches to show the page.
    """
    language = reader_language(request)
    words = words_of(look, language)
    more = part_of(look, language, "wait.html").render({"link": link, "wait_class": wait_class(wait_s)})
    if shown is not None:
        resources = part_of(look, language, "seen.html").render({"style": shown[0], "image": shown[1]})
        more = Markup(more + resources)
    more = Markup(more + _reason(look, language))
    detail = words["wait_lead"].replace("{seconds}", str(ceil(wait_s)))
    return notice_page(request, words["title"], detail, more, decision_id, nonce=nonce, look=look)


def refresh_header(link: str, wait_s: float) -> tuple[bytes, bytes]:
    """The header that opens `link`, a path of ours or the site, when the wait is over."""
    return b"Refresh", f"{ceil(wait_s)}; url={link}".encode("ascii")


def kept_page(
    request: Request,
    action: str,
    fields: Mapping[str, str],
    decision_id: str,
    *,
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
) -> bytes:
    """The page that sends on what was kept: a form of hidden `fields` for `action`, and a button."""
    language = reader_language(request)
    words = words_of(look, language)
    field = part_of(look, language, "field.html")
    hidden = [field.render({"name": name, "content": content}) for name, content in fields.items()]
    more = part_of(look, language, "kept.html").render({"action": action, "fields": Markup("".join(hidden))})
    return notice_page(request, words["title"], words["kept"], more, decision_id, nonce=nonce, look=look)


def notice_page(
    request: Request,
    title: str,
    detail: str,
    more: Markup,
    decision_id: str,
    *,
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
) -> bytes:
    """A page of one heading, one sentence and a way on."""
    content = part_of(look, reader_language(request), "notice.html").render(
        {"heading": title, "detail": detail, "more": more}
    )
    return sheet(request, look, nonce, title, content, decision_id)


def paragraph(look: Look, language: str, sentence: str) -> Markup:
    """One sentence on a line of its own."""
    return part_of(look, language, "paragraph.html").render({"sentence": sentence})


def appeal(look: Look, language: str, decision_id: str) -> Markup:
    """The link to a review of this decision; nothing where the operator named no place."""
    link = appeal_link(look, decision_id)
    label = words_of(look, language)["appeal"]
    return part_of(look, language, "link.html").render({"link": link, "label": label}) if link else Markup("")


def _lost(look: Look, language: str, lost: bool) -> str:
    return paragraph(look, language, words_of(look, language)["not_kept"]) if lost else ""


def _reason(look: Look, language: str) -> Markup:
    return part_of(look, language, "why.html").render({})


def _attributes(facts: Mapping[str, str]) -> Markup:
    return Markup("".join([f' data-{name}="{escaped(content)}"' for name, content in facts.items()]))


@lru_cache(maxsize=256)
def _spoken(look: Look, language: str) -> Markup:
    words = words_of(look, language)
    return _attributes({**{name: words[name] for name in _SPOKEN_BY_SCRIPT}, "other": words["other_way"]})
