"""A report survives being written down, and joins with others in any order."""

from pathlib import Path

import orjson

from analysis.replaying.document import as_json
from analysis.replaying.packed import packed, unpacked
from analysis.replaying.page import html_of
from analysis.replaying.report import Report
from analysis.replaying.shards import Job, judged
from analysis.replaying.source import sources_of
from tests.support.logs import a_line, a_log, written

SITE = 'sites:\n  - hosts: ["*"]\n    upstreams: ["http://127.0.0.1:1"]\n'
RULE = "policy:\n  rules:\n    - {name: no, when: 'request.path.contains(\"hoes\")', action: block}\n"
HOSTILE = '/shoes/"><script>alert(1)</script>\\x1b[31m\\x00'


def reports(folder: Path) -> list[Report]:
    log = written(folder, a_log(1, people=20, crawlers=10) + a_line(86_000, "192.0.2.1", HOSTILE)[1] + "\n")
    before, after = written(folder, SITE, "a.yaml"), written(folder, SITE + RULE, "b.yaml")
    job = Job(sources_of([log]), before, after)
    return list(judged(job, job.shards, lambda _: None).values())


def joined(parts: list[Report]) -> bytes:
    whole = parts[0]
    for part in parts[1:]:
        whole.add(part)
    return orjson.dumps(as_json(whole))


def test_what_was_packed_is_unpacked(tmp_path: Path) -> None:
    for report in reports(tmp_path):
        assert unpacked(orjson.loads(orjson.dumps(packed(report)))) == report


def test_shards_join_in_any_order(tmp_path: Path) -> None:
    assert joined(reports(tmp_path)) == joined(reports(tmp_path)[::-1])


def test_examples_say_why(tmp_path: Path) -> None:
    examples = orjson.loads(joined(reports(tmp_path)))["examples"]
    example = next(each for each in examples if each["before"] == "allow")

    assert (example["after"], example["rule"], example["line"] > 0) == ("block", "no", True)


def test_the_page_needs_nothing_and_runs_nothing(tmp_path: Path) -> None:
    whole, *parts = reports(tmp_path)
    for part in parts:
        whole.add(part)
    page = html_of(whole, ["<i>.log"]).replace('xmlns="http://www.w3.org/2000/svg"', "")

    assert [mark for mark in ("<script", "http:", "https:", "src=", "<i>", "\x1b") if mark in page] == []
