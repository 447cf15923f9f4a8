"""The afternoon that docs/tuning.md describes, walked through with its own commands."""

import sys
from pathlib import Path

import pytest

from tests.support.logs import a_log
from tests.support.processes import ROOT, Program, free_port
from tests.support.programs import needs
from tests.support.walkthrough import Walkthrough, is_like


@needs("bash", "curl")
def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, gateway, admin = free_port(), free_port(), free_port()
    monkeypatch.setenv("STILE_ADMIN", f"127.0.0.1:{admin}")
    (tmp_path / "access.log").write_text(a_log(3, people=10, crawlers=10), "latin-1")
    command = [sys.executable, "-m", "deploy.demo.shop", "--port", str(shop)]
    moved = {":8000": f":{shop}", ":8080": f":{gateway}", ":9090": f":{admin}"}
    with (
        Program(command, tmp_path / "shop.log"),
        Walkthrough(ROOT / "docs/tuning.md", tmp_path, moved) as walk,
    ):
        strange = [
            f"$ {command}\n{printed}\nis not\n{expected}"
            for command, expected, printed in walk.steps()
            if expected and not is_like(expected, printed)
        ]

    assert not strange, "\n\n".join(strange)
