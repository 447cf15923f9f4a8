"""What became of challenges and how visible they are. No key names a client, so the tables stay small."""

from bisect import bisect_left
from collections import defaultdict
from enum import StrEnum
from typing import Any

from challenges.rung import CAPTCHAS, Rung
from config.decision import Action
from detectors.behaviour.step import PAGE
from detectors.fingerprint.device import DEVICES, OTHER
from detectors.visit import Level, Visit
from proxy.events.outcome import ChallengeOutcome, ChallengeStep

SOLVE_BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0)
UNKNOWN = "unknown"  # an answer whose ticket could not be read

ALLOW, SILENT = Action.ALLOW, Level.COOKIE

_SHOWN_BY: dict[str, frozenset[Rung]] = {
    ChallengeStep.FETCHED: frozenset({Rung.POW, Rung.BROWSER, *CAPTCHAS}),
    ChallengeStep.SOLVED: frozenset({Rung.RESOURCE, Rung.REFRESH, Rung.FORM}),  # no script tells
}
_BOUNDS_MS = tuple(int(bound * 1000) for bound in SOLVE_BOUNDS_S)
_DEVICES = frozenset(DEVICES)


class Answer(StrEnum):
    """What a page load was answered with."""

    PAGE = "page"  # the storefront's own
    QUESTION = "question"
    REDIRECT = "redirect"  # the silent rung
    REFUSAL = "refusal"  # anything else: blocked, throttled, led astray, told in a program's terms


_PAGE, _QUESTION, _REDIRECT, _REFUSAL = (answer.value for answer in Answer)  # members hash slowly


class Funnel:
    """What one worker counted since it started.

    A page load is a request for a page by a client that does not claim to be a bot. A session is a browser
    that loaded a page with our session cookie; it was asked if it then held a clearance of a rung that shows
    something, or was shown such a question later.
    """

    __slots__ = ("asked", "challenges", "failures", "loads", "sessions", "shown", "solve_ms", "solved")

    def __init__(self) -> None:
        self.challenges: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.failures: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.solved: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.solve_ms: defaultdict[str, int] = defaultdict(int)
        self.loads: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.shown: defaultdict[str, int] = defaultdict(int)
        self.sessions: defaultdict[str, int] = defaultdict(int)
        self.asked: defaultdict[str, int] = defaultdict(int)

    def count_challenge(self, site: str, challenge: ChallengeOutcome, *, claims: bool) -> None:
        """Count one step of a challenge; `claims` where the client says that it is a bot."""
        kind, step = challenge.kind or UNKNOWN, challenge.outcome
        self.challenges[site, kind, step] += 1
        if step is ChallengeStep.FAILED:
            self.failures[kind, challenge.reason] += 1
        if challenge.solve_ms is not None and kind != Rung.COOKIE:  # nobody waits for what nobody sees
            device = challenge.device if challenge.device in _DEVICES else OTHER
            self.solved[device, bisect_left(_BOUNDS_MS, challenge.solve_ms)] += 1
            self.solve_ms[device] += challenge.solve_ms
        if not claims and is_shown(kind, step):
            self.shown[site] += 1

    def count_load(
        self, site: str, visit: Visit, action: Action, challenge: ChallengeOutcome | None, *, returned: bool
    ) -> None:
        """Count a page load; `returned` where the session's cookie came back with it."""
        step, session = visit.step, visit.session
        if step is None or step.kind is not PAGE or session.claims:
            return
        answer = _PAGE if action is ALLOW else _REFUSAL
        if challenge is not None and challenge.outcome is ChallengeStep.ISSUED:
            answer = _REDIRECT if challenge.kind == Rung.COOKIE else _QUESTION
        self.loads[site, answer] += 1
        if not returned:
            return
        begins, had_passed = session.pages == 1, visit.clearance > SILENT
        if begins:
            self.sessions[site] += 1
        first_question = answer is _QUESTION and session.challenges_issued == 1 and not had_passed
        if first_question or (begins and had_passed):
            self.asked[site] += 1

    def export(self) -> dict[str, Any]:
        """Everything as rows of labels and a count."""
        return {
            "challenges": [[*key, count] for key, count in self.challenges.items()],
            "challenge_failures": [[*key, count] for key, count in self.failures.items()],
            "solved": [[*key, count] for key, count in self.solved.items()],
            "solve_ms": [[device, count] for device, count in self.solve_ms.items()],
            "page_loads": [[*key, count] for key, count in self.loads.items()],
            "challenges_shown": [[site, count] for site, count in self.shown.items()],
            "sessions": [[site, count] for site, count in self.sessions.items()],
            "sessions_asked": [[site, count] for site, count in self.asked.items()],
        }


def is_shown(kind: str, outcome: str) -> bool:
    """True for the one step that tells that a question was on somebody's screen.

    That is when its script begins; where there is none, when it is solved.
    """
    return kind in _SHOWN_BY.get(outcome, ())
