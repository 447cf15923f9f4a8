"""A court is one configuration, ready to judge records by the very judgement that live traffic meets."""

from dataclasses import replace
from types import CodeType

from analysis.records import Record
from analysis.replaying.bystander import Bystander, bystander_of
from analysis.replaying.onlooker import Onlooker, onlooker_of
from analysis.replaying.silent_model import seat_of
from config.cel.rules import Matcher
from config.decision import Decision
from config.judge import Weighed, assessment_of, decided, weighed
from config.policy import Policy
from config.settings import Config, Site
from detectors.assessment import Assessment
from detectors.visit import Visit

MAX_ASSESSMENTS = 200_000  # sessions whose last assessment is kept, some 100 MB
CROWDS = {"subnet", "asn"}  # those that an access log can tell


class Scales:
    """What the last visit weighs, for courts that weigh alike: a second one has only its rules to ask."""

    def __init__(self) -> None:
        self._visit: Visit | None = None
        self._known: Assessment | None = None
        self._policy: Policy | None = None
        self._weighed: Weighed | None = None
        self._faults: tuple[str, ...] = ()

    def weigh(self, visit: Visit, policy: Policy) -> Weighed:
        """The first half of the judgement; the one before is given again where it would come out again."""
        if self._weighed is None or visit is not self._visit or not self._comes_out_again(visit, policy):
            self._visit, self._policy, self._known = visit, policy, visit.session.assessment
            self._weighed = weighed(visit, policy, visit.request.arrived)
            self._faults = tuple(self._weighed[-1])
            return self._weighed
        return (*self._weighed[:-1], list(self._faults))  # without those of the first one's rules

    def _comes_out_again(self, visit: Visit, policy: Policy) -> bool:
        before, known = self._policy, visit.session.assessment
        if before is None or self._weighed is None or policy.inspector is not before.inspector:
            return False
        is_recalled = self._weighed[-2]
        return (
            policy.seat.models.champion is before.seat.models.champion
            and policy.prior == before.prior
            and policy.model_limits == before.model_limits
            and (known is None) is (self._known is None)
            and not is_recalled
        )


class Court:
    """One configuration; it keeps what it thought of each session's last page.

    `onlookers` are those of all courts of this process: where two weigh alike, one of them looks. Where
    `reasons` are wanted, the model says for each request why.
    """

    def __init__(
        self,
        config: Config,
        onlookers: list[Onlooker] | None = None,
        most: int = MAX_ASSESSMENTS,
        *,
        scales: Scales | None = None,
        reasons: bool = False,
    ) -> None:
        self._sites = {host.lower(): site for site in config.sites for host in site.hosts}
        self._first = config.sites[0]
        self._most = most
        self._scales = scales or Scales()
        self._seat = (lambda seat: seat) if reasons else seat_of
        self._onlookers = [] if onlookers is None else onlookers
        self._logs: dict[int, Policy] = {}
        self._events: dict[int, tuple[Policy, Bystander]] = {}
        self._assessments: dict[str, Assessment | None] = {}

    def decide(self, record: Record, visit: Visit) -> Decision | None:
        """The decision that live traffic would have met; None for a host of no site."""
        site = self.site_of(visit.request.host)
        if site is None:
            return None
        session, recorded = visit.session, record.recorded
        known = self._assessments.get(session.key)
        session.assessment = known if recorded is None or recorded.recalled else None
        if recorded is None:
            policy = self._logs.get(id(site.policy)) or self._log_policy(site.policy)
        else:
            policy = self._event_policy(site.policy, record, known)
        known_now = self._scales.weigh(visit, policy)
        decision = decided(visit, policy, site.mode, visit.request.arrived, known_now)
        told = assessment_of(visit, decision)
        if told is not None:
            if len(self._assessments) >= self._most:
                self._assessments.clear()
            self._assessments[session.key] = told
        return decision

    def forget(self, visit: Visit) -> None:
        """Judge the session's next request anew: an answer showed that it has read one more page."""
        self._assessments.pop(visit.session.key, None)

    def site_of(self, host: str) -> Site | None:
        """The site of a host: its own name, then the nearest wildcard, then the one for all. A log without
        hosts is the first site's."""
        if not host:
            return self._first
        site, rest = self._sites.get(host), host
        while site is None and "." in rest:
            rest = rest.partition(".")[2]
            site = self._sites.get("*." + rest)
        return site or self._sites.get("*")

    @property
    def asks_for_crowds(self) -> bool:
        """True where a rule asks for what a subnet or a network does; no detector does."""
        return any(
            CROWDS & names_in(rules)
            for site in self._sites.values()
            for rules in [site.policy.rule_set.matcher]
        )

    def _log_policy(self, policy: Policy) -> Policy:
        onlooker, inspector = onlooker_of(policy.inspector, self._onlookers)
        if onlooker not in self._onlookers:
            self._onlookers.append(onlooker)
        ours = replace(policy, inspector=inspector, seat=self._seat(policy.seat))
        self._logs[id(policy)] = ours
        return ours

    def _event_policy(self, policy: Policy, record: Record, known: Assessment | None) -> Policy:
        assert record.recorded is not None  # noqa: S101  asked for events alone
        if id(policy) not in self._events:
            inspector, bystander = bystander_of(policy.inspector)
            ours = replace(policy, inspector=inspector, seat=self._seat(policy.seat))
            self._events[id(policy)] = (ours, bystander)
        standing, bystander = self._events[id(policy)]
        bystander.recorded = record.recorded
        bystander.forgets_headers = record.recorded.recalled and known is not None
        return standing


def names_in(matcher: Matcher) -> set[str]:
    """Every attribute that compiled rules read, in the functions of their own too."""
    namespace = getattr(matcher, "__globals__", {})
    found: set[str] = set()
    for function in (matcher, *namespace.values()):
        code = getattr(function, "__code__", None)
        if code is not None and (function is matcher or code.co_filename == "<rules>"):
            found |= _names_in(code)
    return found


def _names_in(code: CodeType) -> set[str]:
    nested = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*map(_names_in, nested))
