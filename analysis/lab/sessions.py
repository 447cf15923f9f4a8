"""A laboratory session is what one client did, with its label, and nothing that says where it was done."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.sessions import Act, Session
from detectors.behaviour.client import DISALLOWED, Client
from detectors.behaviour.step import Step, hash_of, step_of
from detectors.request import Request

SHIPPED = Path(__file__).parent / "sessions.jsonl.gz"
HELD_OUT = Path(__file__).parent / "held_out.jsonl.gz"  # a later run, that trains and tunes nothing
SITE = "laboratory"
ELSEWHERE = "*"  # a referrer on another site, such as a search engine's
# Any moment would do; this one stands in the middle of a day, so that no session crosses midnight by chance.
BEGAN_S = 1_700_000_000.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request said.

    `path` and `query` are the demo shop's; `referrer` is a path of the shop, `*` for another site, None where
    there was none. `by_script` is what Sec-Fetch-Dest or X-Requested-With say. `upgrade`: it asked to leave
    HTTP, as a WebSocket does. `cookie`: some cookie came back. `conditional`: If-None-Match or
    If-Modified-Since was sent. `ranged`: Range was sent.
    """

    method: str
    path: str
    query: str
    referrer: str | None
    by_script: bool
    upgrade: bool
    cookie: bool
    conditional: bool
    ranged: bool


@dataclass(frozen=True, slots=True)
class LabAct(Asked):
    """One request and its answer.

    `at_ms` counts from the session's first request. `status` is 0 where the client left first; `size` counts
    the bytes of the answer. `disallowed`: robots.txt, as this client was given it, kept it from there.
    """

    at_ms: int
    status: int
    size: int
    route: str
    disallowed: bool

    @property
    def came_from(self) -> int:
        """What `referrer_of` makes of the request's Referer, of which search engines send only the host."""
        if self.referrer is None:
            return 0
        return hash_of("/" if self.referrer == ELSEWHERE else self.referrer)

    @property
    def step(self) -> Step:
        """The request as navigation, as the gateway of today sees it."""
        fields = {b"referer": b"/"} if self.referrer is not None else {}
        if self.by_script:
            fields[b"sec-fetch-dest"] = b"empty"
        if self.upgrade:
            fields[b"upgrade"] = b"websocket"
        path = self.path
        return step_of(
            Request(
                self.method, b"", path, self.query, "", "http", "1.1", (), fields, "", 0.0, route=self.route
            )
        )


@dataclass(frozen=True, slots=True)
class LabSession:
    """What one client did. A split between training and test keeps whole families apart."""

    family: str
    tool: str
    goal: str
    disguised: bool
    bot: bool
    acts: tuple[LabAct, ...]


def read(path: Path = SHIPPED) -> list[LabSession]:
    """The sessions of a file, in its order. Raises OSError, ValueError or TypeError where it is none."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_session(json.loads(line)) for line in lines]


def write(path: Path, sessions: Iterable[LabSession]) -> None:
    """One session per line. The same sessions give the same bytes."""
    lines = (json.dumps(asdict(session), separators=(",", ":")) + "\n" for session in sessions)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.writelines(line.encode() for line in lines)


def play(session: LabSession, began: float = BEGAN_S) -> Iterator[Client]:
    """The session's client as it stands when each request is judged: counted, not yet answered.

    As `analysis.sessions.remember` does it for logs, but with the routes and what robots.txt forbade, which
    only the gateway knows. It is the same object each time, further on.
    """
    client = Client("session:lab", began)
    for act in session.acts:
        step = act.step
        client.arrive(step, began + act.at_ms / 1000.0, act.route, act.came_from)
        if act.disallowed and act.route != DISALLOWED:
            client.note("disallowed")
        yield client
        client.respond(act.status, act.size, step)


def as_logged(sessions: Sequence[LabSession], began: float = BEGAN_S) -> list[Session]:
    """The sessions as those of a log, one address each, for code that reads logs."""
    return [
        Session(SITE, str(number), "", tuple(_logged(act, began) for act in session.acts))
        for number, session in enumerate(sessions)
    ]


def _logged(act: LabAct, began: float) -> Act:
    extension = act.path.rpartition("/")[2].rpartition(".")[2].lower()
    return Act(began + act.at_ms / 1000.0, act.step, act.status, act.size, extension, act.came_from)


def _session(document: dict[str, object]) -> LabSession:
    acts = document.pop("acts")
    if not isinstance(acts, list):
        raise TypeError("acts is a list")
    return LabSession(**document, acts=tuple(LabAct(**act) for act in acts))  # type: ignore[arg-type]
