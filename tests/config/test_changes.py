"""An operator reads what a reload changed, in the words of the file."""

from copy import deepcopy
from typing import Any

import pytest
import yaml

from config.changes import changes_between, changes_of_lists, lists_written_in
from config.loader import Recorder, load
from config.settings import Config
from tests.support.gateway import merged

BASE: dict[str, Any] = {
    "sites": [{"name": "shop", "hosts": ["*"], "upstreams": ["http://127.0.0.1:1"], "mode": "monitor"}],
    "routes": {"product": {"match": ["/product/*"]}},
    "policy": {
        "import": [],
        "rules": [
            {"name": "first", "when": "risk > 60.0", "action": "challenge"},
            {"name": "second", "when": "risk > 90.0", "action": "throttle"},
        ],
    },
}
FIRST, SECOND = BASE["policy"]["rules"]
SITE = BASE["sites"][0]
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "a rule added": (
        {"policy": {"rules": [FIRST, SECOND, {**FIRST, "name": "third"}]}},
        ["rule third added"],
    ),
    "a rule removed": ({"policy": {"rules": [FIRST]}}, ["rule second removed"]),
    "a rule's keys": (
        {"policy": {"rules": [{**FIRST, "when": "risk > 70.0", "oat": "OAT-011"}, SECOND]}},
        ["rule first changed: when, oat"],
    ),
    "the order of rules": ({"policy": {"rules": [SECOND, FIRST]}}, ["rules changed: their order"]),
    "an import without its rules": (
        {"policy": {"import": ["(stile)/verified-bots.yaml"], "without": []}},
        ["rule verified-bots/"],
    ),
    "a policy of a site's own": (
        {"sites": [{**SITE, "policy": {"import": [], "rules": [FIRST]}}]},
        ["policy policy removed", "policy sites[0].policy added", "site shop changed: policy"],
    ),
    "a route's pattern": ({"routes": {"product": {"match": ["/p/*"]}}}, ["route product changed"]),
    "a new route": ({"routes": {"search": {"match": ["/search"]}}}, ["route search added"]),
    "a band": ({"bands": {"high": 95.0}}, ["bands changed: high"]),
    "a weight": ({"evidence": {"header_order": 0.5}}, ["evidence header_order changed: "]),
    "the prior": ({"evidence": {"prior": -2.0}}, ["evidence prior changed: -3.0 → -2.0"]),
    "a mode": ({"sites": [{**SITE, "mode": "enforce"}]}, ["site shop changed: mode monitor → enforce"]),
    "a site's storefront": (
        {"sites": [{**SITE, "upstreams": ["http://127.0.0.1:2"]}]},
        ["site shop changed: upstreams"],
    ),
    "a site's name": ({"sites": [{**SITE, "name": "store"}]}, ["site shop removed", "site store added"]),
    "a limit": ({"limits": {"max_headers": 50}}, ["limits changed: max_headers"]),
    "who is trusted": ({"trusted_proxies": ["10.0.0.0/8"]}, ["trusted_proxies changed"]),
    "what is listened on": (
        {"listen": [{"address": "127.0.0.1:9"}]},
        ["listener 127.0.0.1:9 added", "listener 0.0.0.0:8080 removed"],
    ),
    "the model": ({"model": {"enabled": False}}, ["model changed: "]),
}


def loaded(changes: dict[str, Any]) -> Config:
    text = yaml.safe_dump(merged(deepcopy(BASE), changes))
    recorder = Recorder()
    recorder.texts["stile.yaml"] = text
    return load("stile.yaml", recorder)


@pytest.mark.parametrize(("changes", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_told(changes: dict[str, Any], expected: list[str]) -> None:
    told = [str(change) for change in changes_between(loaded({}), loaded(changes))]

    assert told if expected else not told
    assert all(any(line.startswith(begin) for begin in expected) for line in told)
    assert all(any(line.startswith(begin) for line in told) for begin in expected)


@pytest.mark.parametrize("changes", [each for each, _ in CHANGES.values()], ids=CHANGES)
def test_loading_the_same_text_again_changes_nothing(changes: dict[str, Any]) -> None:
    assert changes_between(loaded(changes), loaded(changes)) == ()


def test_lists_are_told_by_how_many_entries_came_and_went() -> None:
    old = {"bad.txt": "10.0.0.0/8\n# partners\n192.0.2.1\n", "gone.txt": "a\n", "same.txt": "a\nb\n"}
    new = {"bad.txt": "10.0.0.0/8\n192.0.2.2\n192.0.2.3 # new\n", "same.txt": "b\na\n", "new.txt": "x\n"}

    told = [str(change) for change in changes_of_lists(old, new)]

    assert told == [
        "list bad.txt changed: 2 added, 1 removed",
        "list gone.txt removed: 0 added, 1 removed",
        "list new.txt added: 1 added, 0 removed",
    ]


def test_lists_in_the_yaml_are_told_like_those_in_files() -> None:
    old = "networks: {a: [192.0.2.0/24], b: {file: b.txt}}\nlists: {c: {kind: asns, items: [1, 2]}}\n"
    new = "networks: {a: [192.0.2.0/24]}\nlists: {c: {kind: asns, items: [2, 3]}, d: {kind: asns, file: d}}\n"

    told = [str(change) for change in changes_of_lists(lists_written_in(old), lists_written_in(new))]

    assert told == ["list lists.c changed: 1 added, 1 removed"]
