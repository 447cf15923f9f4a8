import struct

import pytest

from challenges.marks import Mark, holds
from challenges.rung import Rung
from challenges.seen import seen_reply
from tests.support.challenges import NOW, SITE, a_keyring, a_ticket, some_terms, with_cookies
from tests.support.requests import a_request

SEALED = a_ticket(Rung.RESOURCE).seal(a_keyring())


def seen(mark: Mark, query: str = f"ticket={SEALED}", *, now: float = NOW, **facts):
    return seen_reply(mark, a_request("/.stile/seen", query=query, **facts), some_terms(), now)


SHOWN = [Mark.STYLE, Mark.IMAGE]


@pytest.mark.parametrize("mark", SHOWN)
def test_who_fetches_it_gets_its_mark(mark):
    cookie = dict(seen(mark).headers)[b"Set-Cookie"].partition(b";")[0]

    assert holds(mark, with_cookies(cookie), SITE, a_keyring(), NOW)


NO_TICKET = {
    "none": ("", NOW, {}),
    "a forged one": ("ticket=rubbish", NOW, {}),
    "too many fields": ("a=1&" * 10 + f"ticket={SEALED}", NOW, {}),
    "beyond the cap": ("a=" + "x" * 5000 + f"&ticket={SEALED}", NOW, {}),
    "an old one": (f"ticket={SEALED}", NOW + 300, {}),
    "of another browser": (f"ticket={SEALED}", NOW, {"headers": ((b"User-Agent", b"curl/8"),)}),
}


@pytest.mark.parametrize("mark", SHOWN)
@pytest.mark.parametrize(("query", "now", "facts"), NO_TICKET.values(), ids=NO_TICKET)
def test_without_a_good_ticket_it_leaves_no_mark(mark, query, now, facts):
    reply = seen(mark, query, now=now, **facts)

    assert (reply.status, b"Set-Cookie" in dict(reply.headers)) == (200, False)


@pytest.mark.parametrize("mark", SHOWN)
def test_it_is_fetched_anew_each_time(mark):
    assert dict(seen(mark).headers)[b"Cache-Control"] == b"no-store"


def test_the_image_is_one_pixel():
    body = seen(Mark.IMAGE).body

    assert (body[:6], struct.unpack("<HH", body[6:10]), body[-1:]) == (b"GIF89a", (1, 1), b";")
