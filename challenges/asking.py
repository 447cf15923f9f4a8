"""How a question goes out: a page whose script answers, a page that opens the next, or a form."""

from challenges.assets import ASSETS
from challenges.captchas import CAPTCHA_PAGES
from challenges.cookies import Headers
from challenges.marks import Mark, mark_cookie
from challenges.page import challenge_page, form_page, page_headers, refresh_header, wait_page
from challenges.paths import IMAGE, STYLE, pass_address
from challenges.question import question_of
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.rungs.challenge import Asked


def script_reply(asked: Asked) -> Reply:
    """The page whose script answers, with the form beside it."""
    ticket, terms = asked.ticket, asked.terms
    facts = {"rung": ticket.rung, "level": str(int(ticket.level)), "budget": str(ticket.wait_s), "probes": ""}
    origins: tuple[str, ...] = ()
    if ticket.rung is Rung.BROWSER:
        facts["probes"] = ASSETS["probes.js"].path
    service = CAPTCHA_PAGES.get(ticket.rung)
    if service is not None:
        facts |= {"service": service.script, "key": terms.settings.captchas[ticket.rung].site_key}
        facts |= {"api": service.api, "provider": service.name}
        origins = service.origins
    html = challenge_page(
        asked.request,
        ticket,
        (asked.sealed, asked.form),
        asked.form_wait_s,
        asked.decision_id,
        nonce=asked.nonce,
        look=terms.look,
        question=question_of(ticket.id),
        facts=facts,
        kept=asked.kept,
        lost=asked.lost,
    )
    return _reply(asked, html, origins=origins)


def wait_reply(asked: Asked, seconds: int, *, resources: bool = False) -> Reply:
    """The page that opens the next address by itself; with `resources` it shows things of its own."""
    link = pass_address(asked.sealed)
    query = f"?ticket={asked.sealed}"
    html = wait_page(
        asked.request,
        link,
        seconds,
        asked.decision_id,
        nonce=asked.nonce,
        look=asked.terms.look,
        shown=(STYLE + query, IMAGE + query) if resources else None,
    )
    return _reply(asked, html, refresh_header(link, seconds))


def form_reply(asked: Asked, *, left_s: float | None = None) -> Reply:
    """The form on a page of its own.

    `left_s` is what is left of the wait where it was sent too early, and nothing where the word was wrong.
    """
    intro = "form_intro" if left_s is None else "form_early" if left_s > 0 else "form_wrong"
    html = form_page(
        asked.request,
        asked.sealed,
        asked.ticket.wait_s if left_s is None else left_s,
        asked.decision_id,
        intro=intro,
        nonce=asked.nonce,
        look=asked.terms.look,
        question=question_of(asked.ticket.id),
        kept=asked.kept,
        lost=asked.lost,
    )
    return _reply(asked, html)


def _reply(asked: Asked, html: bytes, *more: tuple[bytes, bytes], origins: tuple[str, ...] = ()) -> Reply:
    terms, ticket = asked.terms, asked.ticket
    cookie = mark_cookie(Mark.VISIT, asked.request, terms.site, terms.keyring, ticket.issued, ticket.expires)
    headers: Headers = page_headers(asked.decision_id, "challenge", asked.nonce, origins)
    return Reply(terms.settings.status, (*headers, *more, cookie), html)
