"""One document says how a model does; nothing of any visitor is in it, nor on the page made of it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation.document import Document
from analysis.evaluation.measures import Ranking, calibration, standing
from analysis.evaluation.own_model import evaluate, sources_of
from analysis.evaluation.page import html_of
from config.sources import SHIPPED_MODEL
from detectors.model.bundle import Model, load_model
from tests.support.logs import a_line, a_log, written

HOSTILE = "<script>alert(7)</script>"
KEYS = {
    "": "format model inputs labels left_out_sessions end moments bots sure sites roc calibration features",
    "model": "version sha256",
    "end": "people bots auc caught_1 caught_01",
    "sure": "people bots auc caught_1 caught_01",
    "calibration": "brier expected_error bins",
}
ROWS = {
    "inputs": "name kind lines malformed truncated sessions unlabelled",
    "labels": "sign bot sessions",
    "moments": "requests silent people bots auc caught_1 caught_01",
    "bots": "which people bots auc caught_1 caught_01",
    "sites": "site people bots auc caught_1 caught_01",
    "features": "feature auc_lost margin_moved",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = a_log(3, people=120, crawlers=120).splitlines()
    lines += [a_line(90_000, "192.0.2.7", f"/{HOSTILE}", HOSTILE, f"{HOSTILE}bot")[1]] * 4
    return written(tmp_path_factory.mktemp("logs"), lines, "shop.log")


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model(SHIPPED_MODEL.read_bytes())


@pytest.fixture(scope="module")
def document(log: Path, shipped: Model) -> Document:
    return evaluate(shipped, sources_of([log]))


@pytest.mark.parametrize(("part", "keys"), KEYS.items(), ids=[name or "all" for name in KEYS])
def test_keys_of_the_document_stay(document: Document, part: str, keys: str) -> None:
    assert set(document[part] if part else document) == set(keys.split())


@pytest.mark.parametrize(("part", "keys"), ROWS.items(), ids=ROWS)
def test_keys_of_its_rows_stay(document: Document, part: str, keys: str) -> None:
    assert document[part]
    assert {frozenset(row) for row in document[part]} == {frozenset(keys.split())}


def test_the_same_log_gives_the_same_document_and_page(document: Document, log: Path, shipped: Model) -> None:
    again = evaluate(shipped, sources_of([log]))

    assert json.dumps(again) == json.dumps(document)
    assert html_of(again) == html_of(document)


def test_nothing_of_any_visitor_is_in_the_document(document: Document) -> None:
    text = json.dumps(document)

    assert not any(part in text for part in ("alert", "192.0.2", "198.51.100", "Googlebot", "/shoes"))


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(document: Document) -> None:
    page = html_of(document)
    tags = Tags()
    tags.feed(page)

    assert tags.open == []
    assert not {"script", "link", "img", "iframe"} & set(tags.names)
    assert not {"src", "href", "style", "onload"} & tags.attributes
    assert "default-src 'none'" in page
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page) == []


def test_every_plot_has_words_and_a_table(document: Document) -> None:
    page = html_of(document)

    assert (
        page.count("<svg") == page.count('role="img"') == page.count("<desc>") == page.count("<details>") == 4
    )


def test_a_hostile_site_or_version_is_text_on_the_page(document: Document) -> None:
    site = {**document["sites"][0], "site": HOSTILE}
    page = html_of({**document, "sites": [site], "model": {"version": HOSTILE, "sha256": "0" * 64}})

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_weighted_ranking_is_that_of_repeated_rows() -> None:
    chance = np.random.default_rng(5)
    bot, scores = chance.integers(2, size=60), chance.integers(9, size=60).astype(float)
    times = chance.integers(1, 4, size=60)
    weighted = Ranking(bot, scores).measures(times.astype(float))
    repeated = Ranking(np.repeat(bot, times), np.repeat(scores, times)).measures(np.ones(times.sum()))

    assert weighted == pytest.approx(repeated)


def test_a_thousandth_of_too_few_people_is_no_figure() -> None:
    bot = np.array([0] * 999 + [1] * 20)
    scores = np.linspace(0, 1, len(bot))

    assert standing(bot, scores, np.arange(len(bot))).caught_01 is None


def test_margins_that_are_log_odds_are_calibrated() -> None:
    chance = np.random.default_rng(6)
    margins = np.concatenate([chance.normal(-1, 2**0.5, 40_000), chance.normal(1, 2**0.5, 40_000)])
    found = calibration(np.repeat([0, 1], 40_000), margins)

    assert found["expected_error"] < 0.01
