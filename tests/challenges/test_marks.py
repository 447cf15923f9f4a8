import pytest

from challenges.marks import Mark, holds, mark_cookie
from tests.support.challenges import NOW, SITE, a_keyring, marks, with_cookies
from tests.support.requests import a_request


def held(mark: Mark, cookies: bytes, *, now: float = NOW, site: str = SITE) -> bool:
    return holds(mark, with_cookies(cookies), site, a_keyring(), now)


@pytest.mark.parametrize("mark", Mark)
def test_each_mark_counts_for_itself_alone(mark):
    assert [other for other in Mark if held(other, marks(mark))] == [mark]


VISIT = marks(Mark.VISIT)
VALUE = VISIT.partition(b"=")[2]
NOT_HELD = {
    "none": (b"", NOW, SITE),
    "under another name": (b"stile_image=" + VALUE, NOW, SITE),
    "too old": (VISIT, NOW + 300, SITE),
    "of another site": (VISIT, NOW, "blog"),
    "of another browser": (marks(Mark.VISIT, request=a_request(headers=())), NOW, SITE),
    "cut": (VISIT[:-1], NOW, SITE),
    "oversized": (VISIT * 10, NOW, SITE),
}


@pytest.mark.parametrize("mark", Mark)
@pytest.mark.parametrize(("cookies", "now", "site"), NOT_HELD.values(), ids=NOT_HELD)
def test_anything_else_is_no_mark(mark, cookies, now, site):
    assert not held(mark, cookies, now=now, site=site)


def test_it_comes_back_to_stile_alone():
    name, field = mark_cookie(Mark.VISIT, a_request(), SITE, a_keyring(), NOW, NOW + 300)

    assert (name, b"; Path=/.stile/;" in field, b"; HttpOnly" in field) == (b"Set-Cookie", True, True)


def test_the_good_one_of_several_counts():
    assert held(Mark.VISIT, b"stile_visit=bad; " + VISIT)
