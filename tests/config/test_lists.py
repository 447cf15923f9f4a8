"""Lists stand in the YAML or in files, are asked in rules by their names, and count for the version."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.check import check
from config.lists import MAX_LIST
from config.loader import Recorder, load
from config.settings import Config
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Network
from tests.support.broken_values import SITE
from tests.support.requests import a_request
from tests.support.rules import SIGHTING, a_first_visit

FILES = {
    "office.txt": "# who sits here\n10.0.0.0/8\r\n\n2001:db8::/32 # by tunnel\n",
    "agents.txt": "curl\nscrapy\n",
    "old.txt": "/old/*\n/gone\n",
}
LISTS = """
networks: {office: {file: office.txt}, home: [192.0.2.0/24]}
lists:
  office: {kind: networks, items: [198.51.100.0/24]}
  agents: {kind: user_agents, file: agents.txt}
  old: {kind: paths, file: old.txt}
  leased: {kind: asns, items: [64496, AS64497]}
  lands: {kind: texts, items: [DE, AT]}
"""
HOLDS = {
    "networks of a file": ("request.ip in networks.office", {"address": "10.1.2.3"}),
    "networks of the YAML": ("request.ip in networks.home", {"address": "192.0.2.9"}),
    "another list of the same name": ("request.ip in lists.office", {"address": "198.51.100.1"}),
    "agents": ("request.user_agent in lists.agents", {"fields": {b"user-agent": b"Scrapy/2"}}),
    "paths": ("request.path in lists.old", {"path": "/old/7"}),
    "numbers": ("request.asn in lists.leased", {"network": Network(asn=64497)}),
    "texts": ("request.country + '' in lists.lands", {"network": Network(country="AT")}),
}
BROKEN = {
    "a bad line": (
        {"office.txt": "10.0.0.0/8\n  10.0.0.1/8 # slip\n"},
        "",
        "office.txt:2:3: networks.office: has bits set beyond its mask; did you mean '10.0.0.0/8'?",
    ),
    "no file": (
        {"office.txt": None},
        "",
        "stile.yaml:3:27: networks.office.file: cannot read office.txt: No such file or directory",
    ),
    "a bad item": (
        {},
        "  more: {kind: asns, items: [1, none]}\n",
        "stile.yaml:10:33: lists.more.items[1]: must be the number of an autonomous system such as 64496 or AS64496",  # noqa: E501  compared whole
    ),
    "file and items": (
        {},
        "  more: {kind: asns, items: [1], file: x}\n",
        "stile.yaml:10:9: lists.more: takes either a file or items",
    ),
    "neither": (
        {},
        "  more: {kind: asns}\n",
        "stile.yaml:10:9: lists.more: takes either a file or items",
    ),
    "an unknown kind": (
        {},
        "  more: {kind: network, items: []}\n",
        "stile.yaml:10:16: lists.more.kind: must be one of networks, user_agents, paths, asns, texts; did you mean 'networks'?",  # noqa: E501  compared whole
    ),
    "no text": (
        {},
        "  more: {kind: asns, items: [1.5]}\n",
        "stile.yaml:10:30: lists.more.items[0]: must be text or a whole number",
    ),
    "the wrong kind": (
        {},
        "policy: {rules: [{name: a, when: request.path in lists.leased, action: block}]}\n",
        "stile.yaml:10:41: policy.rules[0].when: only request.asn can be looked for in lists.leased",
    ),
    "a number among texts": (
        {},
        "policy: {rules: [{name: a, when: request.asn in lists.lands, action: block}]}\n",
        "stile.yaml:10:41: policy.rules[0].when: only a text can be looked for in lists.lands",
    ),
    "a list by itself": (
        {},
        "policy: {rules: [{name: a, when: size(lists.old) > 1, action: block}]}\n",
        "stile.yaml:10:44: policy.rules[0].when: lists.old stands only to the right of 'request.path in'",
    ),
    "a list that is not there": (
        {},
        "policy: {rules: [{name: a, when: request.path in lists.olds, action: block}]}\n",
        "stile.yaml:10:55: policy.rules[0].when: there is no 'lists.olds'; did you mean 'lists.old'?",
    ),
    "no list of networks": (
        {},
        "trusted_proxies: 1\n",
        "stile.yaml:10:18: trusted_proxies: must be a list",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_rule(condition: str) -> Config:
    """The configuration with one rule, from the present folder."""
    rule = f'policy: {{import: [], rules: [{{name: a, action: block, when: "{condition}"}}]}}\n'
    Path("stile.yaml").write_text(SITE + LISTS + rule, "utf-8")
    return load("stile.yaml")


@pytest.mark.parametrize(("condition", "changes"), HOLDS.values(), ids=HOLDS)
def test_a_rule_asks_a_list(folder, condition, changes):
    policy = with_rule(condition).sites[0].policy

    places = [
        policy.rule_set.matcher(a_first_visit(request), SIGHTING, NO_CLAIM, None, None, (), 0.0, [], None)
        for request in (replace(a_request(), **changes), a_request(address="203.0.113.1", path="/"))
    ]

    assert places == [0, -1]


@pytest.mark.parametrize(("files", "more", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_fault_stands_where_it_was_written(folder, files, more, fault):
    for name, text in files.items():
        (folder / name).unlink() if text is None else (folder / name).write_text(text, "utf-8")
    Path("stile.yaml").write_text(SITE + LISTS + more, "utf-8")

    assert [str(each) for each in check("stile.yaml")] == [fault]


def test_a_list_is_part_of_the_version_and_of_the_snapshot(folder):
    recorder = Recorder()
    before = with_rule("request.path in lists.old").version
    (folder / "old.txt").write_text("/old/*\n", "utf-8")
    after = load("stile.yaml", recorder).version

    assert before != after
    assert recorder.texts["old.txt"] == "/old/*\n"


def test_an_imported_file_brings_lists_from_its_own_folder(folder):
    (folder / "shared").mkdir()
    (folder / "shared" / "bad.txt").write_text("nonsense\n", "utf-8")
    (folder / "shared" / "rules.yaml").write_text(
        "rules: []\nlists: {bad: {kind: asns, file: bad.txt}}\n", "utf-8"
    )
    (folder / "stile.yaml").write_text(f"{SITE}policy: {{import: [shared/rules.yaml]}}\n", "utf-8")

    assert [str(each).split(": ")[0] for each in check("stile.yaml")] == ["shared/bad.txt:1:1"]


def test_a_list_of_the_operator_stands_in_for_an_imported_one(folder):
    imported = "lists: {lands: {kind: texts, items: [FR]}}\n"
    rule = "rules: [{name: a, action: block, when: request.country in lists.lands}]\n"
    (folder / "rules.yaml").write_text(rule + imported, "utf-8")
    (folder / "stile.yaml").write_text(f"{SITE}policy: {{import: [rules.yaml]}}{LISTS}", "utf-8")
    matcher = load("stile.yaml").sites[0].policy.rule_set.matcher

    places = [
        matcher(
            a_first_visit(replace(a_request(), network=Network(country=land))),
            SIGHTING, NO_CLAIM, None, None, (), 0.0, [], None,
        )
        for land in ("DE", "FR")
    ]  # fmt: skip

    assert places == [0, -1]


def test_a_file_beyond_all_measure_is_refused(folder):
    (folder / "office.txt").write_text("\n" * (MAX_LIST + 1), "utf-8")
    Path("stile.yaml").write_text(f"{SITE}networks: {{office: {{file: office.txt}}}}\n", "utf-8")

    assert [str(each) for each in check("stile.yaml")] == [
        "stile.yaml:2:27: networks.office.file: the file is larger than 16 MiB"
    ]
