"""A robots.txt is read as RFC 9309 says, and no path makes it slow."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.robots.robots_file import MAX_CHARACTERS, RobotsFile

TEXT = """\
# a shop
User-agent: *
Disallow: /cart
Disallow: /*?sort=
Disallow: /*.pdf$
Allow: /cart/help

User-agent: Googlebot
User-agent: bingbot
Disallow: /search
Sitemap: https://shop.example.com/sitemap.xml

User-agent: GPTBot
Disallow: /
Allow: /about
Allow: /$

user-agent: googlebot
disallow: /beta/
"""
FILE = RobotsFile(TEXT)
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
FORBIDDEN = {
    "for all": ("", CHROME, "/cart", ""),
    "whatever follows": ("", CHROME, "/cartoons", ""),
    "by its query": ("", CHROME, "/shoes", "sort=price"),
    "by its end": ("", CHROME, "/a/b.pdf", ""),
    "for one of a group": ("bingbot", "Mozilla/5.0 (compatible; bingbot/2.0)", "/search", "q=x"),
    "by another group of the same agent": ("googlebot", "Googlebot/2.1", "/beta/1", ""),
    "for a bot and its kin": ("googlebot", "Googlebot-Image/1.0", "/search", ""),
    "everything": ("gptbot", "GPTBot/1.1", "/shoes", ""),
    "by an escape that says the same": ("", CHROME, "/%63art", ""),
}
ALLOWED = {
    "what nobody speaks of": ("", CHROME, "/shoes", ""),
    "a longer rule": ("", CHROME, "/cart/help", ""),
    "a path that goes on after its end": ("", CHROME, "/b.pdf.html", ""),
    "the rules of others": ("googlebot", "Googlebot/2.1", "/cart", ""),
    "a word within a word": ("xgptbotx", "xgptbotx/1.0", "/shoes", ""),
    "the way in": ("gptbot", "GPTBot/1.1", "/", ""),
    "robots.txt itself": ("gptbot", "GPTBot/1.1", "/robots.txt", ""),
    "who heeds no star": ("adsbot-google", "AdsBot-Google (+http://www.google.com/adsbot.html)", "/cart", ""),
}


@pytest.mark.parametrize("asked", FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbids(asked):
    assert FILE.forbids(*asked)


@pytest.mark.parametrize("asked", ALLOWED.values(), ids=ALLOWED)
def test_allows(asked):
    assert not FILE.forbids(*asked)


@given(st.text(alphabet="aU-sergntdilow:*/#$ \r\n\ufeffé", max_size=200), st.text(max_size=30))
@settings(deadline=None)
def test_nothing_that_stands_in_a_file_or_a_path_raises(text, path):
    RobotsFile(text).forbids("x", "x/1", "/" + path, path)


HOSTILE = {
    "many stars": ("/" + "*a" * 40 + "*b", "/" + "a" * 8000),
    "a query that almost fits": ("/*?*sort=*&*x$", "/" + "?sort=&" * 1100),
    "one star": ("/*" + "ab" * 50 + "$", "/" + "ab" * 4000 + "c"),
}


@pytest.mark.parametrize(("pattern", "path"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_path_costs_its_length(pattern, path):
    file = RobotsFile(f"User-agent: *\nDisallow: {pattern}\n")
    started = perf_counter()
    for number in range(20):
        file.forbids("", "x", f"{path}{number}")

    assert perf_counter() - started < 1.0


def test_a_file_of_any_size_is_read_up_to_a_limit():
    text = "User-agent: *\n" + "Disallow: /x\n" * 200_000 + "Disallow: /late\n"
    started = perf_counter()
    file = RobotsFile(text)

    assert (file.forbids("", "x", "/x"), file.forbids("", "x", "/late")) == (True, False)
    assert len(text) > MAX_CHARACTERS
    assert perf_counter() - started < 5.0
