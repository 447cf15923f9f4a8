"""Configurations with a rule that cannot be: the text, and every fault as line:column: path: message."""

# ruff: noqa: E501  messages are compared whole, so they are written whole

from tests.support.broken_values import SITE


def with_condition(when: str) -> str:
    """A configuration with one rule; `when` is YAML."""
    return (
        f"{SITE}policy:\n  import: []\n  rules:\n    - name: one\n      when: {when}\n      action: block\n"
    )


BROKEN_RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rule name twice": (
        SITE
        + (
            "policy:\n  rules:\n"
            "    - {name: one, when: 'true', action: block}\n    - {name: one, when: 'true', action: allow}\n"
        ),
        ("5:14: policy.rules[1].name: an earlier rule of this list has this name",),
    ),
    "rule name with a space": (
        SITE + "policy:\n  rules:\n    - {name: my rule, when: 'true', action: block}\n",
        ("4:14: policy.rules[0].name: must be lower-case letters, digits, - and _, beginning with a letter",),
    ),
    "rule with an unknown name": (
        with_condition('request.pth == "/"'),
        ("6:20: policy.rules[0].when: there is no 'request.pth'; did you mean 'request.path'?",),
    ),
    "rule with the wrong type": (
        with_condition("risk > 60"),
        (
            "6:18: policy.rules[0].when: '>' does not take (double, int); write whole numbers that are compared with a double as 60.0",
        ),
    ),
    "rule that is no condition": (
        with_condition("request.path"),
        ("6:13: policy.rules[0].when: a condition must be true or false; this is of type string",),
    ),
    "rule with a syntax error": (
        with_condition("request.path =="),
        ("6:28: policy.rules[0].when: Syntax error: mismatched input '<EOF>'",),
    ),
    "rule with one equals sign": (
        with_condition("request.path = 'x'"),
        ("6:26: policy.rules[0].when: write == to compare",),
    ),
    "rule with an unknown band": (
        with_condition('band == "hihg"'),
        ("6:21: policy.rules[0].when: band is never 'hihg'; did you mean 'high'?",),
    ),
    "rule with an unknown window": (
        with_condition('client.rate("ip", "2m") > 1.0'),
        ("6:31: policy.rules[0].when: rate does not know '2m'; it takes 10s, 1m, 10m, 1h, 1d",),
    ),
    "rule about an unknown route": (
        with_condition('request.route == "basket"'),
        (
            "6:30: policy.rules[0].when: request.route is never 'basket'; it is one of api, cart, checkout, coupon, disallowed, feed, health, login, price, product, review, search, signup, trap, webhook",
        ),
    ),
    "rule about unknown evidence": (
        with_condition("'\"honypot\" in evidence'"),
        ("6:14: policy.rules[0].when: evidence is never 'honypot'; did you mean 'honeypot'?",),
    ),
    "rule about an unknown network": (
        with_condition("request.ip in networks.partners"),
        ("6:35: policy.rules[0].when: there is no 'networks.partners'",),
    ),
    "rule with a broken pattern": (
        with_condition('request.path.matches("(")'),
        ("6:34: policy.rules[0].when: not a pattern: missing ): (",),
    ),
    "rule folded over lines": (
        with_condition('>-\n        request.path == "/a" &&\n        request.pth == "/b"'),
        ("8:16: policy.rules[0].when: there is no 'request.pth'; did you mean 'request.path'?",),
    ),
    "rule in a literal block": (
        with_condition('|\n        request.path == "/a" &&\n          request.pth == "/b"'),
        ("8:18: policy.rules[0].when: there is no 'request.pth'; did you mean 'request.path'?",),
    ),
    "rule with escapes": (
        with_condition('"request.path == \\"/a\\" && request.pth == \\"/b\\""'),
        ("6:13: policy.rules[0].when: there is no 'request.pth'; did you mean 'request.path'?",),
    ),
    "rule is a boolean": (with_condition("true"), ("6:13: policy.rules[0].when: must be text",)),
}
