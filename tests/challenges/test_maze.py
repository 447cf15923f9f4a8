"""The maze has no end, no memory and no door but its own links."""

import re
from html.parser import HTMLParser
from time import perf_counter

import pytest

from challenges.decoy import decoy_reply
from challenges.maze import LEAST_LINKS, MOST_LINKS, PERIOD_S, Maze
from tests.support.requests import a_request

SECRET = b"a secret of at least 16 bytes"
NOW = 1_790_000_000.0
LINK = re.compile(r'href="([^"]+)"')


def links(maze: Maze, path: str, site: str = "shop") -> list[str]:
    return LINK.findall(maze.page(site, path, NOW).body)


def test_every_link_leads_on_for_as_long_as_anybody_follows():
    maze, path, seen = Maze(SECRET), "/product/17", set()
    for _ in range(300):
        found = links(maze, path)
        assert LEAST_LINKS <= len(found) <= MOST_LINKS
        assert all(maze.holds("shop", link) for link in found)
        path = found[len(seen) % len(found)]
        seen.add(path)

    assert len(seen) > 295


def test_nodes_with_one_secret_make_one_maze():
    assert Maze(SECRET).page("shop", "/x", NOW) == Maze(SECRET).page("shop", "/x", NOW)
    assert Maze(SECRET).holds("shop", links(Maze(SECRET), "/x")[0])


def test_a_page_changes_slowly():
    start = NOW - NOW % PERIOD_S
    pages = [Maze(SECRET).page("shop", "/x", start + part * PERIOD_S) for part in (0.0, 0.9, 1.1)]

    assert (pages[0] == pages[1], pages[1] == pages[2]) == (True, False)


OUTSIDE = {
    "another path": lambda _: "/product/17",
    "the folder itself": lambda link: link[: link.rindex("/") + 1],
    "without its code": lambda link: link[: link.rindex("-")],
    "another name": lambda link: link[: link.rindex("/") + 1] + "oak" + link[link.rindex("-") :],
    "a shorter code": lambda link: link[:-1],
    "a longer code": lambda link: link + "0",
    "another case": lambda link: link.upper(),
    "something below": lambda link: link + "/more",
    "bytes that are no text": lambda link: link[:-1] + "\udcff",
}


@pytest.mark.parametrize("changed", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_else_lies_in_the_maze(changed):
    maze = Maze(SECRET)

    assert not any(maze.holds("shop", changed(link)) for link in links(maze, "/x"))


def test_another_site_or_secret_has_another_maze():
    link = links(Maze(SECRET), "/x")[0]

    assert not Maze(SECRET).holds("other", link)
    assert not Maze(b"another secret of 16 bytes").holds("shop", link)


def test_a_hostile_address_is_only_a_seed():
    page = Maze(SECRET).page("shop", '/<script>"\udcff&', NOW)

    assert "<script>" not in page.title + page.body


class Reader(HTMLParser):
    """Collects what a person can read and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.links, self.tags = "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_a_person_can_read_what_happened_and_find_the_way_out():
    reply = decoy_reply(Maze(SECRET), "shop", a_request("/product/17"), "0199-id")
    reader = Reader()
    reader.feed(reply.body.decode())

    links_out = [attrs for tag, attrs in reader.tags if tag == "a" and attrs["href"] == "/.stile/challenge"]
    assert (reply.status, links_out) == (200, [{"href": "/.stile/challenge", "rel": "nofollow"}])
    assert "0199-id" in reader.text
    assert "appears to be automated" in reader.text
    assert ("meta", {"name": "robots", "content": "noindex, nofollow"}) in reader.tags
    assert {
        (b"Stile-Mitigated", b"decoy"),
        (b"X-Robots-Tag", b"noindex"),
        (b"Cache-Control", b"no-store"),
    } <= set(reply.headers)


def test_the_page_is_in_the_reader_s_language():
    reply = decoy_reply(
        Maze(SECRET), "shop", a_request(headers=((b"Host", b"x"), (b"Accept-Language", b"ar"))), "0199-id"
    )

    assert b'<html lang="ar" dir="rtl">' in reply.body


def test_what_a_page_loads_gets_problem_details():
    headers = ((b"Host", b"shop"), (b"Sec-Fetch-Dest", b"image"), (b"Accept", b"image/webp"))
    reply = decoy_reply(Maze(SECRET), "shop", a_request("/a.png", headers=headers), "0199-id")

    assert (reply.status, reply.headers[0]) == (403, (b"Content-Type", b"application/problem+json"))


def test_a_page_costs_next_to_nothing():
    """The aim is 50 µs; the line here leaves room for a busy machine."""
    maze = Maze(SECRET)
    best_s = 1.0
    for _ in range(20):
        started = perf_counter()
        for number in range(50):
            maze.page("shop", f"/product/{number}", NOW)
        best_s = min(best_s, (perf_counter() - started) / 50)

    assert best_s < 150e-6
