"""Rules that would meet people: those that rest on a score, or on a name that a stranger can send."""

import re
from collections.abc import Iterator

from config.build_policy import OPERATOR
from config.cel.expression import Constant, nodes_of
from config.checks.finding import Finding
from config.checks.subject import Asked, Subject
from config.decision import Action

HARD = frozenset((Action.TARPIT, Action.DECOY, Action.BLOCK))
_ASKS_ACCOUNTS = re.compile(r"""client\.\w+\(\s*["']account["']""")


def refusals_by_score(subject: Subject) -> Iterator[Finding]:
    """The operator's rules that hold up or turn away whoever has a high risk, each once."""
    seen: set[tuple[str, object]] = set()
    for conditions in subject.orders.values():
        for each in conditions:
            rule, key = each.condition.rule, (each.document.file, each.path)
            if key in seen or rule.ruleset != OPERATOR or not rule.score_alone or rule.action not in HARD:
                continue
            seen.add(key)
            yield each.finding(
                "refuses-by-score",
                f"rule {rule.name} would {rule.action} for a score alone, which meets people too: name what "
                "they did as well, or use action: challenge",
            )


def believed_cookies(subject: Subject) -> Iterator[Finding]:
    """Cookies that alone say who is logged in, each with the first rule that turns accounts away."""
    for place, site in enumerate(subject.config.sites):
        if site.account is None or not site.account.cookie or site.account.response_header:
            continue
        for rule in site.policy.rules:
            if rule.action is not Action.ALLOW and _ASKS_ACCOUNTS.search(rule.when):
                yield subject.finding(
                    "believed-cookie",
                    ("sites", place, "account", "cookie"),
                    f"anybody can send this cookie, and rule {rule.name} acts on accounts: unless its value "
                    "is a secret that nobody can guess, a stranger can use up a customer's limit; "
                    "response_header is safe",
                )
                break


def no_verified_bots(subject: Subject) -> Iterator[Finding]:
    """Policies that turn somebody away and have no rule for bots that are proven to be who they say."""
    for path, conditions in subject.orders.items():
        strict = any(each.condition.rule.action is not Action.ALLOW for each in conditions)
        if strict and not any(map(_lets_verified_in, conditions)):
            yield subject.finding(
                "no-verified-bots",
                (*path, "import"),
                "no rule lets verified bots in, so search engines and link previews are judged like anybody: "
                "import (stile)/verified-bots.yaml",
            )


def _lets_verified_in(asked: Asked) -> bool:
    nodes = nodes_of(asked.condition.checked.root)
    named = any(isinstance(node, Constant) and node.content == "verified" for node in nodes)
    return named and asked.condition.rule.action is Action.ALLOW
