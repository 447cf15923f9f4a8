"""Accounts are known by a keyed hash, whoever names them."""

import pytest

from challenges.login import Login
from config.settings import AccountSource
from proxy.account import MAX_NAME_BYTES, account_of, hashed_account, told_account, without_account
from tests.support.requests import CHROME, a_request

SECRET = b"a secret of this node's cluster!"
ANNE = hashed_account(b"anne", SECRET)
BY_COOKIE, BY_HEADER, BY_NOBODY = (
    AccountSource(cookie, header, "") for cookie, header in (("uid", ""), ("", "x-user"), ("", ""))
)
BY_ANSWER, BY_BOTH = (AccountSource(cookie, "", "x-account") for cookie in ("", "uid"))
SOURCES = {
    "a cookie": (BY_COOKIE, (b"Cookie", b"a=b; uid=anne; c=d"), False, ANNE),
    "another cookie": (BY_COOKIE, (b"Cookie", b"uidx=anne"), False, ""),
    "an empty cookie": (BY_COOKIE, (b"Cookie", b"uid="), False, ""),
    "no cookie at all": (BY_COOKIE, (b"X-User", b"anne"), False, ""),
    "a header of a trusted front": (BY_HEADER, (b"X-User", b"anne"), True, ANNE),
    "in any case": (BY_HEADER, (b"x-USER", b"anne"), True, ANNE),
    "a header of anybody": (BY_HEADER, (b"X-User", b"anne"), False, ""),
    "no source": (BY_NOBODY, (b"X-User", b"anne"), True, ""),
    "a cookie where the storefront names accounts": (BY_BOTH, (b"Cookie", b"uid=anne"), False, ""),
}


@pytest.mark.parametrize(("source", "header", "trusted", "account"), SOURCES.values(), ids=SOURCES)
def test_a_request_names_an_account_where_the_source_says(source, header, trusted, account):
    request = a_request(headers=(*CHROME, header))

    assert account_of(request, source, SECRET, trusted=trusted, login=None) == account


LOGIN = Login(ANNE, 1.0)
TOLD = {
    "alone": (BY_ANSWER, (b"X-User", b"bert"), ANNE),
    "whatever a cookie says": (BY_ANSWER, (b"Cookie", b"uid=bert"), ANNE),
    "while the cookie is there": (BY_BOTH, (b"Cookie", b"uid=bert"), ANNE),
    "not without the cookie": (BY_BOTH, (b"Cookie", b"other=bert"), ""),
    "not with an empty one": (BY_BOTH, (b"Cookie", b"uid="), ""),
}


@pytest.mark.parametrize(("source", "header", "account"), TOLD.values(), ids=TOLD)
def test_the_storefront_s_word_counts(source, header, account):
    request = a_request(headers=(*CHROME, header))

    assert account_of(request, source, SECRET, trusted=True, login=LOGIN) == account


def test_a_name_is_hashed_to_sixteen_hexadecimal_characters():
    assert (len(ANNE), int(ANNE, 16) > 0, "anne" in ANNE) == (16, True, False)


DIFFERENT = {
    "another name": (b"bert", SECRET),
    "another case": (b"Anne", SECRET),
    "another secret": (b"anne", b"another secret"),
    "no secret": (b"anne", b""),
}


@pytest.mark.parametrize(("name", "secret"), DIFFERENT.values(), ids=DIFFERENT)
def test_another_account_has_another_hash(name, secret):
    assert hashed_account(name, secret) != ANNE


LENGTHS = {0: False, 1: True, MAX_NAME_BYTES: True, MAX_NAME_BYTES + 1: False}


@pytest.mark.parametrize(("length", "somebody"), LENGTHS.items(), ids=map(str, LENGTHS))
def test_a_name_of_no_sensible_length_names_nobody(length, somebody):
    assert bool(hashed_account(b"a" * length, SECRET)) is somebody


LINES = {
    "between others": (b"A: 1\r\nX-Account: anne\r\nB: 2\r\n", b"anne", b"A: 1\r\nB: 2\r\n"),
    "at the start": (b"X-Account: anne\r\nB: 2\r\n", b"anne", b"B: 2\r\n"),
    "in another case": (b"x-ACCOUNT:\tanne \r\n", b"anne", b""),
    "twice": (b"X-Account: anne\r\nX-Account: bert\r\n", b"anne", b""),
    "empty": (b"X-Account:\r\nB: 2\r\n", b"", b"B: 2\r\n"),
    "not there": (b"A: 1\r\nB: 2\r\n", None, b"A: 1\r\nB: 2\r\n"),
    "a longer name": (b"X-Account-Id: anne\r\n", None, b"X-Account-Id: anne\r\n"),
    "a name that ends so": (b"Not-X-Account: anne\r\n", None, b"Not-X-Account: anne\r\n"),
    "in a value": (b"A: X-Account: anne\r\n", None, b"A: X-Account: anne\r\n"),
}


@pytest.mark.parametrize(("lines", "account", "left"), LINES.values(), ids=LINES)
def test_an_answer_tells_the_account_and_the_visitor_does_not_see_it(lines, account, left):
    told = told_account(lines, "X-Account"), without_account(lines, "X-Account")

    assert told == (account, left)


def test_an_answer_from_a_cache_was_not_made_for_this_visitor():
    lines = b"X-Account: anne\r\nage: 0\r\n"

    assert (told_account(lines, "X-Account"), without_account(lines, "X-Account")) == (None, b"age: 0\r\n")


def test_a_header_s_name_is_no_pattern():
    assert told_account(b"XbAccount: anne\r\n", "X.Account") is None
