"""A script is told facts, a form or an address is led on: what goes back for each verdict."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from math import ceil
from typing import assert_never

from challenges.asking import form_reply
from challenges.clearance import clearance_cookie, earned_clearance
from challenges.cookies import Headers
from challenges.failures import failure_cookie, success_cookies
from challenges.kept import FIELD, open_kept
from challenges.look import part_of, words_of
from challenges.page import kept_page, notice_page, page_headers, reply_headers
from challenges.refusal import problem, refusal
from challenges.reply import Reply
from challenges.rungs.challenge import Asked
from challenges.sheet import reader_language
from challenges.terms import Terms
from challenges.ticket import Ticket
from challenges.verdict import Expired, Failed, Fault, Pending, Solved, TooEarly, Verdict
from detectors.request import Request

_UNREADABLE = frozenset({Fault.TOO_LARGE, Fault.MALFORMED})


def reply_to_script(verdict: Verdict, request: Request, terms: Terms, now: float, decision_id: str) -> Reply:
    """What the page's script gets. Only `Solved` sets a cookie, so call it when the id has been burnt."""
    match verdict:
        case Solved():
            headers: Headers = ((b"Cache-Control", b"no-store"), *_cookies(verdict, request, terms, now))
            return Reply(204, headers + reply_headers(decision_id, ""), b"")
        case Failed(fault=fault):
            status, counted = 400 if fault in _UNREADABLE else 403, _counted(verdict, request, terms, now)
            detail = "The answer was not accepted."
            return problem(status, detail, decision_id, more={"reason": fault}, headers=counted)
        case Expired():
            return problem(403, "The challenge has expired.", decision_id, more={"reason": "expired"})
        case TooEarly(seconds=seconds):
            wait: Headers = ((b"Retry-After", b"%d" % ceil(seconds)),)
            detail = "The answer came before its wait was over."
            return problem(403, detail, decision_id, more={"reason": "too_early"}, headers=wait)
        case Pending():
            return problem(503, "The check cannot be made now.", decision_id, more={"reason": "unavailable"})
    assert_never(verdict)


def reply_to_page(verdict: Verdict, request: Request, terms: Terms, now: float, decision_id: str) -> Reply:
    """What a form or an address gets, which a person is looking at. Call it when the id has been burnt."""
    match verdict:
        case TooEarly(seconds=seconds, ticket=ticket):
            return form_reply(_again(verdict, ticket, request, terms, decision_id), left_s=seconds)
        case Solved(kept=kept) if kept:
            return _sends_on(verdict, request, terms, now, decision_id)
        case Solved(ticket=ticket):
            return _onward(ticket, decision_id, _cookies(verdict, request, terms, now))
        case Expired(ticket=ticket):
            return _onward(ticket, decision_id, ())  # which asks anew
        case Failed():
            reply = _failed(verdict, request, terms, decision_id)
            return replace(reply, headers=reply.headers + _counted(verdict, request, terms, now))
        case Pending(solved=solved):
            return _refusal(503, solved.ticket, request, terms, decision_id)
    assert_never(verdict)


def _again(
    verdict: TooEarly | Failed, ticket: Ticket, request: Request, terms: Terms, decision_id: str
) -> Asked:
    """The same question once more."""
    nonce = _page_nonce(decision_id, ticket)
    return Asked(terms, request, ticket, verdict.sealed, "", decision_id, nonce, kept=verdict.kept)


def _failed(failed: Failed, request: Request, terms: Terms, decision_id: str) -> Reply:
    fault, ticket = failed.fault, failed.ticket
    if ticket is not None and failed.sealed:
        return form_reply(_again(failed, ticket, request, terms, decision_id), left_s=0.0)
    if ticket is not None and fault is Fault.NO_COOKIES:
        return _without_cookies(ticket, request, terms, decision_id)
    if ticket is not None and fault is Fault.REPLAYED:
        return _onward(ticket, decision_id, ())  # a button pressed twice: the page opens, or asks anew
    status = 400 if fault in _UNREADABLE else 403
    return _refusal(status, ticket, request, terms, decision_id)


def _refusal(status: int, ticket: Ticket | None, request: Request, terms: Terms, decision_id: str) -> Reply:
    nonce = "" if ticket is None else _page_nonce(decision_id, ticket)
    return refusal(status, request, decision_id, mitigated="challenge", nonce=nonce, look=terms.look)


def _counted(failed: Failed, request: Request, terms: Terms, now: float) -> Headers:
    """The cookie that counts a failure: of those who were asked, and not of a button pressed twice."""
    if failed.ticket is None or failed.fault is Fault.REPLAYED:
        return ()
    return (failure_cookie(request, terms.site, terms.keyring, now),)


def _cookies(solved: Solved, request: Request, terms: Terms, now: float) -> Headers:
    ticket, keyring = solved.ticket, terms.keyring
    earned = earned_clearance(ticket.level, ticket.lasts_s, request, terms.site, keyring, now)
    return clearance_cookie(earned, request, keyring, now), *success_cookies(request)


def _onward(ticket: Ticket, decision_id: str, cookies: Headers) -> Reply:
    location = (b"Location", ticket.target.encode("ascii"))
    headers: Headers = (location, (b"Cache-Control", b"no-store"), *cookies)
    return Reply(303, headers + reply_headers(decision_id, ""), b"")


def _sends_on(solved: Solved, request: Request, terms: Terms, now: float, decision_id: str) -> Reply:
    """A page with the form that was kept, ready to be sent to where it was going."""
    cookies = _cookies(solved, request, terms, now)
    kept = open_kept(
        FIELD + solved.kept.encode("latin-1", "replace"), request, terms.site, terms.keyring, now
    )
    if kept is None:
        return _onward(solved.ticket, decision_id, cookies)
    nonce = _page_nonce(decision_id, solved.ticket)
    fields = {FIELD[:-1].decode("ascii"): solved.kept}
    html = kept_page(request, kept.target, fields, decision_id, nonce=nonce, look=terms.look)
    return Reply(200, (*page_headers(decision_id, "", nonce), *cookies), html)


def _without_cookies(ticket: Ticket, request: Request, terms: Terms, decision_id: str) -> Reply:
    """Says what is missing, and leads back by a link, never by itself."""
    language = reader_language(request)
    words = words_of(terms.look, language)
    more = part_of(terms.look, language, "wait.html").render({"link": ticket.target, "wait_class": "0"})
    nonce = _page_nonce(decision_id, ticket)
    html = notice_page(
        request, words["title"], words["cookies"], more, decision_id, nonce=nonce, look=terms.look
    )
    return Reply(terms.settings.status, page_headers(decision_id, "challenge", nonce), html)


def _page_nonce(decision_id: str, ticket: Ticket) -> str:
    return b64encode(sha256(decision_id.encode() + ticket.id).digest()[:16]).decode("ascii")
