"""What a check has to say: findings in the order of the files, and how much was looked at."""

import re
from collections.abc import Mapping

from config.checks.finding import Finding, Severity
from config.fault import Place
from detectors.value import value


@value
class Report:
    """`texts` are the files by their path. `cases` is how many were tried, `passed` how many went well."""

    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    files: int
    rules: int
    cases: int = 0
    passed: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings are that grave."""
        return sum(finding.kind.severity is severity for finding in self.findings)

    @property
    def closing(self) -> str:
        """One line: what was looked at, and what came of it."""
        parts = [_of(self.files, "file"), _of(self.rules, "rule")]
        if self.cases:
            parts.append(f"{self.passed} of {_of(self.cases, 'case')} passed")
        parts.append(_of(self.count(Severity.ERROR), "error"))
        parts.append(_of(self.count(Severity.WARNING), "warning"))
        return f"{', '.join(parts)}, {_of(self.count(Severity.NOTE), 'note')}"

    def text(self) -> str:
        """Every finding on a line, with its line of the file and a caret below."""
        return "\n".join(f"{finding}{self._excerpt(finding.place)}" for finding in self.findings)

    def document(self) -> dict[str, object]:
        """All of it as data for JSON."""
        return {
            "findings": [_as_data(finding) for finding in self.findings],
            "files": self.files,
            "rules": self.rules,
            "cases": {"tried": self.cases, "passed": self.passed},
            **{f"{severity}s": self.count(severity) for severity in Severity},
        }

    def _excerpt(self, place: Place) -> str:
        lines = self.texts.get(place.file, "").split("\n")
        if not 0 < place.line <= len(lines):
            return ""
        line = "".join(char if char.isprintable() else " " for char in lines[place.line - 1])
        line = _PASSWORD.sub(lambda found: "*" * len(found[0]), line)  # reports are kept by CI
        if not line.strip() or place.column > len(line) + 1:
            return ""
        start = max(0, place.column - 1 - BEFORE)
        shown = line[start : start + WIDTH]
        return f"\n    {shown}\n    {' ' * (place.column - 1 - start)}^"


_PASSWORD = re.compile(r"(?<=:)[^\s/:@]+(?=@)")  # redis://user:password@host
BEFORE, WIDTH = 70, 100  # what a long line shows: this much before the caret, and in all


def _of(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _as_data(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.kind.id,
        "severity": str(finding.kind.severity),
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "path": finding.path,
        "message": finding.message,
        "suggestion": finding.suggestion or None,
    }
