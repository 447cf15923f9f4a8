"""Spark finds what one process finds, to the byte."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.logs import a_log, written

ROOT = Path(__file__).parents[3]
PACKAGES = ROOT / ".cache" / "spark"  # tests/tools.sh puts pyspark there
SITE = 'sites:\n  - hosts: ["*"]\n    upstreams: ["http://127.0.0.1:1"]\n'
STRICT = "bands: {trusted: 5, low: 20, elevated: 40, high: 60}\n"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="no java on this machine")
@pytest.mark.skipif(
    not (PACKAGES / "pyspark").is_dir() and find_spec("pyspark") is None,
    reason="no pyspark: make tools installs it",
)
def test_spark_finds_what_one_process_finds(tmp_path: Path) -> None:
    log = written(tmp_path, a_log(5, people=30, crawlers=30))
    before, after = written(tmp_path, SITE, "a.yaml"), written(tmp_path, SITE + STRICT, "b.yaml")
    command = [sys.executable, "-m", "proxy.cli", "replay", str(log), "--json"]
    command += ["--config", str(before), "--against", str(after)]
    environment = os.environ | {"PYTHONPATH": f"{PACKAGES}:{ROOT}", "SPARK_LOCAL_IP": "127.0.0.1"}
    here, there = (
        subprocess.run([*command, *more], capture_output=True, env=environment, check=True, timeout=100)
        for more in (("--processes", "1"), ("--engine", "spark"))
    )

    assert there.stdout == here.stdout
