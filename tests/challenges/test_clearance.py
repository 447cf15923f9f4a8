from dataclasses import replace

import pytest

from challenges.binding import Binding, binding_of
from challenges.clearance import (
    CLEARANCE,
    Clearance,
    Clearances,
    clearance_cookie,
    earned_clearance,
    open_clearance,
)
from challenges.session import SESSION
from challenges.ticket import TICKET
from detectors.request import Request
from detectors.visit import Level
from tests.support.challenges import NONCE, NOW, SITE, a_keyring, a_ticket, with_cookies
from tests.support.requests import CHROME, a_request


def a_clearance(
    level: Level = Level.POW, *, request: Request | None = None, site: str = SITE, ttl_s: float = 60.0
) -> Clearance:
    return Clearance(level, NOW, NOW + ttl_s, binding_of(request or a_request(), site))


def a_cookie(level: Level = Level.POW, **facts) -> bytes:
    _, field = clearance_cookie(a_clearance(level, **facts), a_request(), a_keyring(), NOW)
    return field.partition(b";")[0]


def level_of(request: Request, now: float = NOW, site: str = SITE) -> Level | None:
    held = Clearances(a_keyring()).held(request, site, now)
    return None if held is None else held.level


@pytest.mark.parametrize("level", Level)
def test_is_held_by_who_earned_it(level):
    assert level_of(with_cookies(a_cookie(level))) == level


BLOB = a_cookie().partition(b"=")[2]
NOT_HELD = {
    "none": b"",
    "empty": b"stile_clearance=",
    "cut": b"stile_clearance=" + BLOB[:-1],
    "lengthened": b"stile_clearance=" + BLOB + b"A",
    "padded": b"stile_clearance=" + BLOB + b"=",
    "a percent sign": b"stile_clearance=%" + BLOB[1:],
    "bytes": b"stile_clearance=\xff\xfe",
    "oversized": b"stile_clearance=" + BLOB * 10,
    "under another name": b"stile_session=" + BLOB,
    "a ticket": b"stile_clearance=" + a_ticket().seal(a_keyring()).encode(),
    "a session": b"stile_clearance=" + a_keyring().seal(SESSION, (NONCE,)).encode(),
}


@pytest.mark.parametrize("cookies", NOT_HELD.values(), ids=NOT_HELD)
def test_a_forged_one_is_not_held(cookies):
    assert level_of(with_cookies(cookies)) is None


def test_no_changed_byte_is_held():
    held = [
        at
        for at in range(len(BLOB))
        if open_clearance(a_keyring(), BLOB[:at] + bytes([BLOB[at] ^ 1]) + BLOB[at + 1 :])
    ]

    assert held == []


def test_is_not_held_on_another_site():
    assert level_of(with_cookies(a_cookie(site="blog"))) is None


def test_is_not_held_by_another_browser():
    headers = ((b"User-Agent", b"curl/8"), (b"Cookie", a_cookie()))

    assert level_of(a_request(headers=headers)) is None


TIMES = {"at once": (NOW, Level.POW), "just before": (NOW + 59.9, Level.POW), "over": (NOW + 60, None)}


@pytest.mark.parametrize(("now", "level"), TIMES.values(), ids=TIMES)
def test_has_its_own_end(now, level):
    assert level_of(with_cookies(a_cookie(ttl_s=60)), now) == level


def test_ends_also_where_it_is_remembered():
    clearances = Clearances(a_keyring())
    request = with_cookies(a_cookie(ttl_s=60))

    assert [clearances.held(request, SITE, NOW + after) is not None for after in (0, 1, 61)] == [
        True,
        True,
        False,
    ]


def test_is_remembered_for_one_browser_and_one_site_only():
    clearances = Clearances(a_keyring())
    clearances.held(with_cookies(a_cookie()), SITE, NOW)
    thief = a_request(headers=((b"User-Agent", b"curl/8"), (b"Cookie", a_cookie())))

    assert (clearances.held(thief, SITE, NOW), clearances.held(with_cookies(a_cookie()), "blog", NOW)) == (
        None,
        None,
    )


MOVES = {"203.0.113.7": False, "203.0.113.200": False, "198.51.100.1": True, "2001:db8::1": True}


@pytest.mark.parametrize(("address", "moved"), MOVES.items())
def test_in_another_network_it_proves_nothing_yet(address, moved):
    held = Clearances(a_keyring()).held(with_cookies(a_cookie(), address=address), SITE, NOW)

    assert held is not None
    assert (held.moved, held.level) == (moved, Level.NONE if moved else Level.POW)


SEVERAL = {
    "a broken one first": b"stile_clearance=broken; " + a_cookie(Level.POW),
    "a broken one last": a_cookie(Level.POW) + b"; stile_clearance=broken",
    "a lower one first": a_cookie(Level.FORM) + b"; " + a_cookie(Level.POW),
    "a lower one last": a_cookie(Level.POW) + b"; " + a_cookie(Level.FORM),
    "one of another site": a_cookie(site="blog") + b"; " + a_cookie(Level.POW),
    "a higher one from elsewhere": a_cookie(Level.BROWSER, request=a_request(address="198.51.100.7"))
    + b"; "
    + a_cookie(Level.POW),
}


