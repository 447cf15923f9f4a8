import pytest

from challenges.page_load import wants_html
from tests.support.requests import CHROME, a_request

HTML = (b"Accept", b"text/html,application/xhtml+xml,*/*;q=0.8")
PAGES = {
    "Chrome": CHROME,
    "an old browser": (HTML,),
    "a text browser": ((b"Accept", b"text/html, text/plain, text/sgml, */*;q=0.01"),),
    "in capitals": ((b"Accept", b"Text/HTML"),),
    "a frame": ((b"Sec-Fetch-Dest", b"iframe"), (b"Sec-Fetch-Mode", b"navigate"), HTML),
    "mode without a destination": ((b"Sec-Fetch-Mode", b"navigate"),),
}
NOT_PAGES = {
    "fetch": ((b"Sec-Fetch-Dest", b"empty"), (b"Sec-Fetch-Mode", b"cors"), (b"Accept", b"*/*")),
    "fetch for html": ((b"Sec-Fetch-Dest", b"empty"), HTML),
    "an image": ((b"Sec-Fetch-Dest", b"image"), (b"Accept", b"image/avif,*/*")),
    "a script": ((b"Sec-Fetch-Dest", b"script"), (b"Accept", b"*/*")),
    "a web socket": ((b"Sec-Fetch-Dest", b"websocket"), (b"Sec-Fetch-Mode", b"websocket")),
    "an old script": ((b"X-Requested-With", b"XMLHttpRequest"), HTML),
    "a mode that is no page load": ((b"Sec-Fetch-Mode", b"no-cors"), HTML),
    "json": ((b"Accept", b"application/json"),),
    "anything": ((b"Accept", b"*/*"),),
    "nothing": (),
}


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES)
def test_a_person_looking_gets_a_page(headers):
    assert wants_html(a_request(headers=headers))


@pytest.mark.parametrize("headers", NOT_PAGES.values(), ids=NOT_PAGES)
def test_a_program_gets_facts(headers):
    assert not wants_html(a_request(headers=headers))
