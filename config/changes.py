"""What is different between two configurations, in the words of the file that an operator edits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from config.list_kinds import entry_in
from config.policy import Policy
from config.rule import Rule
from config.settings import Config, Listener, Site
from config.yaml_tree import parse
from detectors.value import value

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
OPERATOR = "operator"
_UNNAMED = frozenset(
    {"name", "ruleset", "own", "score_alone"}
)  # what a rule is called by, or follows from it
_KEYS = {"category": "oat", "rollout_percent": "rollout"}  # where the file has another word
_APART = frozenset({"version", "listeners", "sites"})  # told by themselves


@value
class Change:
    """One thing that was added, removed or changed; `detail` names the keys, or says from what to what."""

    what: str
    name: str
    how: str
    detail: str = ""

    def __str__(self) -> str:
        said = " ".join(word for word in (self.what, self.name, self.how) if word)
        return f"{said}: {self.detail}" if self.detail else said


def changes_between(old: Config, new: Config) -> tuple[Change, ...]:
    """Everything that differs, rules first. Files that stay apart (certificates, databases) are not read."""
    before, after = old.sites[0].policy, new.sites[0].policy  # policies share all but their rules
    return (
        *_policies(old, new),
        *_named("route", _patterns(before), _patterns(after)),
        *_settings("bands", before.bands, after.bands),
        *_weights(before, after),
        *_settings("model", before.model_limits, after.model_limits),
        *_models(before, after),
        *_sites(old, new),
        *_named("listener", _listeners(old), _listeners(new)),
        *_rest(old, new),
    )


def changes_of_lists(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """How many entries joined and left each list; both are texts by the path of their file."""
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = _entries(old.get(path, "")), _entries(new.get(path, ""))
        if before != after or (path in old) is not (path in new):
            how = CHANGED if path in old and path in new else ADDED if path in new else REMOVED
            gone, come = len(before - after), len(after - before)
            found.append(Change("list", path, how, f"{come:,} added, {gone:,} removed"))
    return tuple(found)


def lists_written_in(text: str) -> dict[str, str]:
    """The lists that stand in a YAML itself, one entry a line, for `changes_of_lists`."""
    data = parse("", text).data
    whole = data if isinstance(data, dict) else {}
    written = [(f"networks.{name}", given) for name, given in _mapping(whole.get("networks")).items()]
    written += [
        (f"lists.{name}", _mapping(given).get("items"))
        for name, given in _mapping(whole.get("lists")).items()
    ]
    return {name: "\n".join(map(str, entries)) for name, entries in written if isinstance(entries, list)}


def _mapping(data: object) -> dict[str, object]:
    return data if isinstance(data, dict) else {}


def _entries(text: str) -> frozenset[str]:
    return frozenset(filter(None, map(entry_in, text.split("\n"))))


def _policies(old: Config, new: Config) -> Iterator[Change]:
    before = {site.policy.name: site.policy for site in old.sites}
    after = {site.policy.name: site.policy for site in new.sites}
    for name in dict.fromkeys((*before, *after)):
        if name in before and name in after:
            yield from _rules(before[name], after[name])
        else:
            yield Change("policy", name, ADDED if name in after else REMOVED)


def _rules(old: Policy, new: Policy) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    for name in dict.fromkeys((*after, *before)):
        if name not in before or name not in after:
            yield Change("rule", name, ADDED if name in after else REMOVED)
        elif keys := _differing(before[name], after[name], _UNNAMED):
            yield Change("rule", name, CHANGED, ", ".join(keys))
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Change("rules", "" if new.name == "policy" else new.name, CHANGED, "their order")


def _by_name(policy: Policy) -> dict[str, Rule]:
    """Rules by what to call them: the operator's own by their name, others with the name of their file."""
    place = "" if policy.name == "policy" else f"{policy.name} "
    return {
        place + (rule.name if rule.ruleset == OPERATOR else f"{rule.ruleset}/{rule.name}"): rule
        for rule in policy.rules
    }


def _patterns(policy: Policy) -> Mapping[str, Sequence[str]]:
    return policy.routes.patterns


def _listeners(config: Config) -> dict[str, Listener]:
    return {f"{listener.host}:{listener.port}": listener for listener in config.listeners}


def _weights(old: Policy, new: Policy) -> Iterator[Change]:
    before = {"prior": old.prior, **old.inspector.weights}
    after = {"prior": new.prior, **new.inspector.weights}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Change("evidence", name, CHANGED, f"{before.get(name)} → {after.get(name)}")


def _models(old: Policy, new: Policy) -> Iterator[Change]:
    names = [
        "none" if model is None else f"{model.version} ({model.sha256[:12]})"
        for model in (old.model, new.model)
    ]
    if names[0] != names[1]:
        yield Change("model", "", CHANGED, f"{names[0]} → {names[1]}")


def _sites(old: Config, new: Config) -> Iterator[Change]:
    before, after = ({site.name: site for site in config.sites} for config in (old, new))
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after:
            yield Change("site", name, ADDED if name in after else REMOVED)
        else:
            yield from _site(before[name], after[name])


def _site(old: Site, new: Site) -> Iterator[Change]:
    if old.mode is not new.mode:
        yield Change("site", new.name, CHANGED, f"mode {old.mode} → {new.mode}")
    if keys := _differing(old, new, frozenset({"mode", "policy"})):
        yield Change("site", new.name, CHANGED, ", ".join(keys))
    if old.policy.name != new.policy.name:
        yield Change("site", new.name, CHANGED, "policy")


def _rest(old: Config, new: Config) -> Iterator[Change]:
    for each in fields(new):
        if each.name not in _APART:
            yield from _settings(each.name, getattr(old, each.name), getattr(new, each.name))


def _settings(name: str, old: Any, new: Any) -> Iterator[Change]:
    """A section, with its keys where it has some."""
    if old == new:
        return
    keys = _differing(old, new, frozenset()) if type(old) is type(new) else []
    yield Change(name, "", CHANGED, ", ".join(keys))


def _differing(old: Any, new: Any, but: frozenset[str]) -> list[str]:
    """The fields in which two values of one type differ; none for what has no fields."""
    names = [each.name for each in fields(new)] if hasattr(new, "__dataclass_fields__") else []
    differing = [name for name in names if name not in but and getattr(old, name) != getattr(new, name)]
    return [_KEYS.get(name, name) for name in differing]


def _named(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    for name in dict.fromkeys((*new, *old)):
        if name not in old or name not in new:
            yield Change(what, name, ADDED if name in new else REMOVED)
        elif old[name] != new[name]:
            yield Change(what, name, CHANGED)
