"""Every refusal names itself, carries the decision id and shows a way back; none tells which rule it was."""

from http import HTTPStatus

from orjson import dumps

from challenges.cookies import Headers
from challenges.languages import texts
from challenges.look import DEFAULT_LOOK, Look, part_of, words_of
from challenges.page import appeal, notice_page, page_headers, paragraph, reply_headers
from challenges.page_load import wants_html
from challenges.paths import CHALLENGE
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.sheet import reader_language
from challenges.target import is_reserved, return_target
from challenges.templates import Markup
from detectors.request import Request

TOO_MANY = 429
_WORDS = {
    403: "blocked",
    404: "not_found",
    413: "too_large",
    414: "too_large",
    421: "not_found",
    429: "throttled",
    431: "too_large",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}


def refusal(  # noqa: PLR0913  what a refusal may say, each by its name
    status: int,
    request: Request,
    decision_id: str,
    *,
    mitigated: str = "",
    title: str = "",
    detail: str = "",
    retry_after_s: int | None = None,
    nonce: str = "",
    look: Look = DEFAULT_LOOK,
) -> Reply:
    """A refusal or error: a page for page loads, problem details (RFC 9457) for everything else.

    `mitigated` is the action where we refused, and empty where something failed. Without `title` and `detail`
    the status speaks, in the reader's language.
    """
    language = reader_language(request)
    words = words_of(look, language)
    name = _WORDS.get(status, "bad_request" if status < 500 else "error")
    title, detail = title or words[name], detail or words[name + "_detail"]
    seconds = None if retry_after_s is None else max(1, retry_after_s)
    wait: Headers = () if seconds is None else ((b"Retry-After", b"%d" % seconds),)
    if not wants_html(request):
        return problem(status, detail, decision_id, mitigated=mitigated, title=title, headers=wait)
    more = _more(look, request, decision_id, seconds if status == TOO_MANY else None, bool(mitigated))
    body = notice_page(request, title, detail, more, decision_id, nonce=nonce, look=look)
    return Reply(status, page_headers(decision_id, mitigated, nonce) + wait, body)


def _more(look: Look, request: Request, decision_id: str, seconds: int | None, refused: bool) -> Markup:
    """How long to wait, whom to tell, and the way back; from our own paths, to the page that led there."""
    language = reader_language(request)
    words, again = words_of(look, language), return_target(request) if is_reserved(request) else ""
    parts = [part_of(look, language, "way_back.html").render({"again": again})]
    if seconds is not None:
        parts.insert(0, paragraph(look, language, words["throttled_wait"].replace("{seconds}", str(seconds))))
    if refused:
        parts += [paragraph(look, language, words["mistake"]), appeal(look, language, decision_id)]
    return Markup("".join(parts))


def challenge_for_programs(status: int, request: Request, decision_id: str, rung: Rung) -> Reply:
    """What a subrequest gets instead of a challenge page: it says where a person can answer one."""
    detail = texts(reader_language(request))["lead"]
    return problem(
        status, detail, decision_id, mitigated="challenge", more={"challenge": f"{CHALLENGE}?ask={rung}"}
    )


def problem(
    status: int,
    detail: str,
    decision_id: str,
    *,
    mitigated: str = "",
    title: str = "",
    headers: Headers = (),
    more: dict[str, str] | None = None,
) -> Reply:
    """Problem details as JSON. The type is about:blank: the status says what kind of problem it is."""
    facts = {
        "type": "about:blank",
        "title": title or _phrase(status),
        "status": status,
        "detail": detail,
        "decision_id": decision_id,
        **(more or {}),
    }
    fixed: Headers = (
        (b"Content-Type", b"application/problem+json"),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"X-Robots-Tag", b"noindex"),
    )
    return Reply(status, fixed + reply_headers(decision_id, mitigated) + headers, dumps(facts))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
