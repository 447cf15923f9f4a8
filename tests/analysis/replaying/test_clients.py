"""Clients count once each, in bounded memory."""

from dataclasses import replace

import pytest

from analysis.records import Record
from analysis.replaying.clients import Clients, two_digits
from analysis.replaying.report import Report
from config.decision import Action, Band, Decision, Mode
from detectors.behaviour.client import Client
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.visit import Visit
from tests.support.requests import a_request

NOW = 1_790_000_000.0
FINE = Decision(
    Action.ALLOW, Action.ALLOW, Mode.ENFORCE, "", "", "", "", 20.0, Band.LOW, (), NO_CLAIM, "0123456789ab"
)
ASKED = replace(FINE, would_action=Action.CHALLENGE)
SUSPECT = replace(ASKED, band=Band.HIGH)
BOT = replace(FINE, bot=BotClaim("Googlebot", "search", BotStatus.VERIFIED, "range"))


def found(*decisions: Decision, account: str = "", route: str = "") -> Report:
    """What one session's decisions, a minute apart, are counted as."""
    clients, report, session = Clients(100), Report(), Client("site/s=1", NOW)
    for number, decision in enumerate(decisions):
        request = a_request(arrived=NOW + 60 * number, route=route)
        record = Record(request, 200, 0, account=account)
        clients.mark(report, record, Visit(request, session, session), decision, None)
    clients.count(report)
    return report


WHO = {
    "people": ((FINE, ASKED), "", "", {"all", "people"}),
    "suspects": ((FINE, SUSPECT), "", "", {"all"}),
    "suspects who are logged in": ((SUSPECT,), "89abcdef", "", {"all", "people", "logged_in"}),
    "buyers": ((FINE,), "", "checkout", {"all", "people", "purchasing"}),
    "bots": ((BOT,), "", "", {"all", "verified_bots"}),
}


@pytest.mark.parametrize(("decisions", "account", "route", "groups"), WHO.values(), ids=WHO)
def test_who_somebody_is(decisions: tuple[Decision, ...], account: str, route: str, groups: set[str]) -> None:
    report = found(*decisions, account=account, route=route)

    assert set(report.population) == groups


def test_a_client_counts_once_for_what_was_done_often() -> None:
    tally = found(FINE, ASKED, ASKED, FINE, ASKED).before

    assert {action: count for (who, action), count in tally.clients.items() if who == "people"} == {
        "allow": 1,
        "challenge": 1,
        "hit": 1,
    }


def test_the_first_action_is_timed() -> None:
    assert found(FINE, FINE, FINE, ASKED, ASKED).before.delays == {180: 1}


@pytest.mark.parametrize(("seconds", "kept"), [(0.9, 0), (99.9, 99), (123.0, 120), (98_765.0, 98_000)])
def test_delays_keep_two_digits(seconds: float, kept: int) -> None:
    assert two_digits(seconds) == kept


def test_a_crowd_of_clients_becomes_a_sample_that_tells_nearly_the_same() -> None:
    clients, report, request = Clients(1_000), Report(), a_request(arrived=NOW)
    for number in range(20_000):
        session = Client(f"site/s={number}", NOW)
        decision = FINE if number % 4 else ASKED
        clients.mark(report, Record(request, 200, 0), Visit(request, session, session), decision, None)
    clients.count(report)
    whole, hit = report.population["all"], report.before.clients["all", "challenge"]

    assert (report.halvings >= 5, abs(whole - 20_000) < 3_000, abs(hit / whole - 0.25) < 0.06) == (True,) * 3
