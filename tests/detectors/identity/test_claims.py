"""A name is a claim; the address proves it, contradicts it, or says nothing."""

import pytest

from detectors.evidence import Evidence
from detectors.identity.automation_tool import AutomationTool
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.identity.declared_bot import DeclaredBot
from detectors.identity.ranges import ranges_of
from detectors.identity.spoofed_bot import SpoofedBot
from detectors.inspection import Inspector
from tests.support import header_sets as sets

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
RANGES = {
    "googlebot": ranges_of(["66.249.64.0/19", "2001:4860:4801:10::/64"], published=True),
    "internet-archive": ranges_of(["207.241.224.0/20"], published=False),
}
CASES = {
    "inside": (GOOGLEBOT, "66.249.66.1", BotStatus.VERIFIED),
    "inside, ipv6": (GOOGLEBOT, "2001:4860:4801:10::5", BotStatus.VERIFIED),
    "outside": (GOOGLEBOT, "203.0.113.7", BotStatus.SPOOFED),
    "no address": (GOOGLEBOT, "unknown", BotStatus.UNVERIFIED),
    "inside unpublished": ("archive.org_bot", "207.241.225.1", BotStatus.VERIFIED),
    "outside unpublished": ("archive.org_bot", "203.0.113.7", BotStatus.UNVERIFIED),
    "no ranges known": ("AhrefsBot/7.0", "203.0.113.7", BotStatus.UNVERIFIED),
    "a special crawler has other ranges": ("AdsBot-Google", "203.0.113.7", BotStatus.UNVERIFIED),
    "nobody": (sets.CHROME_WINDOWS_UA.decode(), "66.249.66.1", BotStatus.NONE),
}


@pytest.mark.parametrize(("user_agent", "address", "status"), CASES.values(), ids=CASES)
def test_the_address_completes_the_claim(user_agent, address, status):
    inspector = Inspector({}, ranges=RANGES)
    sighting = inspector.sighting(sets.sent(((b"User-Agent", user_agent.encode()),)))

    claim = inspector.claim(sighting, address)

    assert claim.status is status


def test_one_bot_at_two_addresses_is_judged_twice():
    inspector = Inspector({}, ranges=RANGES)
    sighting = inspector.sighting(sets.sent(((b"User-Agent", GOOGLEBOT.encode()),)))

    statuses = [inspector.claim(sighting, address).status for address in ("66.249.66.1", "203.0.113.7") * 2]

    assert statuses == [BotStatus.VERIFIED, BotStatus.SPOOFED] * 2


def test_a_spoofed_name_is_evidence():
    claim = BotClaim("googlebot", "search", BotStatus.SPOOFED, "range")

    assert SpoofedBot(6.0).inspect(claim) == Evidence(
        "spoofed_bot", 6.0, "claims to be googlebot from a foreign address"
    )


@pytest.mark.parametrize("status", [BotStatus.VERIFIED, BotStatus.UNVERIFIED, BotStatus.NONE])
def test_no_other_status_is(status):
    assert SpoofedBot(6.0).inspect(BotClaim("googlebot", "search", status, "")) is None


def test_nobody_costs_nothing():
    assert Inspector({}).identity(NO_CLAIM) == []


def test_a_declared_bot_is_taken_at_its_word():
    reading = sets.reading(((b"User-Agent", GOOGLEBOT.encode()),))

    assert DeclaredBot(6.0).inspect(reading) == Evidence("declared_bot", 6.0, "declares to be googlebot")


def test_a_tool_is_taken_at_its_word():
    reading = sets.reading(((b"User-Agent", b"curl/8.14.1"),))

    assert AutomationTool(6.0).inspect(reading) == Evidence("automation_tool", 6.0, "declares curl")


@pytest.mark.parametrize("user_agent", [b"curl/8.14.1", sets.IPHONE_UA, b""])
def test_a_tool_or_a_browser_is_no_declared_bot(user_agent):
    assert DeclaredBot(6.0).inspect(sets.reading(((b"User-Agent", user_agent),))) is None


@pytest.mark.parametrize("user_agent", [b"Googlebot/2.1", sets.IPHONE_UA, b"okhttp/4.12.0"])
def test_a_bot_an_app_or_a_browser_is_no_tool(user_agent):
    assert AutomationTool(6.0).inspect(sets.reading(((b"User-Agent", user_agent),))) is None
