"""The application log is one JSON line per event, text on a terminal, and every name in it is documented."""

import io
import json
import re
from pathlib import Path

import pytest
import structlog

from proxy.logs import configure, logger

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"logger\(\)\s*\.\s*(?:debug|info|warning|error|exception)\(\s*\"([^\"]+)\"")
REPORTED = re.compile(r"_?report\(\s*\"([a-z]+\.[a-z_]+)\"")
NAME = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|", re.MULTILINE)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored():
    yield
    structlog.reset_defaults()


def test_a_line_is_json_in_the_layout_of_ecs():
    stream = io.StringIO()
    configure(stream)
    logger(worker="worker-0").info("gateway.started", port=8080)
    line = json.loads(stream.getvalue())
    line.pop("@timestamp")

    assert line == {
        "log.level": "info",
        "message": "gateway.started",
        "ecs.version": "8.17.0",
        "labels": {"worker": "worker-0", "port": 8080},
    }


def test_an_exception_is_told_without_the_values_of_variables():
    stream = io.StringIO()
    configure(stream)
    secret = "S3" + "CRET"
    try:
        int(secret[1:2] + "x")
    except ValueError:
        logger().exception("worker.crashed")

    assert ("ValueError" in stream.getvalue(), "S3CRET" in stream.getvalue()) == (True, False)


def test_text_that_is_none_fails_nobody():
    stream = io.StringIO()
    configure(stream)
    logger().info("gateway.started", path="\udcff", what=object)

    assert json.loads(stream.getvalue())["labels"]["path"] == "\udcff"


def test_a_person_at_a_terminal_gets_text():
    stream = Terminal()
    configure(stream)
    logger().info("gateway.started")

    assert not stream.getvalue().startswith("{")


def test_every_name_in_the_source_is_documented():
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "proxy").rglob("*.py"))
    used = set(CALL.findall(source)) | set(REPORTED.findall(source))
    page = (ROOT / "docs" / "events.md").read_text("utf-8").partition("## The application log")[2]
    listed = set(NAME.findall(page))

    assert used == listed
