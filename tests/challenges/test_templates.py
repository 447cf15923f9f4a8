import pytest

from challenges.templates import FOLDER, Markup, Template, load_template

HOSTILE = {
    "markup": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "the end of an attribute": ("\" onclick='x'", "&quot; onclick=&#x27;x&#x27;"),
    "an entity": ("&lt;", "&amp;lt;"),
    "a slot": ("{{ b }}", "{{ b }}"),
    "a lone surrogate": ("\udcff", "?"),
}


@pytest.mark.parametrize(("given", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_escapes_what_it_is_given(given, shown):
    assert Template("<p>{{ a }}</p>").render({"a": given, "b": "never"}) == f"<p>{shown}</p>"


def test_leaves_its_own_markup_alone():
    assert Template("{{ a }}").render({"a": Markup("<b>")}) == "<b>"


def test_a_slot_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        Template("{{ a }}").render({})


def test_can_be_filled_in_two_steps():
    half = Template("{{ a }}-{{ b }}").fill({"a": "<"})

    assert (half.slots, half.render({"b": ">"})) == (frozenset({"b"}), "&lt;-&gt;")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.html")), ids=lambda file: file.name)
def test_every_attribute_of_our_templates_is_quoted(file):
    unquoted = [piece for piece in file.read_text("utf-8").split("{{")[:-1] if piece.endswith("=")]

    assert (unquoted, load_template(file.name).slots != frozenset()) == ([], True)
