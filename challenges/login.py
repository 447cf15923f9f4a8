"""A login is the storefront's word on whose session this is: sealed, and of use with that session alone."""

from hashlib import sha256

from challenges.cookies import cookie_reader, set_cookie
from challenges.keyring import Keyring, Purpose
from detectors.request import Request
from detectors.value import value

COOKIE = b"stile_account"
_cookies = cookie_reader(COOKIE)
LOGIN = Purpose("login", "bbf", max_chars=128)
TTL_S = 7 * 86400.0  # a storefront that never says who logged out is not believed for longer
OWNER_BYTES = 16
ACCOUNT_BYTES = 8


@value
class Login:
    """The account, as 16 hexadecimal characters, and until when it counts (Unix seconds)."""

    account: str
    expires: float

    def grows_old(self, now: float) -> bool:
        """True in the second half of its time, when it is worth sealing anew."""
        return self.expires - now < TTL_S / 2.0


def login_of(request: Request, owner: str, keyring: Keyring, now: float) -> Login | None:
    """The login among the request's cookies that was sealed for `owner`; None where there is none.

    `owner` names a session and its site. It costs one opening, so ask once for a block of fields.
    """
    for text in _cookies(request):
        match keyring.open(LOGIN, text):
            case (bytes(sealed_for), bytes(account), float(expires)) if (
                sealed_for == _digest(owner) and now < expires
            ):
                return Login(account.hex(), expires)
    return None


def login_cookie(
    account: str, owner: str, request: Request, keyring: Keyring, now: float
) -> tuple[bytes, bytes]:
    """The Set-Cookie field that says whose session `owner` is; it ends with the browser, as the session does.

    Raises ValueError where `account` is no 16 hexadecimal characters.
    """
    raw = bytes.fromhex(account)
    if len(raw) != ACCOUNT_BYTES:
        raise ValueError(f"an account has {ACCOUNT_BYTES} bytes")
    sealed = keyring.seal(LOGIN, (_digest(owner), raw, now + TTL_S))
    return set_cookie(COOKIE, sealed, secure=request.scheme == "https", max_age_s=None)


def logout_cookie(request: Request) -> tuple[bytes, bytes]:
    """The Set-Cookie field that takes the login away again."""
    return set_cookie(COOKIE, "", secure=request.scheme == "https", max_age_s=0.0)


def _digest(owner: str) -> bytes:
    return sha256(owner.encode("utf-8", "surrogatepass")).digest()[:OWNER_BYTES]
