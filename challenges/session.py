"""A session is a random name that we gave a browser; the MAC keeps others from choosing their own."""

from base64 import urlsafe_b64encode

from challenges.cookies import cookie_reader, set_cookie
from challenges.keyring import Keyring, Purpose
from challenges.memo import Memo
from detectors.request import Request

COOKIE = b"stile_session"
_cookies = cookie_reader(COOKIE)
SESSION = Purpose("session", "b", max_chars=128)
ID_BYTES = 16
KEY_BYTES = 12  # 96 random bits never meet by chance and make a key of 16 characters
MEMO_CAPACITY = 16384


class Sessions:
    """Reads and makes session cookies; remembers the good ones."""

    __slots__ = ("_keyring", "_memo")

    def __init__(self, keyring: Keyring, capacity: int = MEMO_CAPACITY) -> None:
        self._keyring = keyring
        self._memo: Memo[bytes, str] = Memo(capacity)

    def key_of(self, request: Request) -> str | None:
        """The short stable key of the request's session; None where it carries no cookie of ours."""
        for text in _cookies(request):
            key = self._memo.get(text)
            if key is not None:
                return key
            match self._keyring.open(SESSION, text):
                case (bytes(id_),) if len(id_) == ID_BYTES:
                    key = session_key(id_)
                    self._memo.put(text, key)
                    return key
        return None

    def cookie(self, id_: bytes, request: Request) -> tuple[bytes, bytes]:
        """The Set-Cookie field that starts the session `id_`, which is 16 random bytes."""
        if len(id_) != ID_BYTES:
            raise ValueError(f"a session id has {ID_BYTES} bytes")
        sealed = self._keyring.seal(SESSION, (id_,))
        return set_cookie(COOKIE, sealed, secure=request.scheme == "https", max_age_s=None)


def session_key(id_: bytes) -> str:
    """How the session with this id is called wherever clients are counted: 16 characters of base64url."""
    return urlsafe_b64encode(id_[:KEY_BYTES]).decode("ascii")
