"""The store says no in many words: here each becomes one kind of trouble, and one line for the log."""

from enum import Enum

from hiredis import ReplyError

LONGEST_TEXT = 200


class Trouble(Enum):
    """What kind of no it was, as far as we act differently."""

    AWAY = "away"  # no connection, no answer in time, or the connection ended
    NO_ENTRY = "no entry"  # the wrong password, or none
    FORBIDDEN = "forbidden"  # the user may not do this
    UNKNOWN = "unknown"  # a command that the server does not have, or that was renamed
    LOADING = "loading"
    FULL = "full"
    READ_ONLY = "read-only"
    NO_SCRIPT = "no script"
    MOVED = "moved"
    ASK = "ask"
    TRY_AGAIN = "try again"
    CLUSTER_DOWN = "cluster down"
    OTHER = "other"


_BY_CODE = {
    "NOAUTH": Trouble.NO_ENTRY,
    "WRONGPASS": Trouble.NO_ENTRY,
    "NOPERM": Trouble.FORBIDDEN,
    "LOADING": Trouble.LOADING,
    "OOM": Trouble.FULL,
    "READONLY": Trouble.READ_ONLY,
    "NOSCRIPT": Trouble.NO_SCRIPT,
    "MOVED": Trouble.MOVED,
    "ASK": Trouble.ASK,
    "TRYAGAIN": Trouble.TRY_AGAIN,
    "CLUSTERDOWN": Trouble.CLUSTER_DOWN,
    "MASTERDOWN": Trouble.CLUSTER_DOWN,
}
_BY_WORDS = (
    ("unknown command", Trouble.UNKNOWN),
    ("max number of clients", Trouble.AWAY),
    ("without any password configured", Trouble.NO_ENTRY),
    ("invalid password", Trouble.NO_ENTRY),
    ("can't run this command", Trouble.FORBIDDEN),  # Redis 6.2, inside a script
    ("READONLY", Trouble.READ_ONLY),  # inside a script, Redis 6.2 puts its own words before the code
    ("OOM", Trouble.FULL),
)


class StoreFault(Exception):
    """The store did not do what was asked; the text says why, in one line.

    `sent` False: it certainly did not do it, so asking elsewhere repeats nothing.
    """

    def __init__(self, text: str, trouble: Trouble = Trouble.OTHER, *, sent: bool = True) -> None:
        super().__init__(text)
        self.trouble = trouble
        self.sent = sent


def refused(reply: ReplyError) -> StoreFault:
    """What a server answered instead of a reply."""
    text = _line(str(reply))
    code = text.partition(" ")[0]
    known = _BY_CODE.get(code) or next((each for words, each in _BY_WORDS if words in text), Trouble.OTHER)
    return StoreFault(text, known, sent=False)


def away(reason: BaseException | str, *, sent: bool) -> StoreFault:
    """There is no answer, for this reason."""
    text = reason if isinstance(reason, str) else f"{type(reason).__name__}: {reason}"
    return StoreFault(_line(text), Trouble.AWAY, sent=sent)


def _line(text: str) -> str:
    return (text.splitlines() or [""])[0][:LONGEST_TEXT]
