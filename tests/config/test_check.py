"""`stile check` finds what loading finds, and the files that are named in vain."""

from config.check import check
from tests.support.broken_values import SITE


def test_finds_nothing_in_a_sound_configuration(tmp_path):
    (tmp_path / "stile.yaml").write_text(SITE)

    assert check(str(tmp_path / "stile.yaml")) == []


def test_finds_all_faults(tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text("sits: []\nlogs: {}\n")

    assert [str(fault).removeprefix(f"{path}:") for fault in check(str(path))] == [
        "1:1: sits: unknown key; did you mean 'sites'?",
        "2:1: logs: unknown key; did you mean 'log'?",
    ]


def test_finds_files_that_are_not_there(tmp_path):
    tls = "{certificate: a.crt, key: a.key}"
    path = tmp_path / "stile.yaml"
    path.write_text(
        f"{SITE}listen: [{{address: '0.0.0.0:1', tls: {tls}}}]\n"
        "secrets: {key_file: key}\nadmin: {token_file: token}\n"
    )
    (tmp_path / "a.crt").write_text("")

    assert [(fault.path, fault.place.line) for fault in check(str(path))] == [
        ("listen[0].tls.key", 2),
        ("secrets.key_file", 3),
        ("admin.token_file", 4),
    ]
