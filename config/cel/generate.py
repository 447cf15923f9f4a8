"""A checked condition becomes one Python expression of the same value; what cannot is refused here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import isinf
from typing import assert_never

import re2

from config.cel.calendar import calendar_part, calendar_source, moment_source
from config.cel.check import CelFault
from config.cel.expression import Call, Checked, Constant, Fold, Ident, ListLiteral, MapLiteral, Node
from config.cel.facts import Fact
from config.cel.fold import Macro, shape_of
from config.cel.operators import quiet_options
from config.cel.questions import HEADER, QUESTIONS, Parameter, choices_of, question_source
from config.cel.unsupported import Unsupported
from config.fault import did_you_mean
from config.list_kinds import READINGS, Kind
from detectors.value import value

CHEAP, COSTLY, PARTIAL = 0, 1, 2

_QUESTIONS = {question.name: question for question in QUESTIONS}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}\Z")  # RFC 9110 section 5.6.2, token

_PLAIN_TYPES = ("int64", "double", "string", "bool", "timestamp")
_COMPARISONS = {"less": "<", "less_equals": "<=", "greater": ">", "greater_equals": ">="}

# overload of the official checker -> Python, and whether it can fail
TEMPLATES: dict[str, tuple[str, int]] = {
    **{
        f"{word}_{kind}": (f"({{0}} {sign} {{1}})", CHEAP)
        for word, sign in _COMPARISONS.items()
        for kind in _PLAIN_TYPES
    },
    "equals": ("({0} == {1})", CHEAP),
    "not_equals": ("({0} != {1})", CHEAP),
    "logical_not": ("(not {0})", CHEAP),
    "add_string": ("({0} + {1})", CHEAP),
    "add_list": ("({0} + {1})", CHEAP),
    "add_double": ("({0} + {1})", CHEAP),
    "subtract_double": ("({0} - {1})", CHEAP),
    "multiply_double": ("({0} * {1})", CHEAP),
    "negate_double": ("(-{0})", CHEAP),
    "divide_double": ("divide_double({0}, {1})", CHEAP),
    "add_int64": ("int64({0} + {1})", PARTIAL),
    "subtract_int64": ("int64({0} - {1})", PARTIAL),
    "multiply_int64": ("int64({0} * {1})", PARTIAL),
    "negate_int64": ("int64(-{0})", PARTIAL),
    "divide_int64": ("divide_int({0}, {1})", PARTIAL),
    "modulo_int64": ("modulo_int({0}, {1})", PARTIAL),
    "index_list": ("item_at({0}, {1})", PARTIAL),
    "index_map": ("entry_at({0}, {1})", PARTIAL),
    "in_list": ("({0} in {1})", CHEAP),
    "in_map": ("({0} in {1})", CHEAP),
    **dict.fromkeys(
        ("size_string", "string_size", "size_list", "list_size", "size_map", "map_size"), ("len({0})", CHEAP)
    ),
    "contains_string": ("({1} in {0})", CHEAP),
    "starts_with_string": ("{0}.startswith({1})", CHEAP),
    "ends_with_string": ("{0}.endswith({1})", CHEAP),
    "string_lower_ascii": ("lower_ascii({0})", CHEAP),
    "string_upper_ascii": ("upper_ascii({0})", CHEAP),
    "int64_to_double": ("float({0})", CHEAP),
    "double_to_int64": ("double_to_int({0})", PARTIAL),
    "int64_to_string": ("str({0})", CHEAP),
}


@value
class Code:
    """A Python expression and how dear it is; `PARTIAL` may raise EvaluationError."""

    text: str
    cost: int


_RATE = re.compile(r"⟦(visit\.\w+(\.\w+)?)\.(rate|page_rate)\('\w+', now(, '[\w-]*')?\)⟧")


def fault_at(checked: Checked, error: Unsupported) -> CelFault:
    """The place of `error` in the rule's text."""
    before = checked.source[: checked.offsets.get(error.node, 0)]
    return CelFault(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1, str(error))


