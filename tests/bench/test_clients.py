"""First requests, on a smaller sample: few people are challenged, and all plain tools."""

import shutil

import pytest

from analysis.wilson import wilson
from bench.clients import entropy
from bench.clients.course import chromium, in_all, people, tools
from bench.clients.flood import flood
from bench.clients.judged import Share, shipped_policy
from bench.clients.people import SIGNATURES
from detectors.behaviour.crowd import Crowd
from detectors.inspection import MAX_SIGHTINGS, Inspector
from proxy.state.table import ClientTable
from tests.support.programs import needs

pytestmark = pytest.mark.skipif(not SIGNATURES.exists(), reason="the header sets of ../shared are not here")
ROWS = ("all drawn", "recorded")


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return shipped_policy(tmp_path_factory.mktemp("policy"))


def test_at_most_one_person_in_a_thousand_is_challenged_on_the_first_request(policy):
    shares = people(policy, 4000)

    rates = {row: share.rate for row, share in shares.items() if row[0] in ROWS}
    assert len(rates) == 5
    assert max(rates.values()) <= 0.001, rates


def test_versions_that_nothing_was_learnt_from_pass(policy):
    shares = people(policy, 2000)

    new = [share for (_, how), share in shares.items() if "newest" in how]
    assert sum(share.all for share in new) > 500
    assert sum(share.asked for share in new) / sum(share.all for share in new) <= 0.001


def test_tools_are_challenged_as_they_come_and_lightly_disguised(policy):
    names = [name for name in ("curl", "wget", "go", "node") if shutil.which(name)]
    shares, absent = tools(policy, 1, [*names, "requests", "aiohttp", "scrapy"])

    totals = {row: share.rate for row, share in in_all(shares).items() if "Safari" not in row[1]}
    assert absent == {}
    assert len(totals) == 2
    assert min(totals.values()) >= 0.99, totals


def test_so_are_disguised_tools_that_nothing_was_tuned_on(policy):
    names = [name for name in ("perl", "node http.get") if shutil.which(name.split(maxsplit=1)[0])]
    shares, absent = tools(policy, 1, [*names, "urllib3", "http.client"])

    rates = [share.rate for (_, how), share in in_all(shares).items() if "Chrome" in how]
    assert absent == {}
    assert len(rates) == 1
    assert min(rates) >= 0.99, rates


@pytest.mark.browser
@needs("chromium")
def test_headless_chromium_is_challenged_but_for_a_copied_user_agent_on_plain_http(policy):
    shares, _ = chromium(policy)

    rates = {how: share.rate for (_, how), share in shares.items() if "without the word" not in how}
    assert rates == {
        "as it comes, https": 1.0, "as it comes, http": 1.0,
        "copied user agent, https": 1.0, "copied user agent, http": 0.0,
    }  # fmt: skip


def test_the_interval_is_wilsons():
    """Values of R. G. Newcombe, Statistics in Medicine 17, 1998, table I."""
    assert [round(bound, 4) for bound in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(bound, 4) for bound in wilson(0, 20)] == [0.0, 0.1611]
    assert Share().interval == (0.0, 1.0)


def test_a_flood_of_fingerprints_fills_no_memory():
    rows = flood(20_000, Inspector({}), ClientTable(2000, Crowd.wake))

    assert max(kept for _, _, kept, _ in rows) <= MAX_SIGHTINGS
    assert max(crowds for *_, crowds in rows) <= 2000


def test_a_fingerprint_tells_the_family_and_next_to_nothing_of_the_person():
    facts = entropy.measure(3000)

    assert facts["told_family"] > 0.95 * facts["family"]
    assert facts["shared_by_families"] < 0.02
    assert facts["bits"] < 3.0


def test_no_tool_writes_as_a_visitor_does():
    shared = entropy.tools_like_people(1000)

    assert max(shared.values()) == 0
