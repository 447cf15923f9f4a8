"""A testimony is typed or it is none; what it says is weighed elsewhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.inspection import Inspector
from detectors.probes.testimony import MAX_FIELDS, View, read_testimony
from tests.support.requests import a_request
from tests.support.testimonies import PLAIN, RECORDED, told

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=200),
    lambda inner: some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)
KEYS = [*PLAIN, "g", "nf", "r", "ms", "md", "mm", "wua", "fua", "whc"]
KNOWN = some.dictionaries(some.sampled_from(KEYS), JSON, max_size=12)
MALFORMED = {
    "a list": [],
    "a text": "{}",
    "nothing": None,
    "too many names": {str(number): 1 for number in range(MAX_FIELDS + 1)},
    "a number for a text": {"ua": 1},
    "a text for a number": {"sw": "1920"},
    "a flag for a number": {"sw": True},
    "a number for a flag": {"wd": 1},
    "a fraction": {"sw": 1.5},
    "an infinite number": {"sw": float("inf")},
    "a negative number": {"sw": -1},
    "a large number": {"sw": 100_000},
    "an empty value": {"wd": None},
    "a long text": {"la": "e" * 121},
    "a long user agent": {"ua": "M" * 257},
    "a line feed": {"tz": "UTC\nUTC"},
    "half a character": {"ua": "\ud800"},
    "another alphabet": {"pl": "Вин32"},
    "a list for a text": {"g": ["cdc_"]},
    "a flag among the boxes": {"r": [1, True]},
    "a text among the boxes": {"r": ["1"]},
    "a fraction among the boxes": {"r": [1.0]},
    "too many boxes": {"r": [1] * 13},
    "a box far away": {"r": [10_001]},
    "boxes that are none": {"r": {"0": 1}},
    "a frame that is neither there nor not": {"fr": "yes"},
    "a malformed worker": {"wk": True, "whc": "8"},
}


@pytest.mark.parametrize("document", MALFORMED.values(), ids=MALFORMED)
def test_what_the_page_would_not_have_written_is_none(document):
    assert read_testimony(document) is None


@given(JSON | KNOWN)
def test_any_json_is_read_or_refused_and_weighed_without_fault(document):
    testimony, faults = read_testimony(document), []

    if testimony is not None:
        Inspector({}).probes(testimony, a_request(), faults)

    assert faults == []


def test_nothing_need_be_told():
    testimony = read_testimony({})

    assert (testimony.main, testimony.worker, testimony.rendered) == (View(), None, ())


def test_unknown_names_are_passed_over():
    assert read_testimony({**PLAIN, "zz": {"deep": [None]}}) == told()


def test_another_view_is_the_page_s_own_where_it_does_not_differ():
    testimony = told(whc=4)

    assert (testimony.frame, testimony.worker) == (
        View(**{**view_of(testimony.main), "webdriver": False}),
        View(**{**view_of(testimony.main), "webdriver": False, "processors": 4}),
    )


def test_a_view_that_was_not_there_is_none():
    testimony = told("fr", "wk", wua="Somebody")

    assert (testimony.frame, testimony.worker) == (None, None)


@pytest.mark.parametrize("vector", RECORDED.values(), ids=RECORDED)
def test_what_browsers_tell_is_read_and_small(vector):
    document = vector["testimony"]

    assert read_testimony(document) is not None
    assert len(json.dumps(document)) <= 4096


def view_of(view):
    return {name: getattr(view, name) for name in View.__slots__}
