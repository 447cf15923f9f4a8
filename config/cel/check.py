"""A rule's text is parsed and typed by the official CEL implementation before anything of ours reads it."""

import re
from collections.abc import Iterable

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from config.cel.expression import Checked, read_checked
from config.cel.facts import FACTS, OWNERS
from config.cel.questions import QUESTIONS, Question
from config.fault import did_you_mean
from detectors.value import value

MAX_LENGTH = 4000
REMEMBERED = 2048  # conditions: a reload mostly meets those that were in force before

_ERROR = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(\d+):(\d+): (.*)$", re.MULTILINE)
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*?)'")
_SELECT = re.compile(r"expression of type '(?:stile\.)?([^']*)' cannot be the operand of a select")
_HABITS = (
    (re.compile(r"=[^=]"), "write == to compare"),
    (re.compile(r"and\b"), "write && for and"),
    (re.compile(r"or\b"), "write || for or"),
)
_EXAMPLES = {question.name: " or ".join(question.examples) for question in QUESTIONS}
_WORD = re.compile(r"\.?\s*([A-Za-z_][A-Za-z0-9_]*)")


_checked: dict[tuple[tuple[str, ...], str], Checked] = {}  # trees that are never changed, by what is declared


@value
class CelFault:
    """What is wrong with a rule's text, and where: line and column count from 1."""

    line: int
    column: int
    message: str


class CelFaults(Exception):
    """The text is no rule; `faults` says why."""

    def __init__(self, faults: Iterable[CelFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))


class Checker:
    """Parses and types expressions over the facts, the operator's `lists` and further flags."""

    def __init__(self, lists: Iterable[str], flags: Iterable[str] = ()) -> None:
        self._types = _types()
        variables = {fact.name: self._types[fact.type] for fact in FACTS}
        variables |= {owner: self._types[name] for owner, name in OWNERS.items()}
        variables |= dict.fromkeys(lists, self._types["list"])  # the compiler knows what each holds
        variables |= dict.fromkeys(flags, self._types["bool"])
        self._declared = tuple(sorted(variables))
        self.names = (*variables, *(f"{question.owner}.{question.name}" for question in QUESTIONS))
        self._environment = cel.NewEnv(
            variables=variables,
            functions=[self._declaration(question) for question in QUESTIONS],
            extensions=[ext_strings.ExtStrings()],
        )

    def check(self, text: str) -> Checked:
        """The typed tree of a condition. Raises CelFaults."""
        if len(text) > MAX_LENGTH:
            raise CelFaults([CelFault(1, 1, f"a condition may be {MAX_LENGTH} characters long at most")])
        if not text.strip():
            raise CelFaults([CelFault(1, 1, "the condition is empty")])
        known = _checked.get((self._declared, text))
        if known is None:
            known = self._check(text)
            if len(_checked) >= REMEMBERED:
                _checked.clear()
            _checked[self._declared, text] = known
        return known

    def _check(self, text: str) -> Checked:
        try:
            expression = self._environment.compile(text)
        except (RuntimeError, ValueError, TypeError) as error:
            raise CelFaults(self._explain(text, str(error))) from None
        checked = read_checked(text, expression.serialize())
        result = checked.types.get(checked.root.id, "dyn")
        if result != "bool":
            raise CelFaults([CelFault(1, 1, f"a condition must be true or false; this is of type {result}")])
        return checked

    def _declaration(self, question: Question) -> cel.FunctionDecl:
        owner = self._types[OWNERS[question.owner]]
        overloads = [
            cel.Overload(
                f"{question.owner}_{question.name}_{len(form)}",
                return_type=self._types[question.result],
                parameters=[owner, *(cel.Type.STRING for _ in form)],
                is_member=True,
            )
            for form in question.forms
        ]
        return cel.FunctionDecl(question.name, overloads)

    def _explain(self, text: str, report: str) -> list[CelFault]:
        """The official report in our words. Its lines and columns count from 1."""
        found = _ERROR.findall(report)
        if not found:
            deep = "recursion" in report
            message = "the condition is nested too deeply" if deep else "this is no condition"
            return [CelFault(1, 1, message)]
        faults: dict[tuple[int, int], CelFault] = {}
        if found[0][2].startswith("Syntax error"):
            found = found[:1]  # what follows a slip of the pen is mostly its echo
        for line, column, message in found:
            place = int(line), int(column)
            faults.setdefault(place, CelFault(*place, self._word(text, *place, message)))
        return list(faults.values())

    def _word(self, text: str, line: int, column: int, message: str) -> str:
        rest = text.split("\n")[line - 1][column - 1 :]
        if undeclared := _UNDECLARED.search(message):
            return self._unknown_name(undeclared[1])
        if overload := _OVERLOAD.search(message):
            return _no_overload(overload[1], overload[2])
        if select := _SELECT.search(message):
            field = _WORD.match(rest)
            return self._unknown_name(f"{select[1].lower()}.{field[1] if field else ''}")
        if text.split("\n")[line - 1][: column - 1].rstrip().endswith("not"):
            return "write ! for not"
        for habit, cure in _HABITS:
            if habit.match(rest):
                return cure
        return message.split(" expecting ", maxsplit=1)[0].removesuffix(" [INVALID_ARGUMENT]")

    def _unknown_name(self, name: str) -> str:
        if name in _EXAMPLES:  # the name is right, so the arguments or the owner are not
            return f"write it as {_EXAMPLES[name]}"
        members = {known.split(".")[-1] for known in self.names}
        advice = did_you_mean(name, self.names) or did_you_mean(name, members)
        return f"there is no {name!r}{advice}"


def _types() -> dict[str, cel.Type]:
    kinds = cel.Type
    return {
        "string": kinds.STRING,
        "int": kinds.INT,
        "double": kinds.DOUBLE,
        "bool": kinds.BOOL,
        "timestamp": kinds.TIMESTAMP,
        "list(string)": kinds.List(kinds.STRING),
        "list": kinds.List(kinds.DYN),
        **{name: kinds.AbstractType(name) for name in OWNERS.values()},
    }


def _no_overload(function: str, types: str) -> str:
    if function in _EXAMPLES:
        return f"write it as {_EXAMPLES[function]}"
    operator = function.strip("_@") or function
    advice = ""
    if types in ("(double, int)", "(int, double)"):
        advice = "; write whole numbers that are compared with a double as 60.0"
    return f"{operator!r} does not take {types}{advice}"
