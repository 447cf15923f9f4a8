"""A decision id sorts by time and tells nothing else (UUIDv7, RFC 9562 section 5.7)."""

import os

SEQUENCE_END = 1 << 12  # RFC 9562 section 6.2, method 1: a counter in rand_a keeps one worker's ids in order
TAIL_DIGITS = 12
BLOCK = 512  # ids for which chance is drawn at once


class DecisionIds:
    """Makes the ids of one worker. Two workers may share a millisecond: 62 random bits keep them apart.

    Fourteen of these bits are drawn once per block, the other 48 are new in every id. Make it after the fork:
    two processes that inherit one block would hand out the same tails.
    """

    __slots__ = ("_at", "_digits", "_middle", "_millisecond", "_prefix", "_sequence")

    def __init__(self) -> None:
        self._millisecond = -1
        self._sequence = 0
        self._prefix = ""
        self._at = 0
        self._draw()

    def next(self, now: float) -> str:
        """The id of a decision made at `now` (Unix seconds), above every id given before."""
        millisecond = int(now * 1000.0)
        if millisecond > self._millisecond:
            self._start(millisecond)
        else:
            self._sequence += 1
            if self._sequence == SEQUENCE_END:
                # A full counter, or a clock set back for long, borrows the next millisecond.
                self._start(self._millisecond + 1)
        at = self._at - TAIL_DIGITS
        if at < 0:
            self._draw()
            at = self._at - TAIL_DIGITS
        self._at = at
        return f"{self._prefix}{self._sequence:03x}{self._middle}{self._digits[at : at + TAIL_DIGITS]}"

    def _start(self, millisecond: int) -> None:
        self._millisecond = millisecond
        self._sequence = 0
        digits = f"{millisecond:012x}"
        self._prefix = f"{digits[:8]}-{digits[8:]}-7"

    def _draw(self) -> None:
        chance = os.urandom(2 + BLOCK * TAIL_DIGITS // 2)
        variant = int.from_bytes(chance[:2]) & 0x3FFF | 0x8000
        self._middle = f"-{variant:04x}-"
        self._digits = chance[2:].hex()
        self._at = len(self._digits)