class Generator:
    """Writes the Python for one condition.

    A read of a fact stands as `⟦source⟧`, for config/cel/rules.py to decide how often it is read; `reads`
    holds each, and whether it is costly. `patterns` collects regular expressions, called `search_N` there.
    `kinds` are those of the lists, by their names. `closures` is true where the code holds functions of its
    own.
    """

    def __init__(
        self,
        checked: Checked,
        facts: Mapping[str, Fact],
        patterns: list[str],
        kinds: Mapping[str, Kind | None],
    ) -> None:
        self._checked = checked
        self._facts = facts
        self._patterns = patterns
        self._kinds = kinds
        self._bound: dict[str, str] = {}
        self._names = 0
        self.reads: list[tuple[str, bool]] = []
        self.closures = False

    def condition(self) -> Code:
        """The whole condition. Raises Unsupported."""
        return self._code(self._checked.root)

    def _code(self, node: Node) -> Code:
        match node:
            case Constant():
                return self._constant(node)
            case Ident():
                return self._ident(node)
            case Call():
                return self._call(node)
            case Fold():
                return self._fold(node)
            case ListLiteral():
                return self._list(node)
            case MapLiteral():
                return self._map(node)
        raise Unsupported(node.id, "this part of CEL is not available in rules")

    def _type(self, node: Node) -> str:
        return self._checked.types.get(node.id, "dyn")

    def _constant(self, node: Constant) -> Code:
        if self._type(node) not in ("bool", "int", "double", "string"):
            raise Unsupported(node.id, f"literals of type {self._type(node)} are not available in rules")
        if isinstance(node.content, float) and isinf(node.content):
            raise Unsupported(node.id, "the number is too large")
        return Code(
            f"({node.content!a})" if not isinstance(node.content, str) else ascii(node.content), CHEAP
        )

    def _ident(self, node: Ident) -> Code:
        if node.name in self._bound:
            return Code(self._bound[node.name], CHEAP)
        fact = self._facts.get(node.name)
        if fact is None:
            if node.name in self._kinds:
                raise Unsupported(node.id, misplaced(node.name, self._kinds[node.name]))
            raise Unsupported(
                node.id, f"{node.name!r} is not a value of its own; write for example request.path"
            )
        return self._read(fact.source, fact.costly)

    def _read(self, source: str, costly: bool) -> Code:
        self.reads.append((source, costly))
        return Code(f"⟦{source}⟧", COSTLY if costly else CHEAP)

    def _list(self, node: ListLiteral) -> Code:
        if "dyn" in self._type(node):
            raise Unsupported(node.id, "the items of a list must all be of one type")
        items = [self._code(item) for item in node.items]
        return Code(f"[{', '.join(item.text for item in items)}]", _dearest(items))

    def _map(self, node: MapLiteral) -> Code:
        if "dyn" in self._type(node):
            raise Unsupported(node.id, "the entries of a map must all be of one type")
        keys = [key.content for key, _ in node.entries if isinstance(key, Constant)]
        if len(keys) != len(node.entries) or "double" in self._type(node).split(",", maxsplit=1)[0]:
            raise Unsupported(node.id, "the keys of a map must be literals")
        if len(set(keys)) != len(keys):
            raise Unsupported(node.id, "a key stands twice in the map")
        pairs = [(self._code(key), self._code(content)) for key, content in node.entries]
        body = ", ".join(f"{key.text}: {content.text}" for key, content in pairs)
        return Code("{" + body + "}", _dearest([content for _, content in pairs]))

    def _call(self, node: Call) -> Code:
        if node.function in _QUESTIONS and isinstance(node.target, Ident):
            return self._question(node)
        if node.function in ("_&&_", "_||_"):
            return self._logic(node)
        if node.function == "_?_:_":
            parts = [self._code(part) for part in node.args]
            text = f"({parts[1].text} if {parts[0].text} else {parts[2].text})"
            return Code(text, _dearest(parts))
        return self._special(node) or self._operator(node)

    def _special(self, node: Call) -> Code | None:
        """What wants its literals looked at; None for an operator like others."""
        if node.function == "@in" and isinstance(node.args[1], Ident):
            listed = node.args[1].name
            return self._membership(node.args[0], listed) if listed in self._kinds else None
        if node.function == "matches":
            return self._matches(node)
        if node.function == "timestamp":
            return Code(moment_source(node), CHEAP)
        part = calendar_part(next(iter(self._checked.overloads.get(node.id, ())), ""))
        if part is None or node.target is None:
            return None
        moment = self._code(node.target)
        return Code(calendar_source(node, part, moment.text), max(COSTLY, moment.cost))

    def _operator(self, node: Call) -> Code:
        overloads = self._checked.overloads.get(node.id, ())
        operands = node.args if node.target is None else (node.target, *node.args)
        for operand in operands:
            if isinstance(operand, Ident) and operand.name in self._kinds:
                raise Unsupported(operand.id, misplaced(operand.name, self._kinds[operand.name]))
        template = TEMPLATES.get(overloads[0]) if len(overloads) == 1 else None
        if template is None or any("dyn" in self._type(operand) for operand in operands):
            name = node.function.strip("_@") or node.function
            types = ", ".join(self._type(operand) for operand in operands)
            raise Unsupported(node.id, f"{name!r} of ({types}) is not available in rules")
        check_choices(node, self._facts)
        text, cost = template
        parts = [self._code(operand) for operand in operands]
        if node.function == "@in" and isinstance(node.args[1], ListLiteral):
            parts[1] = _constant_set(node.args[1], parts[1])
        written = text.format(*(part.text for part in parts))
        return Code(self._bounded(node, parts, written), max(cost, _dearest(parts)))

    def _bounded(self, node: Call, parts: list[Code], written: str) -> str:
        """`rate > 60.0` asks first for the count of a whole life, which no rate exceeds: 0.03 µs for 0.7."""
        rate = _RATE.fullmatch(parts[0].text) if node.function in ("_>_", "_>=_") else None
        if rate is None or not isinstance(node.args[1], Constant):
            return written
        identity, crowd, counted, route = rate.groups()
        if crowd and (route or counted == "page_rate"):
            return written  # a crowd hears of pages and routes later than of requests
        total = "pages" if counted == "page_rate" else "requests"
        return f"({identity}.{total} {node.function[1:-1]} {parts[1].text} and {written})"

    def _logic(self, node: Call) -> Code:
        """`&&` and `||` do not mind the order of operands that cannot fail: the cheap ones go first."""
        operands = sorted(
            (self._code(part) for part in _chain(node, node.function)), key=lambda code: code.cost
        )
        word, helper = (" and ", "both") if node.function == "_&&_" else (" or ", "either")
        failing = [code for code in operands if code.cost == PARTIAL]
        if len(failing) < 2:
            return Code(f"({word.join(code.text for code in operands)})", _dearest(operands))
        self.closures = True
        text = failing[-1].text
        for code in reversed(failing[:-1]):
            text = f"{helper}(lambda: {code.text}, lambda: {text})"
        sound = [code.text for code in operands if code.cost != PARTIAL]
        return Code(f"({word.join([*sound, text])})", PARTIAL)

    def _matches(self, node: Call) -> Code:
        text, pattern = node.args if node.target is None else (node.target, node.args[0])
        if not isinstance(pattern, Constant) or not isinstance(pattern.content, str):
            raise Unsupported(pattern.id, "the pattern must be a literal, so that it is compiled once")
        try:
            re2.compile(pattern.content, quiet_options())
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
            raise Unsupported(pattern.id, f"not a pattern: {reason}") from None
        if pattern.content not in self._patterns:
            self._patterns.append(pattern.content)
        searched = self._code(text)
        number = self._patterns.index(pattern.content)
        return Code(f"search_{number}({searched.text})", max(COSTLY, searched.cost))

    def _membership(self, wanted: Node, listed: str) -> Code:
        kind = self._kinds[listed]
        asks = READINGS[kind].asks if kind else ""
        name = wanted.name if isinstance(wanted, Ident) else ""
        if kind and (name != asks if asks else self._type(wanted) != "string"):
            raise Unsupported(wanted.id, f"only {asks or 'a text'} can be looked for in {listed}")
        read = self._code(wanted)
        cost = CHEAP if kind in (Kind.ASNS, Kind.TEXTS) else COSTLY
        return Code(f"({read.text} in {listed.replace('.', '_')})", max(cost, read.cost))

    def _question(self, node: Call) -> Code:
        question = _QUESTIONS[node.function]
        form = next(form for form in question.forms if len(form) == len(node.args))
        arguments = tuple(
            _literal(argument, question.name, parameter, choices_of(parameter, self._facts))
            for argument, parameter in zip(node.args, form, strict=True)
        )
        return self._read(question_source(question.name, arguments), costly=True)

    def _fold(self, node: Fold) -> Code:
        shape = shape_of(node)
        if shape is None or not self._type(node.source).startswith("list("):
            raise Unsupported(node.id, "macros work on lists only")
        source = self._code(node.source)
        name, outer = f"item_{self._names}", self._bound.get(node.variable)
        self._names += 1
        self._bound[node.variable] = name
        condition = self._code(shape.condition) if shape.condition else Code("True", CHEAP)
        element = self._code(shape.element) if shape.element else Code(name, CHEAP)
        del self._bound[node.variable]
        if outer is not None:
            self._bound[node.variable] = outer
        self.closures = True
        fails = PARTIAL in (source.cost, condition.cost, element.cost)
        text = _loop(shape.macro, name, source.text, condition, element)
        return Code(text, PARTIAL if fails else COSTLY)


