"""Fingerprints on very many addresses."""

from detectors.behaviour.crowded_fingerprint import CrowdedFingerprint
from detectors.evidence import Evidence
from tests.support.visits import shared_by


def test_says_about_how_many_addresses_there_are():
    evidence = CrowdedFingerprint(1.0).inspect(*shared_by(1000, pages=3, assets=0))

    assert isinstance(evidence, Evidence)
    assert 700 < int(evidence.reason.split()[1]) < 1300


def test_is_staged():
    assert CrowdedFingerprint.default == 0.0
