"""Data meets its schema: every disagreement becomes a fault with a place and, where one is near, a cure."""

import re
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from config.fault import Fault, Place, did_you_mean, dotted, nearest
from config.pages import COLOR, LINK
from config.sections import Section
from config.yaml_tree import Document, Path

S = TypeVar("S", bound=Section)

_MARKS = frozenset(("[key]", "[list]", "[file]"))  # steps of pydantic's that no document has
_PATTERNS = {
    "^[a-z][a-z0-9_-]{0,63}$": "must be lower-case letters, digits, - and _, beginning with a letter",
    "^[a-z][a-z0-9_]{0,63}$": "must be lower-case letters, digits and _, beginning with a letter",
    "^OAT-0(0[1-9]|1[0-9]|2[01])$": "must be an OWASP automated threat, OAT-001 to OAT-021",
    "^[A-Za-z][A-Za-z0-9-]{0,63}$": "must be a header name",
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$": "must be a cookie name",
    COLOR: "must be a colour such as '#1d5bb8'",
    LINK: "must begin with mailto: or https:",
}
_SENTENCES = {
    "missing": "this key is required",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "too_short": "must hold at least {min_length}",
    "string_too_long": "must be at most {max_length} characters",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}


def validate(model: type[S], document: Document) -> S | None:
    """The document as `model`, or None with all that is wrong added to the document's faults."""
    data = document.data
    if data is None:
        document.faults.append(Fault(Place(document.file, 1, 1), "", "the file is empty"))
        return None
    if not isinstance(data, dict):
        document.faults.append(Fault(document.place(()), "", "must be a mapping of keys"))
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [dict(problem) for problem in error.errors(include_url=False)]
        meant = {_meant(model, problem) for problem in problems}
        document.faults += [
            _fault(model, document, problem)
            for problem in problems
            if problem["type"] != "missing" or problem["loc"] not in meant
        ]
        return None


def _fault(model: type[Section], document: Document, problem: dict[str, Any]) -> Fault:
    location = problem["loc"]
    on_key = location[-1] == "[key]" or problem["type"] == "extra_forbidden"
    path: Path = tuple(step for step in location if step not in _MARKS)
    place = document.key_place(path) if on_key else document.place(path)
    return Fault(place, dotted(path), _message(model, path, problem))


def _meant(model: type[Section], problem: dict[str, Any]) -> Path:
    """The path that an unknown key was meant to have; empty where there is none."""
    if problem["type"] != "extra_forbidden":
        return ()
    *around, word = problem["loc"]
    meant = nearest(str(word), _keys_at(model, tuple(around)))
    return (*around, meant) if meant else ()


def _message(model: type[Section], path: Path, problem: dict[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(path[-1]), _keys_at(model, path[:-1]))}"
    if kind == "literal_error":
        return _choice(context["expected"], problem["input"])
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"must match {context['pattern']}")
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return str(problem["msg"])
    return sentence.format(**context)


def _choice(expected: str, given: object) -> str:
    choices = re.findall(r"'([^']*)'|(\d+)", expected)
    words = [text or number for text, number in choices]
    return f"must be one of {', '.join(words)}{did_you_mean(str(given), words)}"


def _keys_at(model: type[Section], path: Path) -> list[str]:
    """The keys that may stand in the mapping at `path`."""
    current: Any = model
    for step in path:
        found = _sections_in(current, step)
        if found is None:
            return []
        current = found
    return [field.alias or name for name, field in current.model_fields.items()]


def _sections_in(current: Any, step: str | int) -> Any:
    """The section below `step`: that of a field, or the same one for an index or a free key."""
    if isinstance(step, int):
        return current
    fields: dict[str, FieldInfo] = current.model_fields
    for name, field in fields.items():
        if step in (name, field.alias):
            return _section_of(field.annotation)
    return current


def _section_of(annotation: Any) -> Any:
    """The one Section inside an annotation such as `list[X]`, `dict[str, X]` or `X | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _section_of(part)
        if found is not None:
            return found
    return None