def _loop(macro: Macro, name: str, source: str, condition: Code, element: Code) -> str:
    """A macro as a Python loop; `all` and `exists` absorb errors, the others do not."""
    each = f"for {name} in {source}"
    match macro:
        case Macro.ALL | Macro.EXISTS:
            if condition.cost == PARTIAL:
                helper = "every" if macro is Macro.ALL else "some"
                return f"{helper}({source}, lambda {name}: {condition.text})"
            return f"{'all' if macro is Macro.ALL else 'any'}({condition.text} {each})"
        case Macro.EXISTS_ONE:
            return f"(sum([1 {each} if {condition.text}]) == 1)"
        case Macro.MAP | Macro.FILTER:
            return f"[{element.text} {each} if {condition.text}]"
    assert_never(macro)


def misplaced(listed: str, kind: Kind | None) -> str:
    """What is wrong where a list stands anywhere but behind `in`."""
    asks = READINGS[kind].asks if kind else ""
    return f"{listed} stands only to the right of '{asks + ' ' if asks else ''}in'"


def _dearest(parts: Iterable[Code]) -> int:
    return max((part.cost for part in parts), default=CHEAP)


def _chain(node: Node, function: str) -> Iterator[Node]:
    """The operands of a chain of the same logical operator."""
    if isinstance(node, Call) and node.function == function:
        for argument in node.args:
            yield from _chain(argument, function)
    else:
        yield node


