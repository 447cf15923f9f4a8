"""A finding is a fault, a warning or a note, with a kind that stays the same for scripts and editors."""

import re
from enum import StrEnum

from config.fault import Fault, Place
from detectors.value import value


class Severity(StrEnum):
    """An error keeps Stile from starting; a warning is against the operator's wish; a note may be meant."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@value
class Kind:
    """What is found: its id, how grave it is, and what it means."""

    id: str
    severity: Severity
    meaning: str


@value
class Finding:
    """One thing at its place; `path` is dotted as in a Fault."""

    kind: Kind
    place: Place
    path: str
    message: str

    def __str__(self) -> str:
        middle = f"{self.path}: " if self.path else ""
        return f"{self.place}: {self.kind.severity}: {middle}{self.message}"

    @property
    def suggestion(self) -> str:
        """What stands after `did you mean`; empty where nothing is suggested."""
        found = _MEANT.search(self.message)
        return found[1] if found else ""


_MEANT = re.compile(r"did you mean '([^']+)'\?")


ERROR, WARNING, NOTE = Severity
KINDS = {
    kind.id: kind
    for kind in (
        Kind("syntax", ERROR, "The file is not YAML, or not as Stile reads it."),
        Kind("unknown-key", ERROR, "A key that Stile does not know."),
        Kind("missing-key", ERROR, "A key that must be there."),
        Kind("twice", ERROR, "Something that may stand once stands twice."),
        Kind("condition", ERROR, "A condition that is none."),
        Kind("unknown-name", ERROR, "A name that nothing has."),
        Kind("missing-file", ERROR, "A file that cannot be read."),
        Kind("certificate", ERROR, "A certificate or a key that cannot be used."),
        Kind("wrong-value", ERROR, "A value that cannot be."),
        Kind("failed-case", ERROR, "A case in which the policy does not do what is expected of it."),
        Kind("never-applies", WARNING, "A rule whose condition cannot hold."),
        Kind("expired-rule", WARNING, "A rule whose `until` has passed."),
        Kind("always-applies", WARNING, "A rule that always applies, so that no rule after it is asked."),
        Kind("shadowed-rule", WARNING, "A rule that an earlier one always comes before."),
        Kind(
            "open-prefix", WARNING, "An allow rule for a beginning of paths that does not end at a segment."
        ),
        Kind(
            "open-path",
            WARNING,
            "An allow rule for an ending or a part of paths, which anybody can add to theirs.",
        ),
        Kind("open-claim", WARNING, "An allow rule for what anybody can say of themselves."),
        Kind("open-query", WARNING, "An allow rule for a parameter that anybody can add."),
        Kind("refuses-by-score", WARNING, "A rule that holds up or turns away for a score alone."),
        Kind("believed-cookie", WARNING, "A rule that acts on accounts which a guessable cookie names."),
        Kind("readable-secret", WARNING, "A secret that other users of the machine can read."),
        Kind("unused", NOTE, "A list or a macro that no rule names."),
        Kind("no-verified-bots", NOTE, "A policy that lets no verified bot in."),
    )
}

# Faults are sentences; their kinds are told by their words, the first that fits.
_BY_WORDS = (
    (re.compile(r"^unknown key"), "unknown-key"),
    (re.compile(r"^this key is required"), "missing-key"),
    (re.compile(r"stands twice|has this (name|host)"), "twice"),
    (re.compile(r"^(cannot read|there is no file)|is not UTF-8"), "missing-file"),
    (
        re.compile(r"^(not YAML|a second document|tags such as|the alias|nested deeper|a key must be)"),
        "syntax",
    ),
    (re.compile(r"^(the (file|text) |must be a mapping of keys|more than \d+ values)"), "syntax"),
)
_BY_PATH = (
    (re.compile(r"\.(when|limit)$|(^|\.)macros\."), "condition"),
    (re.compile(r"\.tls\b"), "certificate"),
)
_UNKNOWN = re.compile(r"^(there is no|no such|no imported rule)")


def kind_of(fault: Fault) -> Kind:
    """The kind of what loading found."""
    for words, kind in _BY_WORDS:
        if words.search(fault.message):
            return KINDS[kind]
    for path, kind in _BY_PATH:
        if path.search(fault.path):
            return KINDS[kind]
    return KINDS["unknown-name" if _UNKNOWN.search(fault.message) else "wrong-value"]


def as_finding(fault: Fault) -> Finding:
    """A fault among the findings."""
    return Finding(kind_of(fault), fault.place, fault.path, fault.message)
