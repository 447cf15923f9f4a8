"""A captcha service on a socket that answers as it is told, well or badly, and remembers the questions."""

from urllib.parse import parse_qsl

from tests.support.upstream import Do, Flood, Pause, Script, Upstream

SLOW_S = 0.8


def said(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """One whole answer."""
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    return head % (status, more, len(body)) + body


YES, NO = said(b'{"success": true}'), said(b'{"success": false, "error-codes": ["timeout-or-duplicate"]}')
LARGE = 1 << 20
WORDLESS: dict[str, Script] = {  # answers that say nothing
    "too slow": (Pause(SLOW_S), YES),
    "an error": (said(b'{"success": true}', b"500 Internal Server Error"),),
    "not JSON": (said(b"<html>success: true</html>"),),
    "success in words": (said(b'{"success": "true"}'),),
    "success as a number": (said(b'{"success": 1}'),),
    "a list": (said(b'[{"success": true}]'),),
    "nothing": (said(b""),),
    "a redirect": (said(b"", b"302 Found", b"Location: /yes\r\n"),),
    "closes": (Do.CLOSE,),
    "breaks off": (Do.RESET,),
    "half an answer": (YES[:-4], Do.CLOSE),
    "a megabyte": (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE, Flood(LARGE)),
    "no HTTP": (b"\x00\x01\x02", Do.CLOSE),
}


class CaptchaService(Upstream):
    """Says yes unless it is told otherwise."""

    def __init__(self, script: Script = (YES,)) -> None:
        super().__init__(script)
        self.scripts[b"/yes"] = (YES,)

    @property
    def url(self) -> str:
        """Where answers are verified."""
        return self.address + "/siteverify"

    @property
    def asked(self) -> list[dict[str, str]]:
        """The forms that came, oldest first."""
        return [dict(parse_qsl(seen.body.decode("ascii"))) for seen in self.seen]
