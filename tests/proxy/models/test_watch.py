"""Agreement of two models is counted, and every so many pages one goes into the tally of drift."""

from dataclasses import replace
from timeit import repeat

import pytest

from config.decision import Band
from config.policy import Models, Policy, Seat
from detectors.behaviour.features import FEATURES
from detectors.evidence import Evidence
from detectors.model.bundle import load_model
from detectors.model.opinion import Opinion
from proxy.models.watch import SAMPLE_EVERY, Watch
from tests.support.bundles import sealed
from tests.support.events import AModel, a_decision, a_visit
from tests.support.policies import a_policy

SUMMARY = {"summary": {"pages": {"cuts": [1.0, 2.0], "shares": [0.5, 0.25, 0.25]}, "unheard": {}}}
VISIT = a_visit()
NOW = VISIT.request.arrived


def a_seated(**training) -> Policy:
    """A policy whose model was trained so."""
    return replace(a_policy(), seat=Seat(Models(load_model(sealed(training=training)))))


def noted(policy: Policy, times: int, watch: Watch | None = None) -> Watch:
    """So many pages by a model alone."""
    watch = watch or Watch()
    decision = a_decision(model=policy.model)
    for _ in range(times):
        watch.note(VISIT, decision, policy)
    return watch


# prior -3, line 70 of 100: +0.85, so a margin of 3.9 stands above it and one of 3.8 does not
AGREEMENT = {
    "both below": (0.0, 0.0, 0.0, {("margin", "neither"), ("risk", "neither")}),
    "both above": (3.9, 3.9, 0.0, {("margin", "both"), ("risk", "both")}),
    "the challenger alone": (3.8, 3.9, 0.0, {("margin", "challenger"), ("risk", "challenger")}),
    "the champion alone": (3.9, 3.8, 0.0, {("margin", "champion"), ("risk", "champion")}),
    "other evidence decides for both": (0.0, 0.5, 5.0, {("margin", "neither"), ("risk", "both")}),
    "other evidence lifts one of them": (1.0, 2.0, 2.0, {("margin", "neither"), ("risk", "challenger")}),
}


@pytest.mark.parametrize(("margin", "other", "rest", "counted"), AGREEMENT.values(), ids=AGREEMENT)
def test_counts_who_would_stand_above_the_line(margin, other, rest, counted):
    policy, watch = a_policy(), Watch()
    evidence = (Evidence("model", margin, ""), Evidence("odd", rest, ""))
    band = Band.HIGH if policy.prior + margin + rest > 0.85 else Band.LOW
    opinion = Opinion(AModel(), other)

    watch.note(VISIT, a_decision(margin=margin, evidence=evidence, band=band, challenger=opinion), policy)

    assert {(by, above) for by, above, _ in watch.export(NOW)["models_agreement"]} == counted


def test_compares_margins_alone_where_no_risk_was_computed():
    watch = Watch()

    watch.note(VISIT, a_decision(risk=None, band=None, challenger=Opinion(AModel(), 0.0)), a_policy())

    assert watch.export(NOW)["models_agreement"] == [["margin", "neither", 1]]


def test_one_page_of_many_is_sampled():
    watch = noted(a_seated(**SUMMARY), 3 * SAMPLE_EVERY + 1)

    assert watch.export(NOW)["drift"]["features"] == [["pages", [0.5, 0.25, 0.25], [3, 0, 0]]]


@pytest.mark.parametrize("training", [{}, {"summary": {}}, {"summary": "none"}])
def test_a_model_without_a_summary_tells_no_drift(training):
    assert "drift" not in noted(a_seated(**training), SAMPLE_EVERY).export(NOW)


def test_another_model_begins_anew():
    first, second = a_seated(**SUMMARY), a_seated(**SUMMARY, note="second")
    watch = noted(first, SAMPLE_EVERY)
    noted(second, SAMPLE_EVERY, watch)

    told = watch.export(NOW)["drift"]
    assert (told["sha256"], told["features"][0][2]) == (second.model.sha256, [1, 0, 0])


def test_a_page_that_another_model_judged_is_not_counted():
    watch, policy = Watch(), a_seated(**SUMMARY)
    for _ in range(SAMPLE_EVERY):
        watch.note(VISIT, a_decision(), policy)

    assert "drift" not in watch.export(NOW)


def test_a_figure_that_fails_fails_no_request():
    policy, watch = a_seated(**SUMMARY), Watch()
    broken = replace(VISIT, session=None)

    for _ in range(2 * SAMPLE_EVERY):
        watch.note(broken, a_decision(model=policy.model), policy)

    assert "drift" not in watch.export(NOW)


def test_noting_costs_little():
    """The bound is five times what was measured, for machines that have other work."""
    whole = {name: {"cuts": [float(n) for n in range(9)], "shares": [0.1] * 10} for name in FEATURES}
    policy, watch = a_seated(summary=whole), Watch()
    decision = a_decision(model=policy.model)

    took_s = min(repeat(lambda: watch.note(VISIT, decision, policy), number=24_000, repeat=5)) / 24_000

    assert took_s < 2.5e-6
