"""On what terms a site asks: its name, what the operator chose, the keys, the detectors and the look."""

from challenges.keyring import Keyring
from challenges.look import DEFAULT_LOOK, Look
from challenges.settings import ChallengeSettings
from detectors.inspection import Inspector
from detectors.value import value


@value
class Terms:
    """All that asking and verifying need and that is the same for every visitor of a site."""

    site: str
    settings: ChallengeSettings
    keyring: Keyring
    inspector: Inspector
    look: Look = DEFAULT_LOOK
