"""All that one judgement may look at: replay rebuilds this, and nothing else, from a recorded event."""

from enum import IntEnum

from detectors.behaviour.client import Client
from detectors.behaviour.step import ASSET, IMAGE, Step
from detectors.identity.proof import NO_PROOF, Proof
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.value import value


class Level(IntEnum):
    """What a client has proven. A higher level covers the lower ones (docs/challenges.md)."""

    NONE = 0
    COOKIE = 1  # returned a cookie
    RESOURCE = 2  # fetched what a page shows
    REFRESH = 3  # waited
    FORM = 4  # waited, read a question and pressed a button
    POW = 5  # worked
    BROWSER = 6  # worked, and looked like a browser that nobody drives remotely
    CAPTCHA = 7  # is vouched for by a captcha service


@value
class Ban:
    """An operator's order about one key. `allow` is an order too: it lets everything pass."""

    key: str
    until: float
    reason: str
    allow: bool = False


@value
class Visit:
    """One request together with what we remember of its sender.

    `ip` is the client's address prefix (/32 or /64). `session` is the first-party session where its cookie
    came back, else the pair of address and user agent, which is also how access logs are cut into sessions.
    Both have already counted this request. `step` is the request as navigation, `sighting` what its
    headers tell; both are there where the caller knows them already. `proof` is what was found out about who
    it claims to be. `disallowed` is True where robots.txt keeps this client from the request: one that claims
    to be a bot, or has read the file, and never anybody else. `unlike` says in which numbers the session is
    far from what is usual on the site (`detectors/behaviour/usual.py`).
    """

    request: Request
    ip: Client
    session: Client
    clearance: Level = Level.NONE
    ban: Ban | None = None
    degraded: bool = False
    step: Step | None = None
    sighting: Sighting | None = None
    proof: Proof = NO_PROOF
    disallowed: bool = False
    unlike: str = ""

    @property
    def tells_more(self) -> bool:
        """True unless the request is for something that a page loads by itself, and no trap was touched."""
        step = self.step
        if step is None or self.session.traps:
            return True
        return step.kind is not IMAGE and step.kind is not ASSET
