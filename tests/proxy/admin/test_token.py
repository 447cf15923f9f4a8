"""The admin token is the operator's or made once, and never weak or public."""

import pytest

from proxy.admin.token import admin_token
from proxy.faults import OwnFault


def a_file(folder, text: str, mode: int = 0o600):
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_operators_token_is_read(tmp_path):
    assert admin_token(a_file(tmp_path, "0123456789abcdef\n"), tmp_path) == "0123456789abcdef"


def test_a_token_is_made_once(tmp_path):
    state = tmp_path / "state"

    assert admin_token(None, state) == admin_token(None, state)


def test_a_made_token_is_for_its_owner_only(tmp_path):
    admin_token(None, tmp_path)

    assert (tmp_path / "admin.token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "mode"),
    [("short", 0o600), ("", 0o600), ("0123456789abcdef", 0o644)],
    ids=["short", "empty", "public"],
)
def test_a_bad_token_is_refused(tmp_path, text, mode):
    with pytest.raises(OwnFault, match=r"admin\.token_file"):
        admin_token(a_file(tmp_path, text, mode), tmp_path)


def test_an_absent_token_file_is_refused_and_not_replaced(tmp_path):
    with pytest.raises(OwnFault, match="cannot read"):
        admin_token(tmp_path / "absent", tmp_path)
