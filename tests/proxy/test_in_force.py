"""One configuration is in force, whole; what was in force before can be again; lists are followed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from config.fault import ConfigFaults
from config.loader import read_file
from proxy.faults import OwnFault
from proxy.in_force import InForce
from proxy.versions import KEPT


class House:
    """A folder with a configuration, and a clock for the watch that a test moves."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "stile.yaml"
        self.lists = folder / "bad.txt"
        self.now = 100.0
        self.state = folder / "state"

    def write(self, rule: str = "", watch: str = "lists") -> None:
        rules = [{"name": rule, "when": "request.path == '/x'", "action": "block"}] if rule else []
        document = {
            "sites": [{"upstreams": ["http://127.0.0.1:1"]}],
            "state": {"directory": str(self.state)},
            "reload": {"watch": watch},
            "policy": {"import": [], "rules": rules},
        }
        self.file.write_text(yaml.safe_dump(document), "utf-8")

    def started(self, *, or_last_good: bool = False) -> InForce:
        in_force = InForce(str(self.file), read_file, or_last_good=or_last_good, clock=lambda: self.now)
        self.state.mkdir(exist_ok=True)
        in_force.start()
        return in_force

    def looks(self, in_force: InForce, times: int = 3) -> list[str]:
        """The causes for which the watch read something, in some seconds."""
        outcomes = []
        for _ in range(times):
            self.now += 1.0
            outcomes.append(in_force.reload_changed())
        return ["faults" if each.faults else "read" for each in outcomes if each is not None]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def rules(in_force: InForce) -> list[str]:
    return [rule.name for rule in in_force.config.sites[0].policy.rules]


def test_a_reload_tells_what_it_changed_and_children_load_the_same(house: House) -> None:
    house.write()
    in_force = house.started()
    house.write("second")
    outcome = in_force.reload("sighup")

    assert outcome.changes == ("rule second added",)
    assert (rules(in_force), in_force.reread().version) == (["second"], outcome.version)


def test_lists_of_networks_in_the_yaml_are_told_by_their_entries(house: House) -> None:
    house.write("first")
    plain = house.file.read_text("utf-8")
    house.file.write_text(f"{plain}networks: {{partners: [192.0.2.0/24, 198.51.100.0/24]}}\n", "utf-8")
    in_force = house.started()
    house.file.write_text(f"{plain}networks: {{partners: [192.0.2.0/24, 203.0.113.0/24]}}\n", "utf-8")

    assert in_force.reload("sighup").changes == ("list networks.partners changed: 1 added, 1 removed",)


def test_a_faulty_reload_changes_nothing_and_is_kept_nowhere(house: House) -> None:
    house.write("first")
    in_force = house.started()
    version = in_force.config.version
    house.file.write_text("sitez: []\n", "utf-8")
    outcome = in_force.reload("sighup")

    assert "sitez" in outcome.faults[0]
    assert (rules(in_force), in_force.reread().version) == (["first"], version)
    assert [kept.version for kept in in_force.versions.all()] == [version]


def test_a_state_directory_that_cannot_be_written_leaves_the_old_configuration(house: House) -> None:
    house.write("first")
    in_force = house.started()
    house.write("second")
    (house.state / "versions").rename(house.state / "gone")
    (house.state / "versions").write_text("no folder", "utf-8")
    outcome = in_force.reload("sighup")

    assert "cannot be written" in outcome.faults[0]
    assert rules(in_force) == ["first"]


def test_the_last_versions_are_kept_and_no_more(house: House) -> None:
    house.write()
    in_force = house.started()
    for number in range(KEPT + 2):
        house.write(f"rule-{number}")
        in_force.reload("admin")

    kept = in_force.versions.all()
    assert [version.changes[0] for version in kept] == [
        f"rule rule-{number} added" for number in range(KEPT + 1, 1, -1)
    ]
    assert len([*(house.state / "versions").iterdir()]) == KEPT


def test_a_rollback_returns_to_the_version_before_and_the_next_one_comes_back(house: House) -> None:
    house.write("first")
    in_force = house.started()
    house.write("second")
    in_force.reload("admin")
    in_force.roll_back("")
    once = rules(in_force)
    in_force.roll_back("")

    assert (once, rules(in_force)) == (["first"], ["second"])


@pytest.mark.parametrize("version", ["", "0123456789ab", "../config.snapshot", "*"])
def test_a_version_that_is_not_kept_cannot_be_put_in_force(house: House, version: str) -> None:
    house.write("first")
    in_force = house.started()

    outcome = in_force.roll_back(version)

    assert outcome.faults
    assert rules(in_force) == ["first"]


