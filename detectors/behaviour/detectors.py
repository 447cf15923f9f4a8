"""Every behaviour detector by the id of its evidence; who is not in this table does not look."""

from collections.abc import Mapping
from types import MappingProxyType

from detectors.behaviour.asset_blindness import AssetBlindness
from detectors.behaviour.changing_agent import ChangingAgent
from detectors.behaviour.crowded_fingerprint import CrowdedFingerprint
from detectors.behaviour.error_rate import ErrorRate
from detectors.behaviour.honeypot import Honeypot
from detectors.behaviour.numeric_sweep import NumericSweep
from detectors.behaviour.page_breadth import PageBreadth
from detectors.behaviour.page_haste import PageHaste
from detectors.behaviour.referrer_blindness import ReferrerBlindness
from detectors.behaviour.robots_violation import RobotsViolation
from detectors.behaviour.steady_gaps import SteadyGaps
from detectors.behaviour.unlike_anybody import UnlikeAnybody

BehaviourDetector = (
    type[AssetBlindness]
    | type[ChangingAgent]
    | type[CrowdedFingerprint]
    | type[ErrorRate]
    | type[Honeypot]
    | type[NumericSweep]
    | type[PageBreadth]
    | type[PageHaste]
    | type[ReferrerBlindness]
    | type[RobotsViolation]
    | type[SteadyGaps]
    | type[UnlikeAnybody]
)
# What these say is true of each visitor. The others judge a course of visits, which must be one visitor's.
OF_ANYBODY = ("changing_agent", "crowded_fingerprint", "honeypot", "robots_violation")
BEHAVIOUR: Mapping[str, BehaviourDetector] = MappingProxyType({
    "asset_blindness": AssetBlindness,
    "changing_agent": ChangingAgent,
    "crowded_fingerprint": CrowdedFingerprint,
    "error_rate": ErrorRate,
    "honeypot": Honeypot,
    "numeric_sweep": NumericSweep,
    "page_breadth": PageBreadth,
    "page_haste": PageHaste,
    "referrer_blindness": ReferrerBlindness,
    "robots_violation": RobotsViolation,
    "steady_gaps": SteadyGaps,
    "unlike_anybody": UnlikeAnybody,
})  # fmt: skip
