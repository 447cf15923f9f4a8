"""How often this browser failed lately stands in a cookie of its own, so that nobody can fail for others.

Who fails again and again gets an easier question. Taking the cookie away only takes that away.
"""

from challenges.binding import Binding, binding_of
from challenges.cookies import cookie_reader, set_cookie
from challenges.keyring import Keyring, Purpose
from detectors.request import Request

COOKIE = b"stile_failures"
FAILURES = Purpose("failures", "ifbb", max_chars=128)
COUNTS_S = 3600.0
_cookies = cookie_reader(COOKIE)


def failures_of(request: Request, site: str, keyring: Keyring, now: float) -> int:
    """How often the sender failed since it last passed, or in the last hour."""
    sender = binding_of(request, site)
    for text in _cookies(request):
        match keyring.open(FAILURES, text):
            case (int(count), float(expires), bytes(of_site), bytes(agent)):
                if now < expires and Binding(of_site, agent, b"", b"").fits(sender):
                    return count
    return 0


def failure_cookie(request: Request, site: str, keyring: Keyring, now: float) -> tuple[bytes, bytes]:
    """The Set-Cookie field that counts one failure more."""
    sender, count = binding_of(request, site), failures_of(request, site, keyring, now) + 1
    sealed = keyring.seal(FAILURES, (count, now + COUNTS_S, sender.site, sender.agent))
    return set_cookie(COOKIE, sealed, secure=request.scheme == "https", max_age_s=COUNTS_S)


def success_cookies(request: Request) -> tuple[tuple[bytes, bytes], ...]:
    """The Set-Cookie field that forgets all failures, where there are any."""
    if not _cookies(request):
        return ()
    return (set_cookie(COOKIE, "", secure=request.scheme == "https", max_age_s=0.0),)
