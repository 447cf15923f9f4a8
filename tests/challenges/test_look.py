import re

import pytest

from challenges.assets import ASSETS
from challenges.languages import TEXTS
from challenges.look import COLORS, Look, appeal_link, part_of, words_of
from challenges.templates import FOLDER, load_template

LINKS = {
    "an own place": (
        Look(appeal="https://shop.example/?r={decision_id}"),
        "https://shop.example/?r=a%2Fb%26c",
    ),
    "the contact": (Look(contact="mailto:help@shop.example"), "mailto:help@shop.example"),
    "nowhere": (Look(), ""),
    "the place before the contact": (Look(contact="mailto:a@b", appeal="https://c"), "https://c"),
}


@pytest.mark.parametrize(("look", "link"), LINKS.values(), ids=LINKS)
def test_an_appeal_leads_to(look, link):
    assert appeal_link(look, "a/b&c") == link


def test_own_words_replace_ours_one_by_one():
    words = words_of(Look(texts=(("de", (("title", "Gleich geht es los"),)),)), "de")

    assert (words["title"], words["lead"]) == ("Gleich geht es los", TEXTS["de"]["lead"])


def test_own_words_stay_in_their_language():
    assert words_of(Look(texts=(("de", (("title", "x"),)),)), "en") == TEXTS["en"]


def test_an_own_template_stands_in_for_ours():
    look = Look(templates=(("why.html", "<p>{{ why }}</p>"),))

    assert part_of(look, "en", "why.html").render({}) == "<p>Why do I see this?</p>"


def test_what_looks_like_a_slot_in_own_words_is_text():
    look = Look(texts=(("en", (("why", "{{ nowhere }}"),)),))

    assert "{{ nowhere }}" in part_of(look, "en", "why.html").render({})


def test_no_slot_is_called_like_a_text():
    slots = {
        slot
        for file in FOLDER.glob("*.html")
        for slot in part_of(Look(), "en", file.name).slots & load_template(file.name).slots
    }

    assert slots & TEXTS["en"].keys() == set()


@pytest.mark.parametrize("scheme", COLORS)
def test_the_stylesheet_begins_with_the_colors_that_contrast_is_counted_from(scheme):
    blocks = re.findall(r":root \{[^}]*?--ground[^}]*\}", ASSETS["challenge.css"].body.decode())
    found = dict(re.findall(r"--([\w-]+): (#\w+)", blocks[list(COLORS).index(scheme)]))

    assert {name.replace("-", "_"): color for name, color in found.items()} == COLORS[scheme]
