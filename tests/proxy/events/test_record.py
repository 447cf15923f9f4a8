"""Every line that a recorder writes fits the schema and tells no secret."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from orjson import loads

from config.decision import Action, Band, Mode, Verdict
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim, BotStatus
from detectors.model.opinion import Opinion
from detectors.request import Network, Tls
from detectors.visit import Level
from proxy.events.fields import Privacy
from proxy.events.outcome import ChallengeOutcome, ChallengeStep, Refusal
from proxy.events.record import MAX_MODELS, Origin, Recorder, with_lost
from proxy.events.schema import event_schema
from tests.support.events import ID, ORIGIN, AModel, a_decision, a_line, a_visit, an_outcome
from tests.support.requests import CHROME, a_request

VALIDATOR = Draft202012Validator(event_schema(strict=True))

SECRETS = {
    "cookie": a_request(headers=(*CHROME, (b"Cookie", b"stile_clearance=S3CRET; sid=S3CRET"))),
    "authorization": a_request(headers=(*CHROME, (b"Authorization", b"Bearer S3CRET"))),
    "query": a_request(query="token=S3CRET&S3CRET"),
    "referrer": a_request(headers=(*CHROME, (b"Referer", b"https://a:S3CRET@b/?token=S3CRET#S3CRET"))),
    "path parameter": a_request("/cart;jsessionid=S3CRET"),
    "other headers": a_request(headers=(*CHROME, (b"X-Api-Key", b"S3CRET"))),
}

DECISIONS = {
    "refused": a_decision(action=Action.BLOCK, would_action=Action.BLOCK, band=Band.CERTAIN, risk=100.0),
    "monitored": a_decision(would_action=Action.BLOCK, mode=Mode.MONITOR),
    "nothing computed": a_decision(risk=None, band=None, evidence=(), margin=None, fingerprint="", reason=""),
    "a spoofed bot": a_decision(bot=BotClaim("Googlebot", "search", BotStatus.SPOOFED, "reverse DNS")),
    "more evidence than is shown": a_decision(evidence=tuple(Evidence(f"e{n}", 1.0, "x") for n in range(40))),
    "endless evidence": a_decision(evidence=(Evidence("e", float("inf"), "x"),), margin=float("nan")),
    "long words": a_decision(
        reason="é" * 9000, rule="r" * 9000, evidence=(Evidence("e", 1.0, "\udcff" * 900),)
    ),
    "a challenger": a_decision(challenger=Opinion(AModel("é" * 900, "cd" * 32), 4.0)),
    "a challenger that is no number": a_decision(challenger=Opinion(AModel(), float("nan"))),
    "failed detectors": a_decision(faults=tuple(f"detector {n}" for n in range(40))),
    "watched rules": a_decision(
        noted=tuple(Verdict(Action.BLOCK, "r" * 900, "operator", "", "x") for _ in range(40))
    ),
    "format signs": a_decision(reason="%s %d {0} {{", rule="100%"),
}

OUTCOMES = {
    "the client left": an_outcome(status=0, bytes_sent=0),
    "a solved challenge": an_outcome(challenge=ChallengeOutcome("c1", "pow", ChallengeStep.SOLVED, 812)),
    "an issued challenge": an_outcome(challenge=ChallengeOutcome("c1", "form", ChallengeStep.ISSUED)),
    "no store": an_outcome(degraded=True, faults=("upstream: connection refused",)),
    "an account": an_outcome(user="ab12"),
}

VISITS = {
    "over TLS": a_visit(
        replace(a_request(), tls=Tls("1.3", "shop.example.com", "t13d1516h2_8daaf6152771_b186095e22b6"))
    ),
    "over TLS without a name": a_visit(replace(a_request(), tls=Tls("", "", ""))),
    "known network": a_visit(
        replace(a_request(), network=Network("DE", 64500, "Exemple Télécom", "hosting"))
    ),
    "cleared": a_visit(clearance=Level.POW),
    "without headers": a_visit(a_request(headers=())),
    "a path of its own": a_visit(replace(a_request(), path="/\udcff\u202e'\"<\\" + "é" * 9000)),
}

REFUSALS = {
    "two hosts": Refusal(
        "two Host headers", "203.0.113.7", 1.79e9, "GET", b"/a?b=c", "shop", "http", "1.1", b"curl/8"
    ),
    "no head at all": Refusal("no request line", "2001:db8::1", 1.79e9),
    "nasty bytes": Refusal(
        "\udcff", "203.0.113.7", 1.79e9, "\udcff" * 99, b"\xff\x00?" * 3000, "\x85", "\xff", "9"
    ),
}


def problems(line: bytes) -> list[str]:
    """What the schema says against a line."""
    return [error.message for error in VALIDATOR.iter_errors(loads(line))]


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_every_decision_fits_the_schema(decision):
    assert problems(a_line(decision=decision)) == []


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_every_outcome_fits_the_schema(outcome):
    assert problems(a_line(outcome=outcome)) == []


@pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS)
def test_every_visit_fits_the_schema(visit):
    assert problems(a_line(visit=visit)) == []


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_fits_the_schema(refusal):
    line = Recorder(ORIGIN, Privacy()).refusal(ID, refusal, an_outcome(status=400))

    assert problems(line) == []


@given(
    path=st.binary(max_size=80).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    query=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=80),
    agent=st.binary(max_size=80),
    referrer=st.binary(max_size=80),
    words=st.text(st.characters(), max_size=80),
)
def test_no_bytes_of_a_client_spoil_a_line(path, query, agent, referrer, words):
    request = replace(
        a_request(),
        path=path,
        query=query,
        host=words,
        method=words,
        fields={b"user-agent": agent, b"referer": referrer},
    )
    line = a_line(visit=a_visit(request), decision=a_decision(reason=words, rule=words))

    assert (problems(line), line.count(b"\n"), line.isascii()) == ([], 1, True)


@pytest.mark.parametrize("request_", SECRETS.values(), ids=SECRETS)
def test_no_secret_is_written(request_):
    assert b"S3CRET" not in a_line(visit=a_visit(request_), privacy=Privacy())


def test_a_query_value_is_shown_where_the_operator_says_so():
    visit = a_visit(a_request(query="q=shoes&token=x"))
    event = loads(a_line(visit=visit, privacy=Privacy(query_values=frozenset({"q"}))))

    assert event["url"]["query"] == "q=shoes&token=<redacted>"


def test_an_address_is_hashed_where_the_operator_says_so():
    line = a_line(privacy=Privacy(hash_addresses=True, address_key=b"key"))

    assert (b"203.0.113.7" in line, problems(line)) == (False, [])


def test_an_event_says_what_was_decided_and_what_was_done():
    event = loads(a_line(decision=DECISIONS["monitored"]))

    assert (event["event"]["action"], event["stile"]["decision"]) == (
        "allow",
        {"mode": "monitor", "would_action": "block", "enforced": False},
    )


def test_evidence_is_strongest_first_and_at_most_ten():
    event = loads(a_line(decision=DECISIONS["more evidence than is shown"]))

    assert [item["id"] for item in event["stile"]["evidence"]] == [f"e{n}" for n in range(10)]


def test_evidence_that_looks_like_older_evidence_is_not_mistaken_for_it():
    recorder = Recorder(ORIGIN, Privacy())
    seen = []
    for weight in range(200):
        decision = a_decision(evidence=(Evidence("model", float(weight), f"reason {weight}"),))
        line = recorder.record(ID, a_visit(), decision, an_outcome())
        seen.append(loads(line)["stile"]["evidence"][0]["log_odds"])

    assert seen == [float(weight) for weight in range(200)]


def test_arrival_is_told_to_the_microsecond():
    event = loads(a_line(visit=a_visit(a_request(arrived=1_790_000_000.25))))

    assert event["@timestamp"] == "2026-09-21T14:13:20.250000Z"


def test_a_client_that_left_before_a_decision_was_not_blocked():
    refusal = Refusal("the client left before a decision", "203.0.113.7", 1.79e9)
    event = loads(Recorder(ORIGIN, Privacy()).refusal(ID, refusal, an_outcome(status=0)))

    assert (event["event"]["action"], event["rule"]["name"]) == ("allow", "client-left")


def test_a_malformed_request_is_a_block_without_a_risk():
    event = loads(Recorder(ORIGIN, Privacy()).refusal(ID, REFUSALS["two hosts"], an_outcome(status=400)))

    assert (event["event"]["action"], event["event"]["reason"], event["event"]["risk_score"]) == (
        "block",
        "malformed request: two Host headers",
        None,
    )


def test_lost_events_are_told_in_the_next_line():
    line = with_lost(a_line(), 7)

    assert (problems(line), loads(line)["stile"]["lost_events"]) == ([], 7)


def test_a_site_may_have_any_name():
    recorder = Recorder(Origin('%s"shop\udcff', "%d", "0", "p"), Privacy())

    assert problems(recorder.record(ID, a_visit(), a_decision(), an_outcome())) == []


def test_no_line_is_longer_than_a_reader_can_take():
    huge = a_request(
        "/" + "\U0001f600" * 99_999,
        query="\U0001f600=1&" * 9999,
        headers=((b"user-agent", b"\xff" * 99_999),),
    )

    assert len(a_line(visit=a_visit(huge))) < 64 * 1024


NEXT = AModel("next", "cd" * 32)
SAID = {"version": "2026-11", "sha256": "ab" * 6, "margin": 0.25}
MODELS = {
    "one model": (a_decision(), SAID),
    "a challenger": (
        a_decision(challenger=Opinion(NEXT, -1.5)),
        {**SAID, "challenger": {"version": "next", "sha256": "cd" * 6, "margin": -1.5}},
    ),
    "a challenger that is no number": (a_decision(challenger=Opinion(NEXT, float("inf"))), SAID),
}


@pytest.mark.parametrize(("decision", "said"), MODELS.values(), ids=MODELS)
def test_an_event_names_the_models_that_spoke(decision, said):
    assert loads(a_line(decision=decision))["stile"]["model"] == said


def test_one_recorder_names_each_model_by_its_own_name():
    recorder, versions = Recorder(ORIGIN, Privacy()), []
    for number in range(2 * MAX_MODELS):
        model = AModel(f"m{number}", f"{number:064x}")
        line = recorder.record(ID, a_visit(), a_decision(model=model), an_outcome())
        versions.append(loads(line)["stile"]["model"]["version"])

    assert versions == [f"m{number}" for number in range(2 * MAX_MODELS)]
    assert len(recorder._models) <= MAX_MODELS
