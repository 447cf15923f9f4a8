import pytest

from challenges.failures import COUNTS_S, failure_cookie, failures_of, success_cookies
from tests.support.challenges import NOW, SITE, a_keyring, with_cookies
from tests.support.requests import a_request


def after(count: int) -> bytes:
    """The Cookie header of a browser that failed so often."""
    cookies = b""
    for _ in range(count):
        field = failure_cookie(with_cookies(cookies), SITE, a_keyring(), NOW)[1]
        cookies = field.partition(b";")[0]
    return cookies


def counted(cookies: bytes, *, now: float = NOW, site: str = SITE) -> int:
    return failures_of(with_cookies(cookies), site, a_keyring(), now)


@pytest.mark.parametrize("count", range(4))
def test_each_failure_counts(count):
    assert counted(after(count)) == count


TWICE = after(2)
NOBODYS = {
    "after an hour": (TWICE, NOW + COUNTS_S, SITE),
    "on another site": (TWICE, NOW, "blog"),
    "cut": (TWICE[:-1], NOW, SITE),
    "made up": (b"stile_failures=9", NOW, SITE),
}


@pytest.mark.parametrize(("cookies", "now", "site"), NOBODYS.values(), ids=NOBODYS)
def test_counts_for_nobody_else(cookies, now, site):
    assert counted(cookies, now=now, site=site) == 0


def test_counts_for_one_browser():
    request = a_request(headers=((b"User-Agent", b"another"), (b"Cookie", TWICE)))

    assert failures_of(request, SITE, a_keyring(), NOW) == 0


@pytest.mark.parametrize(("cookies", "fields"), [(TWICE, 1), (b"", 0)])
def test_success_forgets_what_there_is(cookies, fields):
    assert len(success_cookies(with_cookies(cookies))) == fields