def _constant_set(node: ListLiteral, code: Code) -> Code:
    """A list of text literals to look in becomes a set, which Python builds once."""
    if node.items and all(
        isinstance(item, Constant) and isinstance(item.content, str) for item in node.items
    ):
        return Code("{" + code.text[1:-1] + "}", CHEAP)
    return code


def _literal(node: Node, question: str, parameter: Parameter, choices: tuple[str, ...]) -> str:
    if not isinstance(node, Constant) or not isinstance(node.content, str):
        raise Unsupported(node.id, f"the arguments of {question} must be literals")
    if choices and node.content not in choices:
        advice = did_you_mean(node.content, choices) or f"; it takes {', '.join(choices)}"
        raise Unsupported(node.id, f"{question} does not know {node.content!r}{advice}")
    if parameter is HEADER and not _HEADER_NAME.match(node.content):
        raise Unsupported(node.id, f"{node.content!r} is not a header name")
    return node.content


def check_choices(node: Call, facts: Mapping[str, Fact]) -> None:
    """Refuse a comparison of a fact with a text that it can never be. Raises Unsupported."""
    if node.function not in ("_==_", "_!=_", "@in"):
        return
    left, right = node.args
    if node.function != "@in" and isinstance(left, Constant):
        left, right = right, left
    if node.function == "@in" and isinstance(right, Ident):
        left, right = right, left
    fact = facts.get(left.name) if isinstance(left, Ident) else None
    if fact is None or not fact.choices:
        return
    for literal in right.items if isinstance(right, ListLiteral) else (right,):
        if isinstance(literal, Constant) and literal.content not in fact.choices:
            word = str(literal.content)
            advice = (
                did_you_mean(word, fact.choices) or f"; it is one of {', '.join(filter(None, fact.choices))}"
            )
            raise Unsupported(literal.id, f"{fact.name} is never {word!r}{advice}")
