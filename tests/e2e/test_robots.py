"""robots.txt through a whole gateway: always answered, merged, and held against those whom it binds."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.plain_shop import PlainShop, ask
from tests.support.processes import wait_until

SHOP = "User-agent: *\nDisallow: /cart\nSitemap: https://shop.example.com/s.xml\n"
CHROME = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "none",
}
GPTBOT = {"User-Agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"}
CURL = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0"}
MONITOR = {"sites": None}


def a_gateway(folder: Path, shop: PlainShop, robots: dict[str, Any], **changes: Any) -> Gateway:
    sites = [{"name": "shop", "hosts": ["*"], "upstreams": [shop.url], "mode": "monitor"}]
    upstream_limits = {"connect_timeout": "1s", "first_byte_timeout": "2s"}
    document = {"robots": robots, "sites": sites, "upstream_limits": upstream_limits, **changes}
    return Gateway(folder, shop.url, document)


def disallowed_of(gateway: Gateway, path: str) -> list[bool]:
    """Of every request for `path`, whether its event says that it was forbidden."""
    return ["disallowed" in event["stile"] for event in gateway.events() if event["url"]["path"] == path]


def asked_for(gateway: Gateway, path: str, headers: dict[str, str]) -> bool:
    """Whether a further request for `path` counts as forbidden."""
    count = len(disallowed_of(gateway, path))
    ask(gateway.url + path, headers)
    wait_until(lambda: len(disallowed_of(gateway, path)) > count, 5.0)
    return disallowed_of(gateway, path)[-1]


def test_a_managed_file_holds_the_shop_s_rules_and_ours(tmp_path):
    with (
        PlainShop(SHOP) as shop,
        a_gateway(tmp_path, shop, {"mode": "managed", "disallow": ["/internal/"], "trap": True}) as gateway,
    ):
        status, headers, body = ask(gateway.url + "/robots.txt", GPTBOT)

    lines = body.decode().splitlines()
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert {*SHOP.splitlines(), "Disallow: /internal/", "User-agent: GPTBot", "Disallow: /"} <= {*lines}
    assert "gptbot" in body.decode().lower()


BROKEN_FILES = {
    "there is none": (None, "text/plain"),
    "it is a page": ("<!doctype html><html>User-agent: x</html>", "text/html"),
    "it is nonsense": ("\x01\x02:::\nuser-agent\n" * 50, "text/plain"),
}


@pytest.mark.parametrize(("robots", "kind"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_managed_file_is_served_where_the_shop_s_is_of_no_use(tmp_path, robots, kind):
    with PlainShop(robots) as shop, a_gateway(tmp_path, shop, {"mode": "managed"}) as gateway:
        shop.robots_type = kind
        status, _, body = ask(gateway.url + "/robots.txt")

    assert (
        status,
        "doctype" in body.decode(),
        "User-agent: ClaudeBot" in body.decode() or b"laude" in body,
    ) == (200, False, True)


@pytest.mark.parametrize("mode", ["pass", "managed"])
def test_it_is_answered_while_the_storefront_does_not(tmp_path, mode):
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": mode}) as gateway:
        shop.broken = True
        status, headers, body = ask(gateway.url + "/robots.txt", GPTBOT)

    assert (status, headers["cache-control"]) == (200, "public, max-age=60")
    assert b"User-agent:" in body


def test_a_passed_file_is_the_storefront_s_own(tmp_path):
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": "pass"}) as gateway:
        assert ask(gateway.url + "/robots.txt")[2].decode() == SHOP


@pytest.mark.parametrize("mode", ["pass", "managed"])
def test_a_declared_bot_is_held_to_the_file_and_a_person_never(tmp_path, mode):
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": mode, "refresh": "10s"}) as gateway:
        ask(gateway.url + "/robots.txt", GPTBOT)
        wait_until(lambda: asked_for(gateway, "/cart", GPTBOT), 5.0)
        said = [asked_for(gateway, "/cart", headers) for headers in (GPTBOT, CHROME, CURL)]

    assert said == [True, False, False]


def test_who_reads_the_file_is_held_to_it_and_who_opens_it_in_a_browser_is_not(tmp_path):
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": "managed"}) as gateway:
        for headers in (CHROME, CURL):
            ask(gateway.url + "/robots.txt", headers)
        said = [asked_for(gateway, path, headers) for headers in (CHROME, CURL) for path in ("/cart", "/a")]

    assert said == [False, False, True, False]


def test_a_client_is_held_to_the_version_that_it_was_given(tmp_path):
    with (
        PlainShop("User-agent: *\nDisallow: /old\n") as shop,
        a_gateway(tmp_path, shop, {"mode": "managed", "refresh": "10s"}) as gateway,
    ):
        early, late, unread = CURL, {"User-Agent": "another/1.0"}, {"User-Agent": "examplebot/1.0"}
        ask(gateway.url + "/robots.txt", early)
        shop.robots = "User-agent: *\nDisallow: /new\n"
        wait_until(lambda: b"/new" in ask(gateway.url + "/robots.txt", late)[2], 20.0)
        said = {
            name: [asked_for(gateway, path, headers) for path in ("/old", "/new")]
            for name, headers in (("early", early), ("late", late), ("unread", unread))
        }

    assert said == {"early": [True, False], "late": [False, True], "unread": [False, False]}


def test_a_rule_can_ask_and_the_count_is_there(tmp_path):
    policy = {
        "rules": [
            {
                "name": "forbidden",
                "when": "request.disallowed && client.count('disallowed') > 1.0",
                "action": "block",
            }
        ]
    }
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": "managed"}, policy=policy) as gateway:
        ask(gateway.url + "/robots.txt", CURL)
        for _ in range(2):
            asked_for(gateway, "/cart", CURL)
        events = [event for event in gateway.events() if event["url"]["path"] == "/cart"]

    assert [event["rule"].get("name") == "forbidden" for event in events] == [False, True]
    assert "robots_violation" in [item["id"] for item in events[0]["stile"]["evidence"]]


def test_the_trap_is_found_in_the_file_alone_and_whoever_goes_there_is_caught(tmp_path):
    with PlainShop(SHOP) as shop, a_gateway(tmp_path, shop, {"mode": "managed", "trap": True}) as gateway:
        body = ask(gateway.url + "/robots.txt", CURL)[2].decode()
        trap = next(
            line.split()[1]
            for line in body.splitlines()
            if line.startswith("Disallow: /") and len(line) == 24
        )
        asked_for(gateway, trap, CURL)
        event = next(event for event in gateway.events() if event["url"]["path"] == trap)

    assert event["stile"]["route"] == "trap"
    assert "honeypot" in [item["id"] for item in event["stile"]["evidence"]]
