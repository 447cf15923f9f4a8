import pytest

from config.cel.check import Checker
from config.cel.wording import wording

TEXTS = (
    'request.path == "/a\\"b\\\\"',
    'request.path == "é" && request.method in ["GET", "HEAD"]',
    '(risk > 1.0 || degraded) && request.path != ""',
    "risk > 1.0 || degraded && risk < 5.0",
    "!(degraded || risk >= 2.5)",
    "1 - (2 - 3) == 1 - 2 - 3",
    "(1 + 2) * 3 % 4 == -request.asn",
    'client.rate("ip", "1m") > 60.0 ? degraded : !degraded',
    "(degraded ? risk : 1.0) > 2.0",
    'evidence.exists(x, x == "honeypot") && evidence.filter(x, x != "a").size() > 1',
    'evidence.map(x, x.size()).all(n, n > 1) || evidence.exists_one(x, x == "b")',
    '{"a": 1, "b": 2}["a"] == [1, 2][0]',
    'request.ip in networks.office && request.header("X-Api-Key").matches("^[a-z]+$")',
)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(["networks.office"])


@pytest.mark.parametrize("text", TEXTS)
def test_a_condition_is_written_as_it_was(checker, text):
    assert wording(checker.check(text).root) == text


@pytest.mark.parametrize(
    ("text", "plain"), {"((risk))>1.0": "risk > 1.0", "(1 + 2) + 3 == 6": "1 + 2 + 3 == 6"}.items()
)
def test_needless_brackets_and_spaces_are_left_out(checker, text, plain):
    assert wording(checker.check(text).root) == plain
