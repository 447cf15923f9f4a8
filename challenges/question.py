"""A plain question: choose the word that is named. It needs no memory, no picture and no arithmetic."""

from detectors.value import value

WORDS = 6  # every language has so many, in the same order


@value
class Question:
    """Three of the six words that every language has, by their number; `word` is the one to choose."""

    word: int
    choices: tuple[int, int, int]


def question_of(ticket_id: bytes) -> Question:
    """The question that goes with a ticket."""
    first, step, right = ticket_id[0] % WORDS, 1 + ticket_id[1] % 2, ticket_id[2] % 3
    choices = (first, (first + step) % WORDS, (first + 2 * step) % WORDS)
    return Question(choices[right], choices)
