"""A list of user agents finds what a search for each of its lines finds, whatever is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.user_agents import MAX_CHARACTERS, MEMO, UserAgents

LINES = ("curl/", "HeadlessChrome", "he", "élan")
FOUND = (
    "curl/8.1",
    "x CURL/8",
    "Mozilla HeadlessChrome/126",
    "headless",
    "THE",
    "élan".encode().decode("latin-1"),
)
NOT_FOUND = (
    "",
    "cur",
    "c url/",
    "Mozilla/5.0 (X11; Linux) Firefox/128.0",
    "Headers".replace("He", "H"),
    "\xff",
)


@pytest.mark.parametrize("text", FOUND)
def test_a_line_is_found_anywhere_in_any_case(text):
    assert text in UserAgents(LINES)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_nothing_else_is_found(text):
    assert text not in UserAgents(LINES)


@given(st.lists(st.text("abA ", min_size=1, max_size=4), max_size=6), st.text("abAB c", max_size=12))
def test_agrees_with_one_search_for_each_line(lines, text):
    assert (text in UserAgents(lines)) == any(line.lower() in text.lower() for line in lines)


def test_answers_the_same_after_its_memory_was_full():
    agents = UserAgents(LINES)

    assert not any(f"Firefox/{number}" in agents for number in range(MEMO + 10))
    assert "curl/1" in agents


def test_lines_beyond_all_measure_are_refused():
    with pytest.raises(ValueError, match="more than 65,536 characters"):
        UserAgents(f"agent-{number:06}" for number in range(MAX_CHARACTERS // 10))
