"""Cases are tried by the real judgement; one that goes otherwise is told with what came, and why."""

from collections.abc import Callable, Iterator

from config.cases.schema import CaseSection, CasesFile
from config.cases.told import request_of, visit_of
from config.checks.finding import KINDS, Finding, as_finding
from config.decision import Decision, Mode
from config.fault import Fault, Place, did_you_mean, dotted, in_order
from config.judge import judge
from config.reading import Reader
from config.settings import Config, Site
from config.validation import validate
from config.yaml_tree import Document, parse
from config.yaml_tree import Path as KeyPath
from detectors.value import value

SiteOf = Callable[[str], Site | None]


@value
class Trial:
    """What came of the cases in one file."""

    findings: tuple[Finding, ...]
    cases: int
    passed: int


def try_cases(path: str, config: Config, site_of: SiteOf, now: float, read: Reader) -> Trial:
    """Try every case in the file at `path`; `site_of` gives the site of a host, `now` is in Unix seconds."""
    try:
        text = read(path)
    except (OSError, ValueError) as error:
        message = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        return Trial((as_finding(Fault(Place(path, 1, 1), "", message)),), 0, 0)
    document = parse(path, text)
    file = None if document.faults else validate(CasesFile, document)
    if file is None:
        return Trial(tuple(map(as_finding, in_order(document.faults))), 0, 0)
    trial = _Trial(document, config, site_of, now)
    found = [trial.findings(case, ("cases", place)) for place, case in enumerate(file.cases)]
    return Trial(tuple(each for every in found for each in every), len(found), found.count([]))


class _Trial:
    """The cases of one file and what they are tried with."""

    def __init__(self, document: Document, config: Config, site_of: SiteOf, now: float) -> None:
        self._document = document
        self._config = config
        self._site_of = site_of
        self._now = now

    def findings(self, case: CaseSection, path: KeyPath) -> list[Finding]:
        """What is wrong with one case, or with what the policy does in it; empty where it passes."""
        site = self._site(case)
        unknown = list(self._unknown(case, site))
        if unknown or site is None:
            return [self._finding("unknown-name", (*path, *key), message) for key, message in unknown]
        moment = self._now if case.now is None else case.now
        host = case.request.host or _plain_host(site)
        request = request_of(case.request, host.lower(), site.policy, moment)
        visit, policy = visit_of(case, request, site.policy)
        return [
            self._finding("failed-case", (*path, "expect", *key), f"case {case.name!r}: {message}")
            for key, message in _differences(case, judge(visit, policy, Mode.ENFORCE, moment))
        ]

    def _finding(self, kind: str, path: KeyPath, message: str) -> Finding:
        return Finding(KINDS[kind], self._document.place(path), dotted(path), message)

    def _site(self, case: CaseSection) -> Site | None:
        if case.site is not None:
            return next((site for site in self._config.sites if site.name == case.site), None)
        host = case.request.host
        return self._config.sites[0] if host is None else self._site_of(host.lower())

    def _unknown(self, case: CaseSection, site: Site | None) -> Iterator[tuple[KeyPath, str]]:
        """Names that the configuration does not have: the path of the key, and what to say."""
        if site is None and case.site is not None:
            names = [each.name for each in self._config.sites]
            yield ("site",), f"there is no site {case.site!r}{did_you_mean(case.site, names)}"
        elif site is None:
            yield ("request", "host"), f"no site has the host {case.request.host}"
        else:
            routes, rules = site.policy.routes.names, [rule.name for rule in site.policy.rules]
            for key in case.client.rates:
                for route in set(key.split()[2:]) - {*routes}:
                    message = f"there is no route {route!r}{did_you_mean(route, routes)}"
                    yield ("client", "rates", key), message
            if case.expect.rule and case.expect.rule not in rules:
                message = f"there is no rule {case.expect.rule!r}{did_you_mean(case.expect.rule, rules)}"
                yield ("expect", "rule"), message
            for place, name in enumerate(case.expect.noted or ()):
                if name not in rules:
                    message = f"there is no rule {name!r}{did_you_mean(name, rules)}"
                    yield ("expect", "noted", place), message


def _plain_host(site: Site) -> str:
    """A host that belongs to `site`."""
    return site.hosts[0].replace("*", "shop") if site.hosts[0] != "*" else "shop.example.com"


def _differences(case: CaseSection, decision: Decision) -> Iterator[tuple[KeyPath, str]]:
    """Each key of what was expected that came otherwise, and how; what failed on the way comes first."""
    expected = case.expect
    came = _spoken(decision)
    if decision.faults:
        yield (), f"{', '.join(decision.faults)} failed; {came} came"
    elif expected.action is not None and expected.action != decision.would_action:
        yield ("action",), f"expected {expected.action}, but {came} came"
    elif expected.rule is not None and expected.rule != decision.rule:
        wanted = f"rule {expected.rule}" if expected.rule else "no rule"
        yield ("rule",), f"expected {wanted} to decide, but {came} came"
    noted = [verdict.rule for verdict in decision.noted]
    if expected.noted is not None and expected.noted != noted:
        names = ", ".join(noted) or "none"
        yield ("noted",), f"expected {', '.join(expected.noted) or 'none'} to be noted, but {names} came"


def _spoken(decision: Decision) -> str:
    if not decision.rule:
        return f"{decision.would_action} (no rule applies{_score(decision)})"
    return (
        f"{decision.would_action} by {decision.ruleset} rule {decision.rule} "
        f"({decision.reason}{_score(decision)})"
    )


def _score(decision: Decision) -> str:
    return "" if decision.risk is None else f"; risk {decision.risk:g}"
