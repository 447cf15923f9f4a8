"""Texts that are no configuration: not YAML, hostile YAML, missing or unknown keys: the text, and every fault as line:column: path: message."""

# ruff: noqa: E501  messages are compared whole, so they are written whole

from tests.support.broken_values import SITE

BROKEN_DOCUMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "empty file": ("", ("1:1: the file is empty",)),
    "only a comment": ("# nothing\n", ("1:1: the file is empty",)),
    "not a mapping": ("- sites\n", ("1:1: must be a mapping of keys",)),
    "a bare word": ("sites\n", ("1:1: must be a mapping of keys",)),
    "unclosed bracket": ("sites: [\n", ("2:1: not YAML: did not find expected node content",)),
    "tab as indentation": (
        "sites:\n\t- upstreams: []\n",
        ("2:1: not YAML: found character that cannot start any token",),
    ),
    "bad indentation": (
        "sites:\n  - upstreams: []\n   hosts: []\n",
        ("3:4: not YAML: did not find expected '-' indicator",),
    ),
    "no sites": ("log: {path: '-'}\n", ("1:1: sites: this key is required",)),
    "no upstream": ("sites:\n  - hosts: [a.example]\n", ("2:5: sites[0].upstreams: this key is required",)),
    "empty upstreams": ("sites:\n  - upstreams: []\n", ("2:16: sites[0].upstreams: must hold at least 1",)),
    "typo at the top": (SITE + "polcy: {}\n", ("2:1: polcy: unknown key; did you mean 'policy'?",)),
    "typo in a section": (
        SITE + "state: {reddis: 'redis://x'}\n",
        ("2:9: state.reddis: unknown key; did you mean 'redis'?",),
    ),
    "typo in a list item": (
        "sites:\n  - upstream: [http://shop:8000]\n",
        ("2:5: sites[0].upstream: unknown key; did you mean 'upstreams'?",),
    ),
    "typo in a rule": (
        SITE + "policy:\n  rules:\n    - name: one\n      wen: 'true'\n      action: block\n",
        ("5:7: policy.rules[0].wen: unknown key; did you mean 'when'?",),
    ),
    "unknown action": (
        SITE + "policy:\n  rules:\n    - {name: one, when: 'true', action: blok}\n",
        (
            "4:41: policy.rules[0].action: must be one of allow, throttle, challenge, tarpit, decoy, block; did you mean 'block'?",
        ),
    ),
    "unknown mode": (
        "sites:\n  - upstreams: [http://shop:8000]\n    mode: enforced\n",
        ("3:11: sites[0].mode: must be one of enforce, monitor; did you mean 'enforce'?",),
    ),
    "mode is a YAML 1.1 boolean": (
        "sites:\n  - upstreams: [http://shop:8000]\n    mode: on\n",
        ("3:11: sites[0].mode: must be one of enforce, monitor",),
    ),
    "key twice": (
        SITE + "log: {path: a, path: b}\n",
        ("2:16: log.path: the key stands twice; the first is on line 2",),
    ),
    "section twice": (
        SITE + "log: {path: a}\nlog: {path: b}\n",
        ("3:1: log: the key stands twice; the first is on line 2",),
    ),
    "two documents": (
        SITE + "---\nsites: [{upstreams: [http://shop:8000]}]\n",
        ("2:1: a second document ('---') in one file",),
    ),
    "a tag": (
        SITE + "log: {path: !!python/object/apply:os.system ['id']}\n",
        ("2:13: tags such as 'tag:yaml.org,2002:python/object/apply:os.system' are not used here",),
    ),
    "unknown anchor": (
        SITE + "log: *nowhere\n",
        ("2:6: the alias *nowhere has no complete anchor before it",),
    ),
    "alias inside itself": (
        "sites: &loop [*loop]\n",
        ("1:15: the alias *loop has no complete anchor before it",),
    ),
    "billion laughs": (
        (
            "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
        ),
        ("1:24: more than 50000 values once aliases are expanded",),
    ),
    "nested too deeply": (
        ("sites: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"),
        ("1:40: nested deeper than 32 levels",),
    ),
    "a list as a key": ("[a]: 1\n", ("1:1: a key must be a plain word",)),
    "control character": ("sites: \x07\n", ("1:1: not YAML: control characters are not allowed",)),
    "everything at once": (
        (
            "sites:\n  - upstreams: [shop]\n    mod: enforce\nstate: {timeout: soon}\npolicy:\n  rules:\n    - {name: A, when: x, action: y}\n"
        ),
        (
            "2:17: sites[0].upstreams[0]: must look like http://10.0.0.5:8000 or https://origin.example.com",
            "3:5: sites[0].mod: unknown key; did you mean 'mode'?",
            "4:18: state.timeout: must be a duration such as 500ms, 5s, 2m, 1h or 1d",
            "7:14: policy.rules[0].name: must be lower-case letters, digits, - and _, beginning with a letter",
            "7:23: policy.rules[0].when: there is no 'x'",
            "7:34: policy.rules[0].action: must be one of allow, throttle, challenge, tarpit, decoy, block",
        ),
    ),
}
