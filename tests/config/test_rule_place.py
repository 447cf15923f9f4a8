"""However YAML folds a condition, a fault in it is shown where it stands."""

import pytest

from config.fault import Place
from config.rule_place import place_in_rule
from config.yaml_tree import parse

WRITTEN = {
    "plain": ("when: aa && bb", 1, 13),
    "plain over two lines": ("when: aa &&\n  bb", 2, 3),
    "single quotes": ("when: 'aa && bb'", 1, 14),
    "double quotes": ('when: "aa && bb"', 1, 14),
    "literal": ("when: |\n  aa &&\n   bb\n", 3, 4),
    "literal, stripped": ("when: |-\n  aa && bb\n", 2, 9),
    "folded": ("when: >-\n  aa\n  && bb\n", 3, 6),
    "folded with a comment": ("when: > # why\n  aa && bb\n", 2, 9),
    "in a flow mapping": ("{name: x, when: aa && bb}", 1, 23),
    "after wide characters": ("{é: ü, when: aa && bb}", 1, 20),
}


@pytest.mark.parametrize(("text", "line", "column"), WRITTEN.values(), ids=WRITTEN)
def test_points_at_the_character(text, line, column):
    document = parse("stile.yaml", text)
    rule = document.data["when"]
    before = rule[: rule.index("bb")]

    place = place_in_rule(document, ("when",), before.count("\n") + 1, len(before.split("\n")[-1]) + 1)

    assert place == Place("stile.yaml", line, column)


def test_points_at_the_start_where_escapes_hide_the_rest():
    document = parse("stile.yaml", 'when: "\\x61a && bb"')

    assert place_in_rule(document, ("when",), 1, 7) == Place("stile.yaml", 1, 7)


def test_points_past_the_end_of_an_unfinished_condition():
    document = parse("stile.yaml", "when: aa &&\nname: x")

    assert place_in_rule(document, ("when",), 1, 6) == Place("stile.yaml", 1, 12)
