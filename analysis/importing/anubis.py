"""Anubis' policies in our words: what can be said here is said, what cannot is listed with its place.

Source of the format: the documentation and the default policy of Anubis 1.21 to 1.23, "Policy definitions".
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from analysis.importing.expression import Translator, Untranslatable, header_of
from config.cel.check import CelFaults
from config.cel.expression import Call, Constant, Ident, ListLiteral, Node
from config.cel.facts import facts_by_name
from config.cel.rules import Compiler
from config.cel.wording import wording
from config.decision import Action
from config.fault import Place
from config.list_kinds import Kind, Listing
from config.networks import Networks
from config.rule import Rule
from config.yaml_tree import Document, parse
from config.yaml_tree import Path as KeyPath
from detectors.value import value

ACTIONS = {"ALLOW": "allow", "DENY": "block", "CHALLENGE": "challenge"}
RUNGS = {"fast": "pow", "slow": "pow", "preact": "pow", "metarefresh": "refresh"}
MATCHERS = (
    "user_agent_regex",
    "path_regex",
    "headers_regex",
    "remote_addresses",
    "geoip",
    "asns",
    "expression",
)
KNOWN = frozenset(("name", "action", "challenge", "weight", "import", *MATCHERS))
MAX_FILES = 100
COVERED = {
    "common/": "well-known addresses are open in (stile)/default.yaml",
    "crawlers/": "crawlers that prove who they are get in by (stile)/verified-bots.yaml",
    "clients/": "clients are told apart by what they prove; see docs/bots.md",
    "bots/": "tools and false names are evidence here; see docs/detectors.md",
    "services/": "services that say who they are have categories; see docs/bots.md",
}
AI_BLOCKED = {"training": "block", "search": "block", "assistant": "block"}


@value
class Left:
    """Something that has no translation, with its place in the file that it stands in."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Import:
    """One policy and the files that it imports. `rules`, `networks`, `ai` and `status` are for our YAML."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._translator = Translator()
        self._names: set[str] = set()
        self._files = 0
        self.rules: list[dict[str, Any]] = []
        self.networks: dict[str, list[str]] = {}
        self.ai: dict[str, str] = {}
        self.status: int | None = None
        self.left: list[Left] = []
        self.notes: list[str] = []

    def file(self, path: str) -> None:
        """Translate the file at `path`. Raises OSError, and ValueError where it is no YAML."""
        self._files += 1
        if self._files > MAX_FILES:
            raise ValueError(f"more than {MAX_FILES} files are imported")
        document = parse(path, self._read(path))
        if document.faults:
            raise ValueError(str(document.faults[0]))
        data = document.data
        bots, root = (data, ()) if isinstance(data, list) else (_mapping(data).get("bots", []), ("bots",))
        for number, bot in enumerate(bots or []):
            self._bot(document, (*root, number), _mapping(bot))
        if isinstance(data, dict):
            self._settings(document, data)

    def _bot(self, document: Document, path: KeyPath, bot: dict[str, Any]) -> None:
        if "import" in bot:
            self._import(document, path, str(bot["import"]))
            return
        name, action = str(bot.get("name", "unnamed")), str(bot.get("action", ""))
        try:
            _check(bot, action)
            when = self._when(name, bot)
        except Untranslatable as reason:
            self._leave(document, path, f"{name}: there is nothing here for {reason}")
            return
        fault = self._fault_of(when)
        if fault:
            self._leave(document, path, f"{name}: {fault}")
            return
        rule = {"name": self._name(name), "when": when, "action": ACTIONS[action]}
        self.rules.append(rule | self._asked(document, path, name, bot))

    def _fault_of(self, when: str) -> str:
        """What our own checker has against a translated condition; empty where nothing."""
        rule = Rule("translated", when, Action.ALLOW, "", "", "", own=True)
        try:
            lists = {
                f"networks.{name}": Listing(Kind.NETWORKS, Networks(cidrs))
                for name, cidrs in self.networks.items()
            }
            Compiler(lists, facts_by_name()).condition(rule)
        except CelFaults as found:
            return str(found)
        return ""

    def _when(self, name: str, bot: dict[str, Any]) -> str:
        parts = list(self._parts(name, bot))
        if not parts:
            raise Untranslatable("a rule that matches nothing by itself")
        return " && ".join(f"({part})" if "||" in part and len(parts) > 1 else part for part in parts)

    def _parts(self, name: str, bot: dict[str, Any]) -> Iterator[str]:
        for key, fact in (("user_agent_regex", "request.user_agent"), ("path_regex", "request.path")):
            if key in bot:
                yield wording(_matches(Ident(0, fact), str(bot[key])))
        for header, pattern in _mapping(bot.get("headers_regex")).items():
            # The whole of Anubis' own ".*" is: the header is there.
            there = Call(0, "_!=_", None, (header_of(header), Constant(0, "")))
            yield wording(there if pattern == ".*" else _matches(header_of(header), str(pattern)))
        if "remote_addresses" in bot:
            cidrs = [_cidr(str(each)) for each in bot["remote_addresses"]]
            known = self._name(name, self.networks).replace("-", "_")
            self.networks[known] = cidrs
            yield f"request.ip in networks.{known}"
        if "geoip" in bot:
            yield _among(
                "request.country", [str(each) for each in _mapping(bot["geoip"]).get("countries", [])]
            )
        if "asns" in bot:
            yield _among("request.asn", [int(each) for each in _mapping(bot["asns"]).get("match", [])])
        if "expression" in bot:
            yield self._expression(bot["expression"])

    def _expression(self, expression: object) -> str:
        if isinstance(expression, str):
            return self._translator.condition(expression)
        for key, joint in (("all", " && "), ("any", " || ")):
            items = _mapping(expression).get(key)
            if items:
                texts = [self._translator.condition(str(item)) for item in items]
                return joint.join(f"({text})" if "||" in text or "?" in text else text for text in texts)
        raise Untranslatable("an expression of this form")

    def _asked(self, document: Document, path: KeyPath, name: str, bot: dict[str, Any]) -> dict[str, str]:
        challenge = _mapping(bot.get("challenge"))
        if not challenge or bot["action"] != "CHALLENGE":
            return {}
        algorithm = str(challenge.get("algorithm", "fast"))
        if challenge.get("difficulty") is not None:
            self._leave(document, (*path, "challenge"), f"{name}: the difficulty comes from the risk here")
        return {"ask": RUNGS[algorithm]} if algorithm in RUNGS else {}

    def _import(self, document: Document, path: KeyPath, reference: str) -> None:
        shipped = reference.removeprefix("(data)/")
        if shipped == reference:
            self.file(str(Path(document.file).parent / reference))
        elif shipped == "meta/ai-block-aggressive.yaml":
            self.ai = dict(AI_BLOCKED)
        else:
            known = next((note for start, note in COVERED.items() if shipped.startswith(start)), None)
            if known is None:
                self._leave(document, path, f"{reference} is not translated; AI crawlers: see policy.ai")
            else:
                self.notes.append(f"{reference}: {known}")

    def _settings(self, document: Document, data: dict[str, Any]) -> None:
        for key, content in data.items():
            if key == "status_codes":
                status = _mapping(content).get("CHALLENGE")
                self.status = status if isinstance(status, int) else None
            elif key == "thresholds":
                for number, each in enumerate(content or []):
                    name = str(_mapping(each).get("name", "unnamed"))
                    self._leave(document, (key, number), f"threshold {name}: use bands and challenge.ladder")
            elif key not in {"bots", "dnsbl"} or content is True:
                self._leave(document, (key,), f"`{key}` is no part of a policy here")

    def _name(self, name: str, taken: dict[str, list[str]] | None = None) -> str:
        names = self._names if taken is None else {each.replace("_", "-") for each in taken}
        plain = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:56]
        plain = plain if plain[:1].isalpha() else f"rule-{plain}".rstrip("-")
        number, unique = 1, plain
        while unique in names:
            number += 1
            unique = f"{plain}-{number}"
        if taken is None:
            self._names.add(unique)
        return unique

    def _leave(self, document: Document, path: KeyPath, what: str) -> None:
        self.left.append(Left(document.place(path), what))


def _check(bot: dict[str, Any], action: str) -> None:
    for key in bot.keys() - KNOWN:
        raise Untranslatable(f"`{key}`")
    if action == "WEIGH":
        raise Untranslatable("weights by rule; give the evidence itself a weight, see docs/detectors.md")
    if action not in ACTIONS:
        raise Untranslatable(f"the action {action or 'that is missing'}")


def _matches(text: Node, pattern: str) -> Call:
    return Call(0, "matches", text, (Constant(0, pattern.strip()),))


def _among(fact: str, choices: list[Any]) -> str:
    if not choices:
        raise Untranslatable("an empty list")
    return wording(
        Call(0, "@in", None, (Ident(0, fact), ListLiteral(0, tuple(Constant(0, c) for c in choices))))
    )


def _cidr(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise Untranslatable(f"the address {text!r}") from None


def _mapping(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}
