"""Models are replaced while a configuration is in force; what is refused is said and counted, no more."""

import pytest
from structlog.testing import capture_logs

from config.loader import load
from proxy.models.swap import ModelSwap
from tests.support.bundles import sealed

TEXT = """\
sites: [{upstreams: ['http://shop:8000']}, {hosts: [b.example], upstreams: ['http://shop:1'], policy: {}}]
model: {path: model.json, challenger: next.json}
"""


class Folder:
    """A configuration with two bundles, and the worker's part that follows them."""

    def __init__(self, path, text: str = TEXT) -> None:
        self.path = path
        (path / "stile.yaml").write_text(text)
        self.put("model.json", sealed(version="first"))
        self.put("next.json", sealed(version="next"))
        self.config = self.load()
        self.swap = ModelSwap(self.config)
        self.swap.look()

    def load(self):
        return load(str(self.path / "stile.yaml"))

    def put(self, name: str, document: bytes) -> None:
        (self.path / "partial").write_bytes(document)
        (self.path / "partial").replace(self.path / name)

    def look(self) -> list[dict]:
        """What is said while a change is noticed."""
        with capture_logs() as said:
            self.swap.look()
            self.swap.look()
        return said

    def versions(self) -> list[tuple[str, str]]:
        """Champion and challenger of every site."""
        pairs = [site.policy.seat.models for site in self.config.sites]
        return [tuple(model.version if model else "" for model in (m.champion, m.challenger)) for m in pairs]


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_both_models_take_their_seats_for_all_sites(folder):
    assert folder.versions() == [("first", "next")] * 2


def test_a_replaced_model_judges_for_all_sites(folder):
    folder.put("model.json", sealed(version="second"))
    (said,) = folder.look()

    assert folder.versions() == [("second", "next")] * 2
    assert (said["event"], said["role"], said["version"]) == ("model.loaded", "champion", "second")
    assert folder.config.sites[0].policy.model.version == "second"


def test_a_replaced_challenger_is_listened_to(folder):
    folder.put("next.json", sealed(version="after next"))
    folder.look()

    assert folder.versions() == [("first", "after next")] * 2


REFUSED = {"champion": ("model.json", "first"), "challenger": ("next.json", "next")}


@pytest.mark.parametrize(("name", "kept"), REFUSED.values(), ids=REFUSED)
def test_a_refused_bundle_is_said_and_counted_and_the_last_good_one_stays(folder, name, kept):
    folder.put(name, b"{")
    (said,) = folder.look()

    assert (said["event"], said["log_level"], said["kept"]) == ("model.refused", "error", kept)
    assert (said["path"], "no JSON" in said["reason"]) == (str(folder.path / name), True)
    assert folder.versions() == [("first", "next")] * 2
    assert folder.swap.export()["models_refused"] == [[said["role"], 1]]
    assert [str(folder.path / name) in fault for fault in folder.swap.faults] == [True]


def test_a_sound_bundle_ends_the_fault(folder):
    folder.put("model.json", b"{")
    folder.look()
    folder.put("model.json", sealed(version="second"))
    folder.look()

    assert (folder.swap.faults, folder.versions()[0]) == ([], ("second", "next"))


def test_a_broken_challenger_does_not_keep_stile_from_starting(folder):
    folder.put("next.json", b"{")
    config = folder.load()
    swap = ModelSwap(config)
    swap.look()

    assert config.sites[0].policy.seat.models.challenger is None
    assert len(swap.faults) == 1


def test_a_reload_keeps_the_last_good_challenger_of_the_same_file(folder):
    folder.put("next.json", b"{")
    folder.config = folder.load()
    folder.swap.reload(folder.config)

    assert folder.versions() == [("first", "next")] * 2
    folder.look()
    assert folder.versions() == [("first", "next")] * 2


def test_a_reload_takes_the_challenger_away(folder):
    (folder.path / "stile.yaml").write_text(TEXT.replace(", challenger: next.json", ""))
    folder.config = folder.load()
    folder.swap.reload(folder.config)
    folder.look()

    assert folder.versions() == [("first", "")] * 2


def test_a_reload_that_read_an_older_file_is_set_right(folder):
    older = folder.load()
    folder.put("model.json", sealed(version="second"))
    folder.look()
    folder.config = older
    folder.swap.reload(older)
    folder.look()

    assert folder.versions()[0] == ("second", "next")


def test_what_is_in_force_is_told(folder):
    told = folder.swap.export()["models"]

    assert [(role, version, len(sha256)) for role, version, sha256 in told] == [
        ("champion", "first", 12),
        ("challenger", "next", 12),
    ]


NOTHING = {"not named": "model: {}", "not enabled": "model: {enabled: false, challenger: next.json}"}


@pytest.mark.parametrize("model", NOTHING.values(), ids=NOTHING)
def test_where_no_file_is_named_none_is_followed(tmp_path, model):
    folder = Folder(tmp_path, f"sites: [{{upstreams: ['http://shop:8000']}}]\n{model}\n")
    folder.put("model.json", b"{")
    folder.put("next.json", b"{")

    assert (folder.look(), folder.swap.faults) == ([], [])


def test_a_worker_that_is_forked_later_begins_with_the_last_good_models(folder):
    parent = ModelSwap(folder.config, silent=True)
    for name in ("model.json", "next.json"):
        folder.put(name, sealed(version=f"new {name}"))
    with capture_logs() as said:
        parent.look()
        parent.look()
    folder.put("model.json", b"{")
    folder.put("next.json", b"{")
    worker = ModelSwap(folder.config)
    worker.look()

    assert (said, folder.versions()) == ([], [("new model.json", "new next.json")] * 2)
    assert len(worker.faults) == 2
