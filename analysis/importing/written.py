"""A translation as YAML that `stile check` takes, with all that was left out in front of it."""

from typing import Any

import yaml

from analysis.importing.anubis import Import

WIDTH = 100
HEAD = """\
# Translated from {source}. Add `sites`, use `mode: monitor`, and read what follows before you enforce.
"""
CAUTION = """\
# Anubis matches a user agent by its text, which anybody can send. `stile check` names the rules that let in
# by that alone: `bot.status == "verified"` asks for proof.
"""


def as_yaml(found: Import, source: str) -> str:
    """The configuration, without sites."""
    text = HEAD.format(source=source) + CAUTION
    if found.left:
        text += "#\n# Not translated:\n" + "".join(f"#   {_line(str(left))}\n" for left in found.left)
    if found.notes:
        text += "#\n# Imports that need no translation:\n" + "".join(
            f"#   {_line(note)}\n" for note in found.notes
        )
    policy: dict[str, Any] = {"ai": found.ai} if found.ai else {}
    policy["rules"] = found.rules
    document: dict[str, Any] = {"networks": found.networks} if found.networks else {}
    if found.status is not None:
        document["challenge"] = {"status": found.status}
    return (
        text
        + "\n"
        + yaml.safe_dump({**document, "policy": policy}, sort_keys=False, width=WIDTH, allow_unicode=True)
    )


def _line(text: str) -> str:
    """Text from somebody's file stays in its comment."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