@pytest.mark.parametrize("cookies", SEVERAL.values(), ids=SEVERAL)
def test_the_best_of_several_counts(cookies):
    assert level_of(with_cookies(cookies)) is Level.POW


def test_the_cookie_stays_small():
    widest = Binding(b"s" * 8, b"a" * 8, b"n" * 32, b"t" * 12)
    cookie = clearance_cookie(replace(a_clearance(), binding=widest), a_request(), a_keyring(), NOW)

    assert len(cookie[1]) <= 512


@pytest.mark.parametrize("level", [8, -1])
def test_a_level_that_there_is_not_does_not_open(level):
    fields = (level, NOW, NOW + 60, b"", b"", b"", b"")

    assert open_clearance(a_keyring(), a_keyring().seal(CLEARANCE, fields)) is None


def test_a_ticket_does_not_open_as_a_clearance_nor_a_clearance_as_a_ticket():
    clearance = a_clearance(request=a_request(headers=CHROME)).seal(a_keyring())

    assert (
        a_keyring().open(TICKET, clearance),
        open_clearance(a_keyring(), a_ticket().seal(a_keyring())),
    ) == (None, None)


HERE, AWAY, PHONE = "203.0.113.7", "198.51.100.7", "2001:db8::1"


def passing(level: Level, lasts_s: float, cookies: bytes = b"", *, at: str = HERE, now: float = NOW) -> bytes:
    """The cookie after one more pass."""
    request = with_cookies(cookies, address=at)
    earned = earned_clearance(level, lasts_s, request, SITE, a_keyring(), now)
    return clearance_cookie(earned, request, a_keyring(), now)[1].partition(b";")[0]


BETTER = {
    "the first": ((Level.POW, 60.0, HERE), (Level.POW, 60.0)),
    "a longer one of the same level": ((Level.BROWSER, 90.0, HERE), (Level.BROWSER, 90.0)),
    "a higher and longer one": ((Level.CAPTCHA, 90.0, HERE), (Level.CAPTCHA, 90.0)),
    "a higher and shorter one": ((Level.CAPTCHA, 30.0, HERE), (Level.CAPTCHA, 30.0)),
}


@pytest.mark.parametrize(("passed", "expected"), BETTER.values(), ids=BETTER)
def test_a_pass_may_raise_a_clearance(passed, expected):
    level, lasts_s, address = passed
    before = passing(Level.POW, 60.0) if level is Level.POW else passing(Level.BROWSER, 60.0)

    assert facts_of(passing(level, lasts_s, before, at=address)) == expected


WORSE = {
    "a lower one that lasts as long": (Level.FORM, 60.0),
    "a lower one that lasts longer": (Level.FORM, 90.0),
    "an equal one that ends sooner": (Level.BROWSER, 30.0),
    "a form's, lower and shorter": (Level.FORM, 30.0),
}


@pytest.mark.parametrize(("level", "lasts_s"), WORSE.values(), ids=WORSE)
def test_no_pass_makes_a_clearance_worse(level, lasts_s):
    assert facts_of(passing(level, lasts_s, passing(Level.BROWSER, 60.0))) == (Level.BROWSER, 60.0)


def facts_of(cookie: bytes) -> tuple[Level, float]:
    clearance = open_clearance(a_keyring(), cookie.partition(b"=")[2])
    assert clearance is not None
    return clearance.level, clearance.expires - NOW


def test_what_was_proven_elsewhere_is_not_proven_here_by_less():
    moved = passing(Level.POW, 60.0, passing(Level.BROWSER, 90.0), at=AWAY)

    assert [level_of(with_cookies(moved, address=address)) for address in (HERE, AWAY)] == [Level.POW] * 2


def test_going_back_and_forth_between_two_protocols_asks_once_in_each():
    asked, cookies = [], b""
    for address in (HERE, PHONE, HERE, PHONE, HERE, PHONE):
        if not level_of(with_cookies(cookies, address=address)):
            asked.append(address)
            cookies = passing(Level.POW, 60.0, cookies, at=address)

    assert asked == [HERE, PHONE]


def test_a_fifth_network_takes_the_place_of_the_oldest():
    cookies, addresses = b"", [f"198.51.{number}.7" for number in range(5)]
    for address in addresses:
        cookies = passing(Level.POW, 60.0, cookies, at=address)

    assert [bool(level_of(with_cookies(cookies, address=address))) for address in addresses] == [
        False,
        *[True] * 4,
    ]


def test_the_clearance_of_another_site_beside_it_does_not_hide_it():
    both = a_cookie(site="blog") + b"; " + passing(Level.POW, 60.0, at=PHONE)
    cookies = passing(Level.POW, 60.0, both, at=HERE)

    assert [level_of(with_cookies(cookies, address=address)) for address in (HERE, PHONE)] == [Level.POW] * 2


def test_one_that_is_over_adds_nothing():
    later = passing(Level.POW, 60.0, passing(Level.BROWSER, 60.0, at=AWAY), now=NOW + 60)

    assert level_of(with_cookies(later, address=AWAY), NOW + 61) is Level.NONE
