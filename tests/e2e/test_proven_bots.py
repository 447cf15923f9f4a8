"""A bot that signs, or comes from a published address, is known through a whole gateway; others are not."""

import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from detectors.identity.ranges import Listing
from proxy.verify.key_directory import Key
from proxy.verify.published import FILE, Directory, Published, write_published
from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.shop import Shop
from tests.support.signing import SigningBot

BOT = SigningBot()
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.1; +https://openai.com/gptbot)"
CHANGES: dict[str, Any] = {
    "trusted_proxies": ["127.0.0.1"],
    "bots": {
        "ranges": {"refresh": None},
        "dns": {"enabled": False},
        "signatures": {"agents": {"bot.example.org": {"name": "acme-agent", "category": "ai-assistant"}}},
    },
}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """One whose node has fetched a list and a directory already."""
    (tmp_path / "state").mkdir(mode=0o700)
    now = time.time()
    lists = {"gptbot": Listing(("8.8.4.0/24",), True, now)}
    directories = {"bot.example.org": Directory((Key(BOT.x, 0.0, float("inf")),), now)}
    write_published(tmp_path / "state" / FILE, Published(lists, directories, {}))
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, CHANGES) as running:
        yield running


def ask(gateway: Gateway, address: str, user_agent: str, fields: dict[bytes, bytes] | None = None) -> None:
    line = HTTPConnection("127.0.0.1", gateway.port, timeout=5)
    line.putrequest("GET", "/", skip_host=True, skip_accept_encoding=True)
    for name, content in {
        "Host": "shop.example.com",
        "X-Forwarded-For": address,
        "User-Agent": user_agent,
    }.items():
        line.putheader(name, content)
    for name, content in (fields or {}).items():
        line.putheader(name.decode(), content.decode())
    line.endheaders()
    line.getresponse().read()
    line.close()


def told(gateway: Gateway, count: int) -> list[tuple[str, str, str, str]]:
    """What the last events say of bots: name, category, status and method."""
    bots = [event["stile"].get("bot", {}) for event in gateway.events_within(count)[-count:]]
    return [
        (each.get("claimed", ""), each.get("category", ""), each.get("status", ""), each.get("method", ""))
        for each in bots
    ]


def metrics(gateway: Gateway) -> str:
    line = HTTPConnection("127.0.0.1", gateway.admin_port, timeout=5)
    token = (gateway.folder / "state/admin.token").read_text("utf-8").strip()
    line.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    text = line.getresponse().read().decode()
    line.close()
    return text


def test_a_bot_is_known_by_its_signature_once_and_by_its_address(gateway: Gateway) -> None:
    fields = BOT.headers(time.time(), nonce="b25jZQ==")
    ask(gateway, "8.8.9.1", BROWSER, fields)
    ask(gateway, "8.8.9.2", BROWSER, fields)  # replayed
    ask(gateway, "8.8.9.3", BROWSER, SigningBot().headers(time.time(), key_id=BOT.id))  # forged
    ask(gateway, "8.8.4.9", GPTBOT)
    ask(gateway, "8.8.9.9", GPTBOT)

    assert told(gateway, 5) == [
        ("acme-agent", "ai-assistant", "verified", "signature"),
        ("", "", "", ""),
        ("", "", "", ""),
        ("gptbot", "ai-training", "verified", "range"),
        ("gptbot", "ai-training", "spoofed", "range"),
    ]
    assert wait_until(
        lambda: 'stile_bot_lookups_total{method="signature",outcome="refused"} 2.0' in metrics(gateway)
    )
    text = metrics(gateway)
    assert 'stile_bot_requests_total{method="signature",status="verified"} 1.0' in text
    assert 'stile_bot_list_age_seconds{bot="gptbot"}' in text


def test_who_sends_nothing_but_broken_signatures_is_looked_at_no_more(gateway: Gateway) -> None:
    for _ in range(40):
        ask(gateway, "8.8.9.4", BROWSER, {b"Signature-Input": b"sig1=((", b"Signature": b"x"})
    ask(gateway, "8.8.9.5", BROWSER, BOT.headers(time.time(), nonce="YW5vdGhlcg=="))

    assert told(gateway, 41)[-1] == ("acme-agent", "ai-assistant", "verified", "signature")
    assert 'stile_bot_lookups_total{method="signature",outcome="dropped"} 10.0' in metrics(gateway)
