"""What workers tell of their models adds up: bundles in force, refusals, agreement, drift."""

import pytest

from detectors.model.drift import stability_index
from proxy.admin.exposition import exposition
from proxy.admin.model_figures import MIN_SAMPLES, drift_of
from proxy.admin.totals import Totals
from tests.proxy.admin.test_counters import an_export, sample

SHARES = [0.5, 0.5]


def told(sha256: str, counts: list[int], feature: str = "pages") -> dict:
    return {"sha256": sha256, "features": [[feature, SHARES, counts]]}


DRIFT = {
    "nobody tells": ([], {}),
    "too few samples": ([told("a", [MIN_SAMPLES - 1, 0])], {}),
    "as in the training": ([told("a", [MIN_SAMPLES, MIN_SAMPLES])], {"pages": 0.0}),
    "enough in two workers together": (
        [told("a", [300, 100]), told("a", [300, 300])],
        {"pages": stability_index(SHARES, [0.6, 0.4])},
    ),
    "of the bundle that most workers have": (
        [told("old", [9000, 0]), told("new", [300, 300]), told("new", [300, 300])],
        {"pages": 0.0},
    ),
    "a feature with samples and one without": (
        [told("a", [300, 300]), told("a", [1, 1], "other")],
        {"pages": 0.0},
    ),
}


@pytest.mark.parametrize(("workers", "drift"), DRIFT.values(), ids=DRIFT)
def test_drift_is_told_of_all_workers_together(workers, drift):
    assert drift_of(workers) == drift


def test_all_of_it_is_told_in_prometheus_text():
    totals = Totals()
    common = {
        "models": [["champion", "v2", "ab" * 6]],
        "models_refused": [["champion", 1]],
        "models_agreement": [["risk", "challenger", 3]],
        "drift": told("a", [600, 0]),
    }
    totals.take([an_export("a.1", 1, **common), an_export("b.2", 1, **common)])
    text = exposition(totals, "0.1.0", 2)

    assert sample(text, "stile_model_workers", role="champion", version="v2", sha256="ab" * 6) == 2
    assert sample(text, "stile_model_refused_total", role="champion") == 2
    assert sample(text, "stile_model_agreement_total", by="risk", above="challenger") == 6
    assert sample(text, "stile_model_drift", feature="pages") > 1.0


def test_refusals_of_a_dead_worker_stay_counted():
    totals = Totals()
    totals.take([an_export("a.1", 1, models_refused=[["champion", 1]])])
    totals.take([an_export("a.2", 1)])

    assert sample(exposition(totals, "0.1.0", 1), "stile_model_refused_total", role="champion") == 1


def test_a_refused_bundle_is_told_and_does_not_make_the_node_unready(admin, ask):
    for worker in admin.workers.workers:
        object.__setattr__(worker.state, "model_fault", "champion /m.json: no JSON")
    answer = ask("GET", "/readyz")

    assert (answer.status_code, answer.json()["model"]) == (200, "champion /m.json: no JSON")


def test_without_a_fault_all_is_well(ask):
    assert ask("GET", "/readyz").json()["model"] == "ok"


def test_a_refused_bundle_stands_on_the_page(admin, browser):
    object.__setattr__(admin.workers.workers[0].state, "model_fault", "champion /m.json: no <JSON>")

    assert "/m.json: no &lt;JSON&gt;" in browser("GET", "/").text
