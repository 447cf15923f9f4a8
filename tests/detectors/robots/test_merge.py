"""The shop's robots.txt and ours become one, in which every crawler finds both."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from detectors.robots.agents import agents_of
from detectors.robots.merge import merged
from detectors.robots.robots_file import RobotsFile

SHOP = """\
User-agent: *
Disallow: /cart
Sitemap: https://shop.example.com/sitemap.xml

User-agent: Googlebot
User-agent: Bingbot
Crawl-delay: 2
Disallow: /beta

User-agent: CCBot
Allow: /
"""
OUT = merged(SHOP, ["/trap/"], ["CCBot", "GPTBot"])
AGENTS = ("Googlebot", "Bingbot", "CCBot", "Anybot")


@pytest.mark.parametrize("agent", AGENTS)
def test_every_crawler_is_kept_from_what_is_closed_to_all(agent):
    assert RobotsFile(OUT).forbids("", agent, "/trap/x")
    assert not Protego.parse(OUT).can_fetch("/trap/x", agent)


def test_the_shop_s_own_rules_and_lines_stand():
    said = [
        RobotsFile(OUT).forbids("", agent, path)
        for agent, path in (("Anybot", "/cart"), ("Bingbot", "/beta"))
    ]

    assert said == [True, True]
    assert {"Sitemap: https://shop.example.com/sitemap.xml", "Crawl-delay: 2"} <= set(OUT.splitlines())


def test_who_is_banned_stays_away_unless_the_shop_says_otherwise():
    file = RobotsFile(OUT)

    assert [file.forbids("", agent, "/shoes") for agent in ("GPTBot", "CCBot", "Anybot")] == [
        True,
        False,
        False,
    ]


NOTHING = {"nothing at all": ("", [], []), "an empty line": ("\n\n", [], [])}


@pytest.mark.parametrize(("shop", "everybody", "banned"), NOTHING.values(), ids=NOTHING)
def test_without_any_rule_everything_is_allowed(shop, everybody, banned):
    assert merged(shop, everybody, banned) == "User-agent: *\nDisallow:\n"


@given(st.text(alphabet=st.sampled_from("User-agent:*Disallow/ax\n #\r\t"), max_size=150))
@settings(deadline=None)
def test_whatever_the_shop_says_the_trap_is_closed_to_all(shop):
    assert RobotsFile(merged(shop, ["/trap/"], [])).forbids("", "whoever", "/trap/x")


def test_a_group_of_an_odd_form_is_closed_too():
    odd = merged("User-agent: A1\nCrawl-delay: 1\nUser-agent: B2\nDisallow: /x\n", ["/trap/"], [])

    assert [RobotsFile(odd).forbids("", agent, "/trap/x") for agent in ("A1", "B2", "other")] == [True] * 3


def test_many_groups_take_no_time():
    shop = "".join(f"User-agent: bot{number}\nDisallow: /x{number}\n\n" for number in range(5000))
    began = process_time()
    text = merged(shop, ["/trap/"], ["GPTBot"])

    assert process_time() - began < 1.0  # it took 4 s, and no request was answered meanwhile
    assert RobotsFile(text).forbids("", "bot4999", "/trap/x")


def test_training_crawlers_are_known_by_name():
    names = agents_of("ai-training")

    assert {"GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "Applebot-Extended"} <= {*names} | {
        name for name in ("GPTBot", "ClaudeBot", "CCBot") if name.lower() in {each.lower() for each in names}
    }
    assert not {"googlebot", "bingbot", "spider", "chatgpt-user"} & {name.lower() for name in names}
