import os

import pytest

from challenges.languages import TEXTS
from challenges.look import DEFAULT_LOOK, words_of
from challenges.question import WORDS, question_of


@pytest.mark.parametrize("number", range(50))
def test_names_one_of_three_different_words(number):
    question = question_of(bytes([number * 5 % 256, number, number * 3 % 256, *range(13)]))

    assert question.word in question.choices
    assert len(set(question.choices)) == 3


def test_every_place_may_hold_the_right_word():
    questions = [question_of(os.urandom(16)) for _ in range(400)]

    assert {question.choices.index(question.word) for question in questions} == {0, 1, 2}


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_language_has_as_many_different_words(language):
    assert len(set(words_of(DEFAULT_LOOK, language)["words"].split(" | "))) == WORDS
