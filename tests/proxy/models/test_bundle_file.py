"""A bundle is taken over whole or not at all, each state of its file once, and the last good one is kept."""

import os

import pytest

from proxy.models.bundle_file import BundleFile
from tests.support.bundles import sealed
from tests.support.shipped import broken_bundles

BROKEN = broken_bundles()


def replaced(path, document: bytes) -> None:
    """As an operator should do it: another file under the same name."""
    partial = path.with_suffix(".new")
    partial.write_bytes(document)
    partial.replace(path)


def settled(file: BundleFile) -> bool:
    """Two looks, as a file is read once it has come to rest."""
    return any([file.look(), file.look()])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(sealed(version="first"))
    return path


@pytest.fixture
def file(path):
    file = BundleFile(path)
    file.look()
    return file


def test_reads_a_file_at_the_first_look(path):
    file = BundleFile(path)

    assert (file.look(), file.model.version, file.fault) == (True, "first", "")


def test_reads_a_byte_order_mark_as_the_configuration_does(path):
    path.write_bytes(b"\xef\xbb\xbf" + sealed(version="marked"))
    file = BundleFile(path)
    file.look()

    assert file.model.version == "marked"


def test_says_nothing_of_a_file_that_stays(file):
    assert [file.look() for _ in range(3)] == [False] * 3


def test_takes_over_what_replaced_it_once_it_has_come_to_rest(path, file):
    replaced(path, sealed(version="second"))

    assert [(file.look(), file.model.version) for _ in range(3)] == [
        (False, "first"),
        (True, "second"),
        (False, "second"),
    ]


def test_takes_over_what_was_written_in_place(path, file):
    path.write_bytes(sealed(version="other"))  # of the same length

    assert (settled(file), file.model.version) == (True, "other")


def test_the_same_bundle_again_is_no_news(path, file):
    replaced(path, sealed(version="first"))

    assert (settled(file), file.model.version) == (False, "first")


def test_a_file_that_grows_is_let_grow(path, file):
    whole = sealed(version="second")
    looks = []
    for end in range(100, len(whole) + 100, len(whole) // 4):
        path.write_bytes(whole[:end])
        looks.append(file.look())

    assert (any(looks), file.fault) == (False, "")
    assert (settled(file), file.model.version) == (True, "second")


@pytest.mark.parametrize(("document", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_refused_bundle_is_told_once_and_leaves_the_last_good_one(path, file, document, reason):
    replaced(path, document)

    assert (settled(file), file.model.version, reason in file.fault) == (True, "first", True)
    assert (file.look(), reason in file.fault) == (False, True)


def test_another_refused_bundle_is_told_again(path, file):
    replaced(path, b"{")
    settled(file)
    replaced(path, b"{ ")

    assert settled(file)


def test_the_old_bundle_brought_back_ends_the_complaint(path, file):
    replaced(path, b"{")
    settled(file)
    replaced(path, sealed(version="first"))

    assert (settled(file), file.fault, file.model.version) == (True, "", "first")


def test_a_file_that_is_gone_is_told_once_and_found_again(path, file):
    path.unlink()

    assert (settled(file), settled(file), file.model.version) == (True, False, "first")
    assert file.fault == "cannot be read: No such file or directory"
    path.write_bytes(sealed(version="second"))
    assert (settled(file), file.fault, file.model.version) == (True, "", "second")


def test_no_pipe_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    file = BundleFile(tmp_path / "pipe")

    assert (file.look(), file.fault) == (True, "cannot be read: no regular file")


def test_a_fault_of_ours_while_reading_is_a_refusal(path, file, monkeypatch):
    def fails(_: bytes) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr("proxy.models.bundle_file.usable", fails)
    replaced(path, sealed(version="second"))

    assert (settled(file), file.fault, file.model.version) == (True, "MemoryError: too much", "first")
