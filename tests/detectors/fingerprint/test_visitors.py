"""Measured on header sets and user agents of real visitors: how many people would be asked."""

import gzip
import json
import re
from pathlib import Path

import pytest

from detectors.evidence import risk_of
from detectors.inspection import Inspector
from tests.support import header_sets as sets
from tests.support.header_network import FOLDER, plain, visitors

USER_AGENTS = Path(FOLDER).parent / "user_agents/intoli_user-agents_2.1.198.json.gz"
GENERATED = re.compile(rb"Chrome/(?:39|4\d|5\d|60)\.0\.\d")
PRIOR = -3.0
ELEVATED, ASKED = 40.0, 70.0

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the header networks of ../shared are not here")


def shares(headers, scheme):
    """The shares above `ELEVATED` and from `ASKED` on."""
    inspector = Inspector({})
    sightings = [inspector.sighting(sets.sent(each, scheme=scheme)) for each in headers]
    risks = [risk_of(PRIOR + sighting.log_odds) for sighting in sightings]
    return sum(risk > ELEVATED for risk in risks) / len(risks), sum(risk >= ASKED for risk in risks) / len(
        risks
    )


def test_of_visitors_on_https_fewer_than_5_in_1000_look_odd_and_2_in_1000_are_asked():
    elevated, asked = shares(visitors(5000, seed=7), "https")

    assert (elevated <= 0.005, asked <= 0.002) == (True, True), (elevated, asked)


def test_of_visitors_on_plain_http_fewer_than_2_in_1000_look_odd():
    elevated, asked = shares(map(plain, visitors(5000, seed=7)), "http")

    assert (elevated <= 0.002, asked <= 0.002) == (True, True), (elevated, asked)


def test_of_10000_user_agents_only_those_that_no_browser_has_are_asked():
    """6 % of the list are generated: Chrome 39 to 60 on four phones, with builds drawn by lot."""
    agents = [entry["userAgent"].encode() for entry in json.loads(gzip.decompress(USER_AGENTS.read_bytes()))]
    possible = [agent for agent in agents if not GENERATED.search(agent)]

    elevated, asked = shares(map(page_load, possible), "http")

    assert (elevated, asked) == (0.0, 0.0)


def page_load(agent):
    """The page load that the named browser would send on plain http."""
    if b"Chrome/" in agent:
        return sets.chromium_on_http(agent)
    return sets.firefox(agent, secure=False) if b"Firefox/" in agent else sets.safari(agent, secure=False)
