"""A small laboratory, for real: two tools, the demo shop, the gateway in front of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.lab.house import ROOT
from analysis.lab.sessions import LabSession, read
from tests.support.programs import needs

QUICK = "18"  # a seed whose sessions are short and near the shop
COMMAND = [
    sys.executable,
    "-m",
    "analysis.lab",
    "--families",
    "requests,curl",
    "--sessions",
    "2",
    "--seed",
    QUICK,
]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[LabSession]:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    folder = tmp_path_factory.mktemp("lab")
    done = subprocess.run(
        [*COMMAND, "--into", folder], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return read(folder / "sessions.jsonl.gz")


@needs("curl")
def test_each_family_has_its_sessions_in_both_disguises(sessions: list[LabSession]) -> None:
    found = {(session.family, session.disguised, session.bot) for session in sessions}

    assert found == {(name, disguised, True) for name in ("requests", "curl") for disguised in (True, False)}


@needs("curl")
def test_what_was_asked_was_answered_and_noted(sessions: list[LabSession]) -> None:
    for session in sessions:
        assert session.acts[0].path == "/"
        assert session.acts[0].at_ms == 0
        assert len(session.acts) >= 10
        assert all(act.status in {200, 404, 405} for act in session.acts)
        assert [act.at_ms for act in session.acts] == sorted(act.at_ms for act in session.acts)


def test_a_family_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND[:3], "--families", "lynx", "--into", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, "no family lynx" in done.stderr) == (2, True)
