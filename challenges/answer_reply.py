"""A script is told facts, a form is led on: what goes back for each verdict."""

from math import ceil
from typing import assert_never

from challenges.clearance import clearance_cookie
from challenges.cookies import Headers
from challenges.keyring import Keyring
from challenges.page import early_page, page_headers, reply_headers
from challenges.refusal import problem, refusal
from challenges.reply import Reply
from challenges.settings import ChallengeSettings
from challenges.verdict import Expired, Failed, Fault, Solved, TooEarly, Verdict
from challenges.verify import FORM
from detectors.request import Request

_UNREADABLE = frozenset({Fault.TOO_LARGE, Fault.MALFORMED})


def reply_to(
    verdict: Verdict,
    request: Request,
    site: str,
    keyring: Keyring,
    settings: ChallengeSettings,
    now: float,
    decision_id: str,
) -> Reply:
    """The reply to an answer. Only `Solved` sets a cookie, so call it when the id has been burnt."""
    cookie: Headers = ()
    if isinstance(verdict, Solved):
        ttl_s = settings.clearance_ttl_s
        cookie = (clearance_cookie(verdict.level, request, site, keyring, now, ttl_s),)
    if request.text(b"content-type").lower().startswith(FORM):
        return _to_form(verdict, request, settings, decision_id, cookie)
    return _to_script(verdict, decision_id, cookie)


def _to_script(verdict: Verdict, decision_id: str, cookie: Headers) -> Reply:
    match verdict:
        case Solved():
            headers: Headers = ((b"Cache-Control", b"no-store"), *cookie)
            return Reply(204, headers + reply_headers(decision_id, ""), b"")
        case Failed(fault=fault):
            status = 400 if fault in _UNREADABLE else 403
            return problem(status, "The answer was not accepted.", decision_id, more={"reason": fault})
        case Expired():
            return problem(403, "The challenge has expired.", decision_id, more={"reason": "expired"})
        case TooEarly(seconds=seconds):
            wait: Headers = ((b"Retry-After", b"%d" % ceil(seconds)),)
            detail = "The answer came before its wait was over."
            return problem(403, detail, decision_id, more={"reason": "too_early"}, headers=wait)
    assert_never(verdict)


def _to_form(
    verdict: Verdict, request: Request, settings: ChallengeSettings, decision_id: str, cookie: Headers
) -> Reply:
    match verdict:
        case TooEarly(seconds=seconds, ticket=ticket):
            body = early_page(request, ticket, seconds, decision_id)
            return Reply(settings.status, page_headers(decision_id, "challenge"), body)
        case Failed(fault=fault) if fault is not Fault.REPLAYED:
            status = 400 if fault in _UNREADABLE else 403
            return refusal(status, request, decision_id, mitigated="challenge")
        case Solved() | Expired() | Failed():
            # a button pressed twice is a replay of a right answer: the target opens, or asks anew
            location = (b"Location", verdict.return_target.encode("ascii"))
            headers: Headers = (location, (b"Cache-Control", b"no-store"), *cookie)
            return Reply(303, headers + reply_headers(decision_id, ""), b"")
    assert_never(verdict)
