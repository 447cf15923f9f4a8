"""A list of user agents answers one question: does one of its lines stand somewhere in this text?"""

from collections.abc import Iterable

MEMO = 1024  # texts of up to MEMO_LENGTH characters; the table is emptied when full, so it never grows
MEMO_LENGTH = 512
MAX_CHARACTERS = 1 << 16  # of all lines together: a table of 30 MiB at most


class UserAgents:
    """Lines that are looked for in any case, all at once (A. Aho and M. Corasick, CACM 18(6), 1975).

    A text of n bytes takes n steps, whatever it holds. One RE2 pattern of 1,000 lines is faster with texts
    that it knows, and many times slower with each that somebody makes up: it builds its states as it goes.
    """

    __slots__ = ("_classes", "_found", "_memo", "_next")

    def __init__(self, lines: Iterable[str]) -> None:
        """Raises ValueError where the lines hold more than MAX_CHARACTERS."""
        words = {line.encode("utf-8").lower() for line in lines}
        if sum(map(len, words)) > MAX_CHARACTERS:
            raise ValueError(f"the lines hold more than {MAX_CHARACTERS:,} characters together")
        letters = sorted({byte for word in words for byte in word})
        classes = bytearray(256)
        for place, letter in enumerate(letters, 1):
            classes[letter] = place
        self._classes = bytes(classes)
        self._next, self._found = _automaton(
            [word.translate(self._classes) for word in words], len(letters) + 1
        )
        self._memo: dict[str, bool] = {}

    def __contains__(self, text: str) -> bool:
        known = self._memo.get(text)
        if known is not None:
            return known
        found = self._look_up(text)
        if len(text) <= MEMO_LENGTH:
            if len(self._memo) >= MEMO:
                self._memo.clear()
            self._memo[text] = found
        return found

    def _look_up(self, text: str) -> bool:
        """`text` holds a header's bytes as Latin-1."""
        state, following = 0, self._next
        for letter in text.encode("latin-1", "replace").lower().translate(self._classes):
            state = following[state + letter]
        return state in self._found


def _automaton(words: Iterable[bytes], width: int) -> tuple[list[int], frozenset[int]]:
    """Where each state goes with each letter, and the states that are never left: a word was found.

    A state is the place of its row in the table, whose rows are `width` long.
    """
    children: list[dict[int, int]] = [{}]
    found = set()
    for word in words:
        state = 0
        for letter in word:
            following = children[state].get(letter)
            if following is None:
                following = children[state][letter] = len(children)
                children.append({})
            state = following
        found.add(state)
    table = [0] * (width * len(children))
    behind = [0] * len(children)  # the state of the longest other word that has begun
    waiting = [0]
    for state in waiting:
        row, other = state * width, behind[state] * width
        if state in found:
            table[row : row + width] = [row] * width
            continue
        table[row : row + width] = table[other : other + width]
        for letter, child in children[state].items():
            behind[child] = table[row + letter] // width if state else 0
            table[row + letter] = child * width
            if behind[child] in found:
                found.add(child)
            waiting.append(child)
    return table, frozenset(state * width for state in found)
