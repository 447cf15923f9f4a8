"""New inputs from known ones: cut, joined, repeated, bent, with words that have hurt parsers before."""

from collections.abc import Callable, Sequence
from random import Random

MAX_BYTES = 20_000
MAX_CHANGES = 6
Change = Callable[["Mutator", bytes], bytes]


class Mutator:
    """An endless, repeatable stream of inputs. `tokens` are spliced in; `corpus` is where inputs start."""

    def __init__(self, seed: int, corpus: Sequence[bytes], tokens: Sequence[bytes]) -> None:
        self.random = Random(seed)
        self.corpus = tuple(corpus)
        self.tokens = tuple(tokens)

    def next(self) -> bytes:
        """One input, after one to six changes; one in fifty is a known one as it is."""
        data = self.random.choice(self.corpus)
        if self.random.random() < 0.02:
            return data
        for _ in range(self.random.randint(1, MAX_CHANGES)):
            data = self.random.choice(CHANGES)(self, data)
        return data[:MAX_BYTES]

    def place(self, data: bytes) -> int:
        """Somewhere in `data`; half of the time at the edge of a line or word."""
        if data and self.random.random() < 0.5:
            edges = [at for at, byte in enumerate(data[:4000]) if byte in b"\r\n :;,=/"]
            if edges:
                return self.random.choice(edges) + self.random.randint(0, 1)
        return self.random.randint(0, len(data))

    def span(self, data: bytes) -> tuple[int, int]:
        """Two places, the first not after the second, mostly near each other."""
        start = self.place(data)
        return start, min(len(data), start + int(self.random.expovariate(0.05)) + 1)

    def insert_token(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + self.random.choice(self.tokens) + data[at:]

    def replace_by_token(self, data: bytes) -> bytes:
        start, end = self.span(data)
        return data[:start] + self.random.choice(self.tokens) + data[end:]

    def flip_bit(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1 :]

    def set_byte(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]

    def remove(self, data: bytes) -> bytes:
        start, end = self.span(data)
        return data[:start] + data[end:]

    def repeat(self, data: bytes) -> bytes:
        start, end = self.span(data)
        return data[:start] + data[start:end] * self.random.choice((2, 2, 3, 17, 200)) + data[end:]

    def splice(self, data: bytes) -> bytes:
        other = self.random.choice(self.corpus)
        return data[: self.place(data)] + other[self.place(other) :]

    def repeat_line(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        at = self.random.randrange(len(lines))
        to = self.random.randrange(len(lines))
        lines.insert(to, lines[at])
        return b"\n".join(lines)

    def cut_end(self, data: bytes) -> bytes:
        return data[: self.place(data)]


CHANGES: tuple[Change, ...] = (
    Mutator.insert_token,
    Mutator.insert_token,
    Mutator.replace_by_token,
    Mutator.replace_by_token,
    Mutator.flip_bit,
    Mutator.set_byte,
    Mutator.remove,
    Mutator.repeat,
    Mutator.splice,
    Mutator.repeat_line,
    Mutator.cut_end,
)