FOLLOWED: dict[str, tuple[str, list[str]]] = {
    "lists": ("lists", []),
    "all": ("all", ["read"]),
    "off": ("off", []),
}


@pytest.mark.parametrize(("watch", "expected"), FOLLOWED.values(), ids=FOLLOWED)
def test_a_changed_yaml_is_read_by_itself_where_that_was_asked_for(
    house: House, watch: str, expected: list[str]
) -> None:
    house.write("first", watch)
    in_force = house.started()
    still = house.looks(in_force)
    house.write("second", watch)

    assert still == []
    assert house.looks(in_force) == expected
    assert rules(in_force) == (["second"] if expected else ["first"])


def test_a_faulty_file_is_read_by_itself_once(house: House) -> None:
    house.write("first", "all")
    in_force = house.started()
    house.file.write_text("sitez: []\n", "utf-8")

    assert house.looks(in_force, 6) == ["faults"]


def test_a_list_that_changes_is_read_by_itself_and_told_by_its_entries(house: House) -> None:
    house.write("first")
    house.lists.write_text("192.0.2.0/24\n", "utf-8")
    with house.file.open("a", encoding="utf-8") as file:
        file.write("networks: {bad: {file: bad.txt}}\n")
    in_force = house.started()
    before = in_force.config.version
    house.lists.write_text("192.0.2.0/24\n198.51.100.0/24 # since today\n", "utf-8")

    assert house.looks(in_force) == ["read"]
    assert in_force.versions.all()[0].changes == (f"list {house.lists} changed: 1 added, 0 removed",)
    assert in_force.config.version != before


def test_a_file_that_is_still_being_written_is_left_alone(house: House) -> None:
    house.write("first", "all")
    in_force = house.started()
    read = []
    for size in range(4):
        house.file.write_text("sites: [" + " " * size, "utf-8")
        read += house.looks(in_force, 1)

    assert read == []


def test_a_rollback_outlives_the_watch_until_files_change_again(house: House) -> None:
    house.write("first", "all")
    in_force = house.started()
    house.write("second", "all")
    house.looks(in_force)
    in_force.roll_back("")
    left_alone = house.looks(in_force), rules(in_force)
    house.write("third", "all")

    assert left_alone == ([], ["first"])
    assert house.looks(in_force) == ["read"]
    assert rules(in_force) == ["third"]


BROKEN = {
    "a typo": lambda state: f"sitez: []\nstate: {{directory: {state}}}\n",
    "no YAML, with the directory in a block": lambda state: f"state:\n  directory: {state}\nsites: [\n",
    "no YAML, with the directory in a line": lambda state: f"state: {{directory: '{state}'}}\nsites: [\n",
    "a broken rule": lambda state: (
        f"sites: [{{upstreams: ['http://a']}}]\nstate: {{directory: {state}}}\n"
        "policy: {rules: [{name: a, when: 'request.', action: block}]}\n"
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_start_takes_the_last_good_configuration_only_where_that_was_asked_for(
    house: House, broken: Callable[[Path], str]
) -> None:
    house.write("first")
    good = house.started()
    house.file.write_text(broken(house.state), "utf-8")

    with pytest.raises(ConfigFaults):
        house.started()
    last_good = house.started(or_last_good=True)
    assert (rules(last_good), last_good.config.version) == (["first"], good.config.version)
    assert "stile.yaml:" in (house.state / "config.refused").read_text("utf-8")


def test_a_sound_configuration_is_preferred_to_the_last_good_one(house: House) -> None:
    house.write("first")
    house.started()
    house.write("second")

    assert rules(house.started(or_last_good=True)) == ["second"]


LOST = {"nothing": None, "damaged": "{", "of another file": '{"path": "/other.yaml", "texts": {}}'}


@pytest.mark.parametrize("snapshot", LOST.values(), ids=LOST)
def test_without_a_last_good_configuration_there_is_nothing_to_start_with(
    house: House, snapshot: str | None
) -> None:
    house.file.write_text(f"sitez: []\nstate: {{directory: {house.state}}}\n", "utf-8")
    house.state.mkdir()
    if snapshot is not None:
        (house.state / "config.snapshot.json").write_text(snapshot, "utf-8")

    with pytest.raises(OwnFault, match="last good configuration"):
        house.started(or_last_good=True)
