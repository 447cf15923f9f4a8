"""What was written is read again, and played into a client it counts as it stands in the file."""

from dataclasses import replace
from pathlib import Path

from analysis.lab.sessions import LabAct, LabSession, as_logged, play, read, write
from analysis.sessions import remember
from detectors.behaviour.step import API, IMAGE, PAGE

PAGE_ACT = LabAct(
    at_ms=0,
    method="GET",
    path="/product/1234",
    query="",
    referrer=None,
    by_script=False,
    upgrade=False,
    cookie=False,
    conditional=False,
    ranged=False,
    status=200,
    size=4000,
    route="product",
    disallowed=False,
)
ACTS = (
    PAGE_ACT,
    replace(PAGE_ACT, at_ms=90, path="/images/1234.svg", referrer="/product/1234", route="asset"),
    replace(PAGE_ACT, at_ms=120, path="/stock/stream", query="product=1234", by_script=True, route="live"),
    replace(PAGE_ACT, at_ms=9000, path="/category/lamps", query="page=2", referrer="*", route="listing"),
    replace(PAGE_ACT, at_ms=9500, path="/warehouse/export", status=404, route="trap", disallowed=True),
    replace(PAGE_ACT, at_ms=9900, method="POST", path="/cart/add", status=303, route="cart"),
)
SESSION = LabSession("requests", "requests", "crawl", disguised=True, bot=True, acts=ACTS)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "few.jsonl.gz", [SESSION, replace(SESSION, bot=False)])

    assert read(tmp_path / "few.jsonl.gz") == [SESSION, replace(SESSION, bot=False)]


def test_the_same_sessions_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write(tmp_path / name, [SESSION])

    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_kinds_of_acts_are_those_that_the_gateway_sees() -> None:
    assert [act.step.kind for act in ACTS] == [PAGE, IMAGE, API, PAGE, PAGE, PAGE]


def test_a_played_session_counts_its_acts() -> None:
    client = list(play(SESSION))[-1]

    assert (client.requests, client.pages, client.images, client.apis, client.posts) == (6, 4, 1, 1, 1)
    assert (client.referred, client.queries, client.traps, client.disallowed) == (1, 1, 1, 1)
    assert (client.successes, client.redirects, client.errors) == (4, 1, 1)
    assert (client.gaps, client.gap_ms, client.longest_gap_ms) == (3, 9900, 9000)


def test_each_act_is_judged_before_its_answer() -> None:
    seen = [(client.requests, client.successes) for client in play(SESSION)]

    assert seen == [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 4)]


def test_the_player_counts_as_the_memory_of_logs_does() -> None:
    (logged,) = as_logged([SESSION])
    played, remembered = list(play(SESSION))[-1], list(remember(logged))[-1]
    counts = ("requests", "pages", "images", "apis", "posts", "gap_ms", "errors", "paths", "sent_bytes")

    assert [getattr(played, name) for name in counts] == [getattr(remembered, name) for name in counts]
