"""Every kind of list reads its lines, keeps to what they say, and says what is wrong with one."""

import pytest

from config.list_kinds import MAX_FAULTS, BadLine, Kind, read_lines

LISTED = {
    "a network": (Kind.NETWORKS, ["10.0.0.0/8 # office", "2001:db8::/32"], ["10.1.2.3", "2001:db8::1"]),
    "an agent": (Kind.USER_AGENTS, ["curl"], ["libCurl/8"]),
    "a number": (Kind.ASNS, ["64496", "AS64497", "as64498 # leased"], [64496, 64497, 64498]),
    "a text": (Kind.TEXTS, ["DE", "a#b", "two words"], ["DE", "a#b", "two words"]),
    "a path": (
        Kind.PATHS,
        ["/old", "/shop/*", "/*/x".replace("*", "a")],
        ["/old", "/shop/", "/shop/7/x", "/a/x"],
    ),
    "every path": (Kind.PATHS, ["/*"], ["/", "/x"]),
}
NOT_LISTED = {
    "a network": (Kind.NETWORKS, ["10.0.0.0/8"], ["11.0.0.1", "", "10.0.0.0/8"]),
    "a comment": (Kind.TEXTS, ["", "# DE", "  ", "AT # CH"], ["", "# DE", "DE", "CH"]),
    "a path": (Kind.PATHS, ["/old", "/shop/*"], ["/old/", "/older", "/shop", "/shops/7", "/OLD", ""]),
    "a number": (Kind.ASNS, ["64496"], [0, 6449, 644960]),
    "a text": (Kind.TEXTS, ["DE"], ["de", "D", ""]),
}
WRONG = {
    "bits beyond the mask": (
        Kind.NETWORKS,
        "  10.0.0.1/8",
        (3, "has bits set beyond its mask; did you mean '10.0.0.0/8'?"),
    ),
    "no network": (
        Kind.NETWORKS,
        "10.0.0.0/33",
        (1, "must be a network such as 10.0.0.0/8 or 2001:db8::/32"),
    ),
    "a short agent": (
        Kind.USER_AGENTS,
        "ab # c",
        (1, "must be 3 characters at least, or nearly everybody is meant"),
    ),
    "a path with a pattern": (
        Kind.PATHS,
        "/shop*",
        (1, "must be a path such as /old/page, or /old/* for all below it"),
    ),
    "no path": (
        Kind.PATHS,
        "\tshop",
        (2, "must be a path such as /old/page, or /old/* for all below it"),
    ),
    "no number": (
        Kind.ASNS,
        "ASX",
        (1, "must be the number of an autonomous system such as 64496 or AS64496"),
    ),
    "too large a number": (
        Kind.ASNS,
        "4294967296",
        (1, "must be the number of an autonomous system such as 64496 or AS64496"),
    ),
}


@pytest.mark.parametrize(("kind", "lines", "wanted"), LISTED.values(), ids=LISTED)
def test_what_is_listed_is_found(kind, lines, wanted):
    entries, faults = read_lines(kind, lines)

    assert [each for each in wanted if each not in entries] == []
    assert faults == []


@pytest.mark.parametrize(("kind", "lines", "wanted"), NOT_LISTED.values(), ids=NOT_LISTED)
def test_what_is_not_listed_is_not(kind, lines, wanted):
    entries, _ = read_lines(kind, lines)

    assert [each for each in wanted if each in entries] == []


@pytest.mark.parametrize(("kind", "line", "fault"), WRONG.values(), ids=WRONG)
def test_a_bad_line_is_told_with_its_place(kind, line, fault):
    _, faults = read_lines(kind, ["# first", line])

    assert faults == [BadLine(2, *fault)]


def test_a_file_of_another_kind_is_told_by_its_first_lines():
    _, faults = read_lines(Kind.ASNS, ["<html>"] * 1000)

    assert [fault.line for fault in faults] == list(range(1, MAX_FAULTS + 1))


def test_too_many_agents_are_a_fault_of_the_list():
    _, faults = read_lines(Kind.USER_AGENTS, [f"agent-{number:06}" for number in range(6000)])

    assert [(fault.line, fault.message.split()[:4]) for fault in faults] == [
        (1, ["the", "lines", "hold", "more"])
    ]
