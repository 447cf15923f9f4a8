"""The measurement itself works: a short run gives every row. Its figures are not judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.support.programs import needs

ROWS = (
    "CPU per allowed 1 KB request",
    "throughput",
    "latency at",
    "CPU per KiB of 10 MB bodies",
    "memory growth",
    "idle worker",
    "start to first answer",
    "judgement",
    "event line",
    "CPU of the embedded store",
    "shared state",
)

LEFT_OUT = "tarpit,rules,tls,weight,limit,faults"  # longer ones, tried by hand when they change


@pytest.mark.nginx
@pytest.mark.slow
@needs("nginx", "wrk")
def test_a_short_measurement_gives_every_row(tmp_path: Path) -> None:
    page = tmp_path / "results.md"

    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--without", LEFT_OUT, "--output", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert [row for row in ROWS if f"| {row}" not in page.read_text("utf-8")] == []
