"""Lists and macros that nothing names."""

import re
from collections.abc import Iterator

from config.checks.finding import Finding
from config.checks.subject import Subject

_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
NAMED = ("networks", "lists", "macros")  # keys of mappings whose names conditions use


def unused(subject: Subject) -> Iterator[Finding]:
    """A note for each that no file names."""
    document = subject.sources.document
    texts = [_COMMENT.sub("", each.text) for each in subject.documents()]
    data = document.data if isinstance(document.data, dict) else {}
    policy = data.get("policy")
    for path, section in (((), data), (("policy",), policy if isinstance(policy, dict) else {})):
        for key in NAMED:
            names = section.get(key)
            for name in names if isinstance(names, dict) else ():
                mention = re.compile(rf"\b{key}\.{re.escape(str(name))}\b")
                if not any(map(mention.search, texts)):
                    yield subject.finding("unused", (*path, key, str(name)), f"no rule asks for {key}.{name}")
