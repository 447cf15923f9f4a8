"""The order of headers is learnt, and what contradicts itself is left out."""

import json
from pathlib import Path

import pytest
import yaml

from analysis.browser_tables import TABLE, common_order, main, newest_without, recorded, table
from detectors.fingerprint.moved_headers import moved_of
from tests.support.header_network import FOLDER

SIGNATURES = Path(FOLDER).parent / "browser_signatures"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
NAMES = ("user-agent", "accept", "accept-language", "accept-encoding", "te", "priority", "dnt", "sec-gpc")
here = pytest.mark.skipif(not SIGNATURES.exists(), reason="the signatures of ../shared are not here")

ORDERS = {
    "one order": (["abc", "abc"], "abc"),
    "one that leaves some out": (["abcd", "acd", "bd"], "abcd"),
    "one that moves": (["abcd", "bcda"], "bcd"),
    "two that swap": (["abc", "bac"], "bc"),
    "nothing in common": (["ab", "cd"], "abcd"),
    "nothing": ([], ""),
}


@pytest.mark.parametrize(("sets", "common"), ORDERS.values(), ids=ORDERS)
def test_keeps_what_stands_in_one_order_everywhere(sets, common):
    assert "".join(common_order([tuple(names) for names in sets])) == common


def signature(version):
    lines = [f"{name}: {FIREFOX.format(version) if name == 'user-agent' else '1'}" for name in NAMES]
    frames = [{"frame_type": "SETTINGS"}, {"frame_type": "HEADERS", "headers": lines}]
    return yaml.safe_dump({"signature": {"http2": {"frames": frames}}})


def test_writes_a_table_with_its_source_date_and_counts(tmp_path):
    for version in (120, 130, 140):
        (tmp_path / f"{version}.yaml").write_text(signature(version), "utf-8")

    status = main([str(tmp_path), "--to", str(tmp_path / "table.json")])

    written = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert (status, written["engines"]) == (
        0, {"gecko": {"sets": 3, "oldest": 120, "newest": 140, "order": list(NAMES)}},
    )  # fmt: skip
    assert {"source", "derived"} < set(written)


SENT_BY = {
    "from a version on": ([(123, "ap"), (98, "a"), (124, "ap"), (122, "a")], {"x": 122}),
    "left out later": ([(110, "a"), (120, "ap"), (130, "a")], {"x": 110}),
    "always": ([(128, "ap"), (133, "ap")], {}),
    "never": ([(128, "a")], {}),
    "of two platforms": ([(120, "a"), (120, "ap"), (119, "a")], {"x": 119}),
    "nothing": ([], {}),
}


@pytest.mark.parametrize(("sets", "found"), SENT_BY.values(), ids=SENT_BY)
def test_learns_up_to_which_version_a_header_was_not_sent(sets, found):
    assert newest_without("p", [("x", version, tuple(names)) for version, names in sets]) == found


def test_says_so_where_there_is_nothing_to_learn_from(tmp_path, capsys):
    assert main([str(tmp_path), "--to", str(tmp_path / "table.json")]) == 1
    assert not (tmp_path / "table.json").exists()


@here
def test_the_shipped_table_is_what_the_script_learns():
    shipped = json.loads(TABLE.read_text("utf-8"))
    learnt = json.loads(json.dumps(table(SIGNATURES)))

    assert shipped | {"derived": ""} == learnt | {"derived": ""}


@here
@pytest.mark.parametrize("newest", [104, 119, 128])
def test_what_was_learnt_up_to_a_version_holds_for_all_that_came_later(newest):
    engines = table(SIGNATURES, newest)["engines"]
    later = [
        (names, {name: place for place, name in enumerate(engines[engine]["order"])})
        for engine, version, names in recorded(SIGNATURES)
        if version > newest and engine in engines
    ]

    assert later
    assert max(moved_of(names, order) for names, order in later) == 0
