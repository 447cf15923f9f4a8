"""Shoppers who keep coming: a steady, modest load whose every visit is written down."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from tests.support.raw import Answer, Line

PAGE = (
    b"GET %b HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
    b"Gecko/20100101 Firefox/140.0\r\nAccept: text/html\r\nAccept-Language: en\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Shopping:
    """One visit; `status` is 0 where no whole answer came, and `trouble` says why. Monotonic seconds."""

    began: float
    took: float
    status: int
    decision_id: str
    body: bytes
    trouble: str = ""


class Shoppers:
    """`count` people who ask for a page every `pause` seconds, each over a connection that is kept."""

    def __init__(self, port: int, count: int = 4, pause: float = 0.01, path: bytes = b"/page") -> None:
        self.port = port
        self.pause = pause
        self.request = PAGE % path
        self.visits: list[Shopping] = []
        self._home = threading.Event()
        self._threads = [threading.Thread(target=self._shop, daemon=True) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_home()

    def go_home(self) -> None:
        """End after the visits under way."""
        self._home.set()
        for thread in self._threads:
            thread.join(30)

    def failed(self) -> list[Shopping]:
        """Visits without a 200."""
        return [visit for visit in self.visits if visit.status != 200]

    def since(self, moment: float) -> list[Shopping]:
        """Visits that began after `moment`."""
        return [visit for visit in self.visits if visit.began >= moment]

    def wait_for(self, ready: Callable[[Self], bool], seconds: float = 10.0) -> bool:
        """True once `ready` holds."""
        until = time.monotonic() + seconds
        while not ready(self) and time.monotonic() < until:
            time.sleep(0.01)
        return ready(self)

    def _shop(self) -> None:
        line: Line | None = None
        while not self._home.is_set():
            began = time.monotonic()
            answer, trouble, line = self._visit(line)
            self.visits.append(written(began, answer, trouble))
            self._home.wait(self.pause)
        if line is not None:
            line.__exit__()

    def _visit(self, line: Line | None) -> tuple[Answer | None, str, Line | None]:
        """One visit; as browsers do, once more on a new connection where a kept one had been closed."""
        if line is not None:
            answer, trouble = self._ask(line)
            if answer is not None or trouble:
                return answer, trouble, kept(line, answer)
            line.__exit__()
        try:
            line = Line(self.port, deadline=20.0)
        except OSError as error:
            return None, f"no connection: {error}", None
        answer, trouble = self._ask(line)
        return answer, trouble or ("" if answer else "closed without an answer"), kept(line, answer)

    def _ask(self, line: Line) -> tuple[Answer | None, str]:
        try:
            line.send(self.request)
            answer = line.answer()
        except (OSError, ValueError) as error:
            return None, repr(error)
        if answer is not None and not answer.whole:
            return None, "broken off"
        return answer, ""


def kept(line: Line, answer: Answer | None) -> Line | None:
    """The connection, where it may be used again; else it is closed."""
    if answer is not None and b"close" not in answer.values(b"connection"):
        return line
    line.__exit__()
    return None


def written(began: float, answer: Answer | None, trouble: str) -> Shopping:
    """The visit that this was."""
    took = time.monotonic() - began
    if answer is None:
        return Shopping(began, took, 0, "", b"", trouble)
    ids = answer.values(b"stile-decision-id")
    return Shopping(began, took, answer.status, ids[0].decode() if ids else "", answer.body)


def percentile(visits: Iterable[Shopping], share: float) -> float:
    """How long the slowest but `1 - share` of the visits took, in seconds."""
    times = sorted(visit.took for visit in visits)
    return times[min(len(times) - 1, int(len(times) * share))]
