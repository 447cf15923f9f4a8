import pytest

from challenges.answer import MAX_FORM_BYTES, MAX_SCRIPT_BYTES, Answer, max_bytes, read_answer
from tests.support.challenges import FORM_TYPE, JSON_TYPE

READ = {
    "a script's": (b'{"ticket": "t", "answer": "a"}', JSON_TYPE, Answer("t", "a", "script")),
    "with a testimony": (
        b'{"ticket": "t", "answer": "a", "testimony": {"v": 1}}',
        JSON_TYPE,
        Answer("t", "a", "script", {"v": 1}),
    ),
    "with a charset": (
        b'{"ticket": "t", "answer": "a"}',
        b"Application/JSON; charset=utf-8",
        Answer("t", "a", "script"),
    ),
    "a form's": (b"ticket=t&choice=3", FORM_TYPE, Answer("t", "3", "form")),
    "a form's without a choice": (b"ticket=t", FORM_TYPE + b";charset=UTF-8", Answer("t", "", "form")),
    "a form's that kept another": (b"ticket=t&kept=k", FORM_TYPE, Answer("t", "", "form", kept="k")),
    "the first of two": (b"ticket=t&ticket=u&choice=1&choice=2", FORM_TYPE, Answer("t", "1", "form")),
    "the last of two keys": (
        b'{"ticket": "t", "ticket": "u", "answer": "a"}',
        JSON_TYPE,
        Answer("u", "a", "script"),
    ),
    "other fields beside": (b"ticket=t&utf8=%E2%9C%93&x=", FORM_TYPE, Answer("t", "", "form")),
}


@pytest.mark.parametrize(("body", "content_type", "answer"), READ.values(), ids=READ)
def test_reads_what_was_sent(body, content_type, answer):
    assert read_answer(body, content_type) == answer


RIGHT = b'{"ticket": "t", "answer": "a"}'
UNREADABLE = {
    "empty": (b"", JSON_TYPE),
    "no type": (RIGHT, b""),
    "another type": (RIGHT, b"text/plain"),
    "a type that begins alike": (RIGHT, b"application/jsonp"),
    "a type of bytes": (RIGHT, b"\xff\xfe"),
    "json as a form": (RIGHT, FORM_TYPE),
    "a form as json": (b"ticket=t", JSON_TYPE),
    "cut": (RIGHT[:-1], JSON_TYPE),
    "two of them": (RIGHT * 2, JSON_TYPE),
    "not utf-8": (b'{"ticket": "\xff", "answer": "1"}', JSON_TYPE),
    "a lone surrogate": (b'{"ticket": "\\ud800", "answer": "1"}', JSON_TYPE),
    "not a number": (b'{"ticket": "t", "answer": NaN}', JSON_TYPE),
    "a list": (b'["ticket", "answer"]', JSON_TYPE),
    "a number": (b"1", JSON_TYPE),
    "null": (b"null", JSON_TYPE),
    "nested deeply": (b"[" * 10_000, JSON_TYPE),
    "nested deeply, and closed": (b"[" * 8000 + b"]" * 8000, JSON_TYPE),
    "a form without a ticket": (b"answer=1", FORM_TYPE),
    "a form of bytes": (b"ticket=\xff", FORM_TYPE),
    "a form of many escapes": (b"ticket=t&x=" + b"%41" * 65, FORM_TYPE),
    "a form of many fields": (b"a=1&" * 100 + b"ticket=t", FORM_TYPE),
}


@pytest.mark.parametrize(("body", "content_type"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_nothing(body, content_type):
    assert read_answer(body, content_type) is None


OTHER_VALUES = ["1", "true", "null", '["t"]', '{"a": "t"}', "1e999", "123456789012345678901234567890"]


@pytest.mark.parametrize("value", OTHER_VALUES)
@pytest.mark.parametrize("key", ["ticket", "answer"])
def test_every_field_has_one_type(key, value):
    other = {"ticket": "answer", "answer": "ticket"}[key]

    assert read_answer(f'{{"{other}": "t", "{key}": {value}}}'.encode(), JSON_TYPE) is None


CAPS = {
    JSON_TYPE: MAX_SCRIPT_BYTES,
    FORM_TYPE: MAX_FORM_BYTES,
    b"text/plain": MAX_SCRIPT_BYTES,
    b"": MAX_SCRIPT_BYTES,
}


@pytest.mark.parametrize(("content_type", "most"), CAPS.items())
def test_only_a_form_may_be_large_for_it_may_hold_another(content_type, most):
    assert max_bytes(content_type) == most
