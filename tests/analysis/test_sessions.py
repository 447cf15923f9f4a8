"""Sessions end where a visitor was silent for half an hour; the signs that label them are no features."""

from pathlib import Path

import pytest

from analysis.access_log import AccessLog
from analysis.labels import Label, label_of
from analysis.sessions import Session, remember, sessions_of
from tests.support.logs import CRAWLER, a_line, written


def cut(folder: Path, *lines: tuple[int, str]) -> list[Session]:
    return sessions_of(AccessLog(written(folder, [text for _, text in lines])), "shop")


def test_half_an_hour_of_silence_ends_a_session(tmp_path: Path) -> None:
    sessions = cut(tmp_path, *(a_line(at, "192.0.2.1", "/") for at in (0, 1799, 3599, 3600)))

    assert [len(session.acts) for session in sessions] == [2, 2]


def test_address_and_agent_together_are_a_visitor(tmp_path: Path) -> None:
    sessions = cut(
        tmp_path,
        a_line(0, "192.0.2.1", "/"),
        a_line(1, "192.0.2.2", "/"),
        a_line(2, "192.0.2.1", "/", agent="Lynx/2.9"),
    )

    assert len(sessions) == 3


def test_lines_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    (session,) = cut(tmp_path, *(a_line(at, "192.0.2.1", f"/{at}") for at in (5, 3, 4)))

    assert [int(act.arrived) % 60 for act in session.acts] == [3, 4, 5]


def test_requests_of_one_second_are_spread_over_it(tmp_path: Path) -> None:
    (session,) = cut(tmp_path, *(a_line(0, "192.0.2.1", f"/{number}") for number in range(4)))

    assert [act.arrived % 1 for act in session.acts] == [0.125, 0.375, 0.625, 0.875]


def test_a_request_is_judged_before_its_answer_is_known(tmp_path: Path) -> None:
    (session,) = cut(tmp_path, *(a_line(at, "192.0.2.1", f"/{at}", status=404) for at in range(3)))

    assert [(client.pages, client.errors) for client in remember(session)] == [(1, 0), (2, 1), (3, 2)]


SHOP = "https://shop.example.com/"
LABELS = {
    "declared": ([a_line(0, "192.0.2.1", "/", agent=CRAWLER)], Label.BOT),
    "robots.txt": ([a_line(0, "192.0.2.1", "/robots.txt"), a_line(1, "192.0.2.1", "/")], Label.BOT),
    "HEAD": ([(0, a_line(0, "192.0.2.1", "/")[1].replace("GET", "HEAD"))], Label.BOT),
    "styles and scripts from a page": (
        [a_line(0, "192.0.2.1", "/"), *(a_line(1, "192.0.2.1", path, SHOP) for path in ("/a.css", "/b.js"))],
        Label.PERSON,
    ),
    "styles without referrer": (
        [a_line(0, "192.0.2.1", "/"), *(a_line(1, "192.0.2.1", path) for path in ("/a.css", "/b.js"))],
        Label.UNKNOWN,
    ),
    "styles without a page": ([a_line(1, "192.0.2.1", "/a.css", SHOP)] * 3, Label.UNKNOWN),
    "a page alone": ([a_line(0, "192.0.2.1", "/")], Label.UNKNOWN),
}


@pytest.mark.parametrize(("lines", "label"), LABELS.values(), ids=LABELS)
def test_signs_make_labels(tmp_path: Path, lines: list[tuple[int, str]], label: Label) -> None:
    (session,) = cut(tmp_path, *lines)

    assert label_of(session) is label
