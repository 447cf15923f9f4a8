"""The section says the figures in words and tables that a screen reader can follow."""

from math import inf

import pytest
from lxml import html

from proxy.admin.challenge_section import challenge_section, percent
from proxy.admin.funnel_figures import FunnelFigures, Share, SolveTime, Steps, Visibility
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from tests.support.events import a_decision, an_outcome

LATELY = Visibility(Share(1, 400), Share(2, 40))
EVER = Visibility(Share(3685, 1_208_015), Share(2104, 88_412))
FIGURES = FunnelFigures(
    rungs={"cookie": Steps(50, 0, 40, 40), "pow": Steps(1200, 900, 850, 600)},
    failures=[("automated", "browser", 331), *((f"reason_{place}", "pow", 1) for place in range(14))],
    times=[SolveTime("phone", 610, 1.42, 3.04), SolveTime("other", 3, 0.5, inf)],
    ever=EVER,
    hour=LATELY,
)
NOTHING = FunnelFigures({}, [], [], Visibility())


def rows_of(figures: FunnelFigures, caption: str) -> list[list[str]]:
    """The body of the table with this caption, cell by cell."""
    tables = html.fromstring(challenge_section(figures)).xpath(
        "//table[caption[starts-with(., $said)]]", said=caption
    )
    return [[cell.text_content() for cell in row.xpath("th|td")] for row in tables[0].xpath("tbody/tr")]


def test_the_funnel_goes_from_issued_to_solved():
    rows = rows_of(FIGURES, "Questions that show something")

    assert [(row[0], *row[2:]) for row in rows] == [
        ("Issuedsent in place of a page", "1,200", "100 %"),
        ("Shownits script began, or it was solved without one", "900", "75 %"),
        ("Answeredright or wrong, in time or late", "850", "71 %"),
        ("Solvedled on to the page", "600", "50 %"),
    ]


def test_a_silent_rung_is_never_shown():
    assert rows_of(FIGURES, "By rung")[0] == ["cookie", "50", "silent", "40", "40", ""]


def test_shares_are_told_for_the_last_hour_and_since_the_start():
    rows = rows_of(FIGURES, "What people see")

    assert [row[1:] for row in rows] == [
        ["0.25 %1 of 400", "0.31 %3,685 of 1,208,015"],
        ["5.0 %2 of 40", "2.4 %2,104 of 88,412"],
    ]


def test_times_are_about_and_honest_beyond_the_last_bound():
    assert rows_of(FIGURES, "Time to solve") == [
        ["phone", "1.4 s", "3.0 s", "610"],
        ["other", "0.50 s", "over 60 s", "3"],
    ]


def test_rare_reasons_are_told_together():
    rows = rows_of(FIGURES, "Answers that did not count")

    assert (rows[0], rows[-1], len(rows)) == (["automated", "browser", "331"], ["all others", "", "3"], 13)


def test_every_row_and_column_has_a_heading_and_every_table_a_caption():
    section = html.fromstring(challenge_section(FIGURES))

    assert [table for table in section.iter("table") if not table.xpath("caption")] == []
    assert [row for row in section.xpath("//tbody/tr") if not row.xpath("th[@scope='row']")] == []
    assert section.xpath("//svg[not(@aria-hidden='true')]") == []


def test_says_so_where_nobody_was_asked():
    section = html.fromstring(challenge_section(NOTHING))

    assert "Nobody was asked yet." in section.text_content()
    assert rows_of(NOTHING, "What people see")[0][1:] == ["–", "–"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(0, 9), "0.00 %"),
        (Share(1, 1000), "0.10 %"),
        (Share(12, 1000), "1.2 %"),
        (Share(3, 9), "33 %"),
        (Share(9, 3), "100 %"),
    ],
)
def test_a_share_has_as_many_digits_as_it_has_a_use_for(share, text):
    assert percent(share) == text


def test_the_page_adds_up_what_all_workers_counted(admin, browser, ask):
    for worker in admin.workers.workers:
        for step in (ChallengeStep.ISSUED, ChallengeStep.FETCHED):
            challenge = ChallengeOutcome("c1", "browser", step)
            worker.counters.count("shop", a_decision(), an_outcome(challenge=challenge))
    ask("GET", "/metrics")
    page = html.fromstring(browser("GET", "/").text)
    row = page.xpath("//section[h2='Challenges']//tr[th='browser']")[0]

    assert [cell.text_content() for cell in row.xpath("td")][:4] == ["2", "2", "–", "–"]
