"""A document that misses its schema still gets its conditions checked, so that all faults come at once."""

import re
from collections.abc import Iterator

from config.cel.check import CelFaults
from config.cel.facts import facts_by_name
from config.cel.rules import Compiler
from config.decision import Action
from config.fault import Fault, dotted
from config.list_kinds import Listing
from config.rule import Rule
from config.rule_place import place_in_rule
from config.yaml_tree import Document, Path

_LIST = re.compile(r"\b(?:networks|lists)\.[A-Za-z_][A-Za-z0-9_]*")
_MACRO = re.compile(r"\bmacros\.([A-Za-z_][A-Za-z0-9_]*)")
_ROUTE = re.compile(r"\broutes\.([A-Za-z_][A-Za-z0-9_]*)")


def check_conditions(document: Document, evidence: tuple[str, ...]) -> None:
    """Add a fault for every condition that is none; names that other parts may declare are taken on trust."""
    conditions = list(_conditions(document.data, ()))
    lists = {name: Listing(None, ()) for _, text in conditions for name in _LIST.findall(text)}
    facts = facts_by_name(_routes(document.data), evidence)
    routes = [name for _, text in conditions for name in _ROUTE.findall(text)]
    macros = {name: "true" for _, text in conditions for name in _MACRO.findall(text)}
    compiler = Compiler(lists, facts, macros, routes)
    for path, text in conditions:
        try:
            compiler.condition(Rule("rule", text, Action.ALLOW, "", "", "", own=True))
        except CelFaults as found:
            document.faults += [
                Fault(place_in_rule(document, path, fault.line, fault.column), dotted(path), fault.message)
                for fault in found.faults
            ]


def _conditions(data: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text under a key `when`, wherever rules may stand."""
    if isinstance(data, dict):
        for key, item in data.items():
            if key == "when" and isinstance(item, str):
                yield (*path, key), item
            elif key in ("policy", "rules", "sites", "routes") or path == ("routes",):
                yield from _conditions(item, (*path, key))
    elif isinstance(data, list):
        for place, item in enumerate(data):
            yield from _conditions(item, (*path, place))


def _routes(data: object) -> tuple[str, ...] | None:
    """The names of routes, None where they cannot be told."""
    routes = data.get("routes", {}) if isinstance(data, dict) else None
    return tuple(map(str, routes)) if isinstance(routes, dict) else None
