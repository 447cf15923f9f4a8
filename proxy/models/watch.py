"""What one worker notes about its models: would two of them agree, do sessions look as in the training?"""

from collections import Counter
from typing import Any

from config.decision import Band, Decision
from config.policy import Policy
from detectors.behaviour.features import features
from detectors.evidence import risk_of, total_log_odds
from detectors.model.bundle import Model
from detectors.model.drift import Tally, histograms
from detectors.visit import Visit
from proxy.logs import logger

SAMPLE_EVERY = 24  # pages that share the price of one sample, 5 µs
ABOVE = frozenset((Band.HIGH, Band.CERTAIN))  # where the shipped rules challenge
OUTCOMES = {
    (False, False): "neither",
    (True, True): "both",
    (True, False): "champion",
    (False, True): "challenger",
}


class Watch:
    """`agreement` counts by what was compared and who was above the line; `_tally` is of `_model` alone."""

    __slots__ = ("_left", "_model", "_tally", "agreement")

    def __init__(self) -> None:
        self.agreement: Counter[tuple[str, str]] = Counter()
        self._left = SAMPLE_EVERY
        self._model: Model | None = None
        self._tally: Tally | None = None

    def note(self, visit: Visit, decision: Decision, policy: Policy) -> None:
        """Note a decision in which the model spoke."""
        if decision.challenger is not None:
            self._compare(decision, policy)
        self._left -= 1
        if self._left == 0:
            self._left = SAMPLE_EVERY
            self._sample(visit, decision, policy)

    def export(self, now: float) -> dict[str, Any]:
        """What to tell the admin process, as JSON can say it."""
        told: dict[str, Any] = {"models_agreement": [[*key, count] for key, count in self.agreement.items()]}
        model, tally = self._model, self._tally
        if model is not None and tally is not None:
            told["drift"] = {
                "sha256": model.sha256,
                "features": [
                    [model.features[place], list(tally.bins[place].shares), counts]
                    for place, counts in tally.counts(now).items()
                ],
            }
        return told

    def _compare(self, decision: Decision, policy: Policy) -> None:
        """Margins alone above the prior, and in the company of all other evidence."""
        margin, said = decision.margin, decision.challenger
        assert margin is not None  # noqa: S101  asked by the callers
        assert said is not None  # noqa: S101
        prior = policy.prior
        alone = (_above(policy, prior + margin), _above(policy, prior + said.margin))
        self.agreement["margin", OUTCOMES[alone]] += 1
        if decision.risk is not None:
            rest = total_log_odds(prior, decision.evidence) - margin
            together = (decision.band in ABOVE, _above(policy, rest + said.margin))
            self.agreement["risk", OUTCOMES[together]] += 1

    def _sample(self, visit: Visit, decision: Decision, policy: Policy) -> None:
        model, now = policy.model, visit.request.arrived
        if model is None or model is not decision.model:
            return  # replaced while this request was judged
        try:
            if model is not self._model:
                self._model = model
                bins = histograms(model.training, model.features)
                self._tally = Tally(bins, now) if bins else None
            if self._tally is not None:
                self._tally.add(features(visit.session, now), now)
        except Exception as error:  # noqa: BLE001  a figure must not fail a request
            self._tally = None
            logger().error("model.drift_failed", error=f"{type(error).__name__}: {error}")


def _above(policy: Policy, log_odds: float) -> bool:
    return policy.bands.of(risk_of(log_odds)) in ABOVE
