"""What a throttled client may be told: how much it may ask for, and when it may ask again."""

from collections.abc import Callable
from math import ceil
from operator import attrgetter

from challenges.cookies import Headers
from config.cel.limits import COUNTED, Limit
from config.cel.questions import IDENTITIES
from config.decision import Decision
from config.policy import Policy
from detectors.behaviour.windows import WINDOWS
from detectors.value import value
from detectors.visit import Visit

UNKNOWN_WAIT_S = 30
NAMES = {"ip": "address"}  # what others call it; the other identities are called so everywhere
_QUESTIONS = {counted: question for question, counted in COUNTED.items()}


@value
class Quota:
    """`most` requests of one `name` in `window_s`; `wait_s` until that many are not exceeded any more."""

    name: str
    most: int
    window_s: int
    wait_s: int

    @property
    def headers(self) -> Headers:
        """RateLimit and RateLimit-Policy, structured fields (draft-ietf-httpapi-ratelimit-headers-10)."""
        return (
            (b"RateLimit-Policy", f'"{self.name}";q={self.most};w={self.window_s}'.encode("ascii")),
            (b"RateLimit", f'"{self.name}";r=0;t={self.wait_s}'.encode("ascii")),
        )


def exceeded_quota(decision: Decision, policy: Policy, visit: Visit, now: float) -> Quota | None:
    """The quota behind a decision; None where its rule is more than plain limits."""
    limits = policy.rule_set.exceeded.get((decision.ruleset, decision.rule), ())
    quotas = [
        Quota(
            NAMES.get(limit.identity, limit.identity),
            int(limit.most),
            int(WINDOWS[limit.window]),
            wait_of(limit, visit, now),
        )
        for limit in limits
        if len(limits) == 1 or _rate_of(limit, visit)(now) > limit.most
    ]
    return max(quotas, key=attrgetter("wait_s"), default=None)


def wait_of(limit: Limit, visit: Visit, now: float) -> int:
    """Whole seconds until the client is below its limit, if it asks for nothing meanwhile."""
    rate = _rate_of(limit, visit)
    soon, late = 1, ceil(2 * WINDOWS[limit.window])  # after two windows nothing of now is counted
    while soon < late:
        middle = (soon + late) // 2
        if rate(now + middle) <= limit.most - 1.0:  # the next one counts as well
            late = middle
        else:
            soon = middle + 1
    return soon


def _rate_of(limit: Limit, visit: Visit) -> Callable[[float], float]:
    """What the limit counts, at any moment from now on."""
    counted = attrgetter(IDENTITIES[limit.identity].source.removeprefix("visit."))(visit)
    question = getattr(counted, _QUESTIONS[limit.counted])
    route = (limit.route,) if limit.route else ()
    return lambda at: float(question(limit.window, at, *route))
