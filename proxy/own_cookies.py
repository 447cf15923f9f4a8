"""A storefront's answer may begin a session and say whose it is: our cookies keep both in the browser."""

import os

from challenges.login import login_cookie, logout_cookie
from challenges.session import session_key
from config.settings import Site
from detectors.visit import Visit
from proxy.account import hashed_account, told_account
from proxy.exchange import Exchange
from proxy.http1.response_head import ResponseHead
from proxy.recall import Recall
from proxy.sender import Sender
from proxy.services import Services
from proxy.state.keys import SESSION, key_of

Cookie = tuple[bytes, bytes]


class OwnCookies:
    """Decides which of our cookies go with an answer, for one worker."""

    def __init__(self, services: Services, recall: Recall) -> None:
        self._services = services
        self._recall = recall

    def lines(self, exchange: Exchange, head: ResponseHead) -> bytes:
        """The Set-Cookie lines to add to the answer that begins with `head`; mostly none.

        A session begins with a page, or with the account that the storefront names for the first time, which
        it does in answers of any kind: a login is mostly answered by sending the browser elsewhere.
        """
        site, sender, visit = exchange.site, exchange.sender, exchange.visit
        if site is None or sender is None or visit is None:
            return b""
        account = self._told(site, head)
        if account is not None:
            exchange.account = account
            if account and account != sender.account:
                self._recall.log_in(visit, account)
        begins = account or (head.html and head.status == 200 and visit.request.method == "GET")
        if not site.session_cookie or not (sender.returned or begins):
            return b""
        cookies, owner = self._session(sender, visit)
        if account is not None:
            cookies += self._login(account, owner, sender, visit)
        return b"".join([b"%b: %b\r\n" % cookie for cookie in cookies])

    def _told(self, site: Site, head: ResponseHead) -> str | None:
        """The account that this answer names, hashed; empty for nobody, None where it does not say."""
        if site.account is None or not site.account.response_header:
            return None
        name = told_account(head.lines, site.account.response_header)
        return None if name is None else hashed_account(name, self._services.address_key)

    def _session(self, sender: Sender, visit: Visit) -> tuple[tuple[Cookie, ...], str]:
        """The cookie that begins a session where none came back, and the session's key."""
        if sender.returned:
            return (), sender.session_key
        id_ = os.urandom(16)
        owner = key_of(sender.site.name, SESSION, session_key(id_))
        return (self._services.sessions.cookie(id_, visit.request),), owner

    def _login(self, account: str, owner: str, sender: Sender, visit: Visit) -> tuple[Cookie, ...]:
        """The cookie that says whose session this is, where that has changed or was said long ago."""
        request, login, keyring = visit.request, sender.login, self._services.keyring
        now = request.arrived
        if not account:
            return () if login is None else (logout_cookie(request),)
        if login is not None and login.account == account and not login.grows_old(now):
            return ()
        return (login_cookie(account, owner, request, keyring, now),)
