import re

import pytest

from challenges.form_part import SEPARATOR
from challenges.languages import TEXTS, direction, language_of, texts
from challenges.question import WORDS

ASKED = {
    b"de": "de",
    b"de-AT,de;q=0.9,en;q=0.8": "de",
    b"xx,fr;q=0.3": "fr",
    b"en;q=0.5,ja;q=0.9": "ja",
    b"zh-Hant-TW": "zh",
    b"PT-br": "pt",
    b" es ; q=0.7 , it;q=0.71": "it",
    b"de;q=0": "en",
    b"": "en",
    b"*": "en",
    b"xx": "en",
    b"und": "en",
    b"\xff\xfe": "en",
    b"de;q=9": "en",
    b"../../etc/passwd": "en",
    b"de" + b"," * 100_000: "de",
}


@pytest.mark.parametrize(("header", "language"), ASKED.items(), ids=lambda value: str(value)[:30])
def test_speaks_the_best_language_of_the_reader(header, language):
    assert language_of(header) == language


def test_speaks_at_least_twelve_languages():
    assert set(TEXTS) >= {"ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh"}


@pytest.mark.parametrize("language", TEXTS)
def test_a_question_has_as_many_different_words_in_every_language(language):
    assert len(set(TEXTS[language]["words"].split(SEPARATOR))) == WORDS


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_every_text(language):
    missing = {name for name, text in TEXTS["en"].items() if not TEXTS[language].get(name)}

    assert (missing, set(TEXTS[language]) - set(TEXTS["en"])) == (set(), set())


@pytest.mark.parametrize("language", TEXTS)
def test_every_translation_has_the_same_blanks(language):
    blanks = re.compile(r"\{\w+\}")
    differing = [
        name
        for name, text in TEXTS["en"].items()
        if sorted(blanks.findall(text)) != sorted(blanks.findall(TEXTS[language][name]))
    ]

    assert differing == []


@pytest.mark.parametrize(
    ("language", "written"), [("ar", "rtl"), ("he", "rtl"), ("en", "ltr"), ("xx", "ltr")]
)
def test_knows_where_a_line_begins(language, written):
    assert direction(language) == written


def test_an_unknown_language_is_english():
    assert texts("xx") is TEXTS["en"]
