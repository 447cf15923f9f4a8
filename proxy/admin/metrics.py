"""A worker counts; whoever wants to know adds up. No key names a client, so the tables stay small."""

from bisect import bisect_left
from collections import defaultdict
from typing import Any

from config.decision import Action, Decision, Mode
from detectors.identity.bot_claim import NO_CLAIM
from detectors.visit import Visit
from proxy.admin.funnel import Funnel
from proxy.events.outcome import Outcome

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_BOUNDS_NS = tuple(int(bound * 1e9) for bound in BOUNDS_S)
_REFUSED = (Action.BLOCK, Mode.ENFORCE, None)
_LEFT = (Action.ALLOW, Mode.ENFORCE, None)
_UPSTREAM = "upstream"


class Counters:
    """What one worker counted since it started. Labels are sites, actions, modes, bands and outcomes."""

    __slots__ = (
        "bots",
        "duration_ns",
        "durations",
        "funnel",
        "handshakes",
        "requests",
        "upstream_failures",
    )

    def __init__(self) -> None:
        self.requests: defaultdict[tuple[str, str, str, str | None], int] = defaultdict(int)
        self.durations = [0] * (len(BOUNDS_S) + 1)
        self.duration_ns = 0
        self.funnel = Funnel()
        self.bots: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.handshakes: defaultdict[str, int] = defaultdict(int)
        self.upstream_failures = 0

    def count(
        self,
        site: str,
        decision: Decision | None,
        outcome: Outcome,
        visit: Visit | None = None,
        *,
        returned: bool = False,
    ) -> None:
        """Count one event; `decision` is None for a request that was refused before it could be judged.

        `returned` where the session's cookie came back.
        """
        if decision is not None:
            self.requests[site, decision.action, decision.mode, decision.band] += 1
            if decision.bot is not NO_CLAIM:
                self.bots[decision.bot.status, decision.bot.method] += 1
        else:
            self.requests[(site, *(_REFUSED if outcome.status else _LEFT))] += 1
        duration = outcome.duration_ns
        self.durations[bisect_left(_BOUNDS_NS, duration)] += 1
        self.duration_ns += duration
        challenge = outcome.challenge
        if challenge is not None:
            claims = visit is not None and visit.session.claims
            self.funnel.count_challenge(site, challenge, claims=claims)
        if visit is not None and decision is not None:
            self.funnel.count_load(site, visit, decision.action, challenge, returned=returned)
        if outcome.faults:
            self.upstream_failures += sum(fault.startswith(_UPSTREAM) for fault in outcome.faults)

    def export(self) -> dict[str, Any]:
        """Everything as JSON can say it."""
        return {
            "requests": [[*key, count] for key, count in self.requests.items()],
            "durations": list(self.durations),
            "duration_s": self.duration_ns / 1e9,
            **self.funnel.export(),
            "bots": [[*key, count] for key, count in self.bots.items()],
            "handshakes": dict(self.handshakes),
            "upstream_failures": self.upstream_failures,
        }
