import pytest

from challenges.cookies import MAX_HEADER_BYTES, MAX_VALUES, cookie_reader, set_cookie
from tests.support.challenges import with_cookies
from tests.support.requests import a_request

values_of = cookie_reader(b"stile_session")
HEADERS = {
    "alone": (b"stile_session=a", [b"a"]),
    "among others": (b"x=1; stile_session=a; y=2", [b"a"]),
    "twice": (b"stile_session=a; stile_session=b", [b"a", b"b"]),
    "without spaces": (b"x=1;stile_session=a;y=2", [b"a"]),
    "quoted": (b'stile_session="a"', [b"a"]),
    "with an equals sign": (b"stile_session=a=b", [b"a=b"]),
    "empty": (b"stile_session=", [b""]),
    "after rubbish": (b";;=; ==;\xff\xfe; stile_session=a", [b"a"]),
    "a longer name": (b"my_stile_session=a; stile_session2=b; xstile_session=c", []),
    "a name without a value": (b"stile_session", []),
    "the name as a value": (b"x=stile_session", []),
    "nothing": (b"", []),
    "beyond the cap": (b"x=" + b"y" * MAX_HEADER_BYTES + b"; stile_session=a", []),
}


@pytest.mark.parametrize(("header", "values"), HEADERS.values(), ids=HEADERS)
def test_reads_the_values_of_one_name(header, values):
    assert values_of(with_cookies(header)) == values


def test_a_request_without_cookies_has_none():
    assert values_of(a_request()) == []


def test_reads_only_so_many_values():
    assert len(values_of(with_cookies(b"stile_session=a;" * 500))) == MAX_VALUES


COOKIES = {
    "secure": (True, 60.9, b"n=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"),
    "on plain http": (False, 60.0, b"n=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"),
    "of a session": (True, None, b"n=v; Path=/; HttpOnly; SameSite=Lax; Secure"),
}


@pytest.mark.parametrize(("secure", "age", "expected"), COOKIES.values(), ids=COOKIES)
def test_sets_a_cookie_that_scripts_cannot_read(secure, age, expected):
    assert set_cookie(b"n", "v", secure=secure, max_age_s=age) == (b"Set-Cookie", expected)
