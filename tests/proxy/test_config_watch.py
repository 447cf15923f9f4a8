"""Files are read again once a change of theirs has settled, and only those that were asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.loader import Recorder, load
from config.settings import Config, ModelFiles, Watch
from config.sources import SHIPPED
from proxy.config_watch import ConfigWatch, State, followed_in

RECORDED = (
    *("/etc/stile.yaml", "/etc/rules.yml", "/etc/bad.txt", "/etc/agents", "/etc/logo.svg"),
    *("/etc/pages/", "/etc/pages/page.html", "/etc/own-model.bin", str(SHIPPED / "default.yaml")),
)
FOLLOWED = {
    Watch.LISTS: ["/etc/bad.txt", "/etc/agents"],
    Watch.ALL: [*RECORDED[:7]],
    Watch.OFF: [],
}


def a_config(watch: Watch) -> Config:
    recorder = Recorder()
    recorder.texts["stile.yaml"] = 'sites: [{upstreams: ["http://127.0.0.1:1"]}]\n'
    model = ModelFiles(champion=Path("/etc/own-model.bin"))
    return replace(load("stile.yaml", recorder), watch=watch, model_files=model)


@pytest.mark.parametrize(("watch", "files"), FOLLOWED.items())
def test_so_many_files_are_followed(watch: Watch, files: list[str]) -> None:
    assert followed_in(RECORDED, a_config(watch)) == files


LOOKS: dict[str, tuple[list[State], list[bool]]] = {
    "nothing changes": (["a", "a", "a", "a"], [False] * 4),
    "one change": (["a", "b", "b", "b"], [False, False, True, False]),
    "a file that grows": (["b", "c", "d", "d"], [False, False, False, True]),
    "a change that is taken back": (["b", "a", "a", "a"], [False] * 4),
    "a file that is taken away": (["a", "No such file", "No such file", "a"], [False, False, True, False]),
}


@pytest.mark.parametrize(("states", "reads"), LOOKS.values(), ids=LOOKS)
def test_a_change_counts_once_it_has_settled(states: list[State], reads: list[bool]) -> None:
    coming = iter(states)
    watch = ConfigWatch(lambda _: next(coming))
    watch.note({"bad.txt": "a"})

    assert [watch.look(["bad.txt"], float(now)) for now in range(1, 5)] == reads
