"""What an operator says about pages is laid over what Stile has; a page that would be broken is a fault."""

from base64 import b64encode
from pathlib import Path

import pytest

from challenges.look import DEFAULT_LOOK
from config.build_pages import picture_kind
from config.check import check
from config.contrast import contrast
from config.loader import Recorder, Snapshot, load
from config.reading import MAX_PICTURE_BYTES, read_file

SITES = "sites: [{upstreams: [http://shop:8000]}]\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG = b"\x89PNG\r\n\x1a\n"


def faults_of(text: str, folder) -> list[str]:
    (folder / "stile.yaml").write_text(text)
    return [
        str(fault).removeprefix(f"{folder}/").removeprefix("stile.yaml:")
        for fault in check(str(folder / "stile.yaml"), read_file)
    ]


BROKEN = {
    "a name for a colour": (
        "pages: {colors: {light: {accent: red}}}",
        ["1:34: pages.colors.light.accent: must be a colour such as '#1d5bb8'"],
    ),
    "a pale accent": (
        'pages: {colors: {dark: {ink: "#555"}}}',
        ["1:30: pages.colors.dark.ink: has a contrast of 2.22:1 with paper (#191f28); text needs 4.5:1"],
    ),
    "a link that runs": (
        "pages: {contact: 'javascript:alert(1)'}",
        ["1:18: pages.contact: must begin with mailto: or https:"],
    ),
    "a blank that nothing fills": (
        "pages: {appeal: 'https://a.example/{id}'}",
        ["1:17: pages.appeal: knows no {id}"],
    ),
    "a mistyped text": (
        "pages: {texts: {en: {tilte: Hello}}}",
        ["1:22: pages.texts.en.tilte: unknown key; did you mean 'title'?"],
    ),
    "a language that nobody wrote": (
        "pages: {texts: {english: {title: Hello}}}",
        ["1:27: pages.texts.english.title: no language 'english'"],
    ),
    "a text without its blank": (
        "pages: {texts: {en: {wait_lead: Soon}}}",
        ["1:33: pages.texts.en.wait_lead: must have the same blanks as the text that it replaces: {seconds}"],
    ),
    "a word twice": (
        "pages: {texts: {en: {words: a | b | c | d | e | a}}}",
        ["1:29: pages.texts.en.words: must be 6 different words with ' | ' between them"],
    ),
    "a mistyped key": ("pages: {colours: {}}", ["1:9: pages.colours: unknown key; did you mean 'colors'?"]),
    "no such logo": (
        "pages: {logo: none.png}",
        ["1:15: pages.logo: cannot read {folder}/none.png: No such file or directory"],
    ),
    "no picture": ("pages: {logo: text.svg}", ["1:15: pages.logo: is no SVG, PNG or WebP picture"]),
    "a huge picture": (
        "pages: {logo: huge.png}",
        ["1:15: pages.logo: cannot read {folder}/huge.png: larger than 32 KiB"],
    ),
    "broken templates": (
        "pages: {templates: broken}",
        [
            "1:20: pages.templates: Stile has no template 'layot.html'; did you mean 'layout.html'?",
            "1:20: pages.templates: reference.html lacks the slot {{ decision_id }}",
            "broken/name.html:2:4: {{ nam }}: unknown slot; did you mean 'name'?",
            "broken/name.html:3:1: {{: a slot is written {{ name }}",
        ],
    ),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text.svg").write_text("hello")
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "huge.png").write_bytes(PNG + bytes(MAX_PICTURE_BYTES))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "name.html").write_text("<p>{{ name }}\n<b>{{ nam }}</b>\n{{name}}")
    (tmp_path / "broken" / "layot.html").write_text("")
    (tmp_path / "broken" / "reference.html").write_text("<p>{{ reference }}</p>")
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "name.html").write_text("<p>{{ name }} {{ home }}</p>")
    (tmp_path / "good" / "README").write_text("not a template")
    return tmp_path


@pytest.mark.parametrize(("text", "faults"), BROKEN.values(), ids=BROKEN)
def test_a_page_that_would_be_broken_is_a_fault_at_its_place(text, faults, folder):
    told = [fault.replace("{folder}", str(folder)) for fault in faults]

    assert faults_of(f"{text}\n{SITES}", folder) == told


def test_nothing_said_is_the_look_of_stile(folder):
    (folder / "stile.yaml").write_text(SITES)

    assert load(str(folder / "stile.yaml")).sites[0].look == DEFAULT_LOOK


WHOLE = """
pages:
  name: Fenland
  logo: logo.svg
  colors: {light: {accent: "#0b6b53"}, dark: {accent: "#6fd3b5", on_accent: "#021"}}
  contact: mailto:help@fenland.example
  texts: {en: {title: Just a second}}
sites:
  - {upstreams: ["http://shop:8000"], hosts: [a.example]}
  - upstreams: [http://shop:8001]
    hosts: [b.example]
    pages:
      name: Fenland for schools
      logo: null
      colors: {light: {accent: "#0b3b63"}}
      texts: {de: {title: Gleich}}
      templates: good
"""


def test_a_site_lays_its_own_over_the_common_one_key_by_key(folder):
    (folder / "stile.yaml").write_text(WHOLE)
    plain, own = (site.look for site in load(str(folder / "stile.yaml")).sites)

    assert (own.name, own.logo, own.contact, own.texts, own.templates) == (
        "Fenland for schools",
        "",
        plain.contact,
        (*plain.texts, ("de", (("title", "Gleich"),))),
        (("name.html", "<p>{{ name }} {{ home }}</p>"),),
    )


def test_colors_become_properties_for_the_scheme_that_they_are_meant_for(folder):
    (folder / "stile.yaml").write_text(WHOLE)
    own = load(str(folder / "stile.yaml")).sites[1].look

    assert own.styles == (
        "@media (prefers-color-scheme:light){:root{--accent:#0b3b63}}"
        "@media (prefers-color-scheme:dark){:root{--accent:#6fd3b5;--on-accent:#021}}"
    )


def test_workers_see_the_pages_that_the_supervisor_read(folder):
    (folder / "stile.yaml").write_text(WHOLE)
    recorder = Recorder()
    first = load(str(folder / "stile.yaml"), recorder)
    (folder / "logo.svg").unlink()
    (folder / "good" / "name.html").unlink()

    again = load(str(folder / "stile.yaml"), Snapshot(recorder.texts))

    assert ([site.look for site in again.sites], again.version) == (
        [site.look for site in first.sites],
        first.version,
    )


def test_the_example_of_the_documentation_loads(folder):
    page = (Path(__file__).parents[2] / "docs" / "pages.md").read_text("utf-8")
    (folder / "stile.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])

    assert [site.look.name for site in load(str(folder / "stile.yaml")).sites] == [
        "Fenland Books",
        "Fenland for schools",
    ]


PICTURES = {
    "svg": (SVG.encode(), "image/svg+xml"),
    "png": (PNG, "image/png"),
    "webp": (b"RIFF1234WEBP", "image/webp"),
    "a sound": (b"RIFF1234WAVE", ""),
    "text": (b"hello", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize(("raw", "kind"), PICTURES.values(), ids=PICTURES)
def test_a_picture_is_known_by_its_content(raw, kind):
    assert picture_kind(b64encode(raw).decode()) == kind


RATIOS = {("#000", "#fff"): 21.0, ("#ffffff", "#FFFFFF"): 1.0, ("#777777", "#fff"): 4.48}


@pytest.mark.parametrize(("colors", "ratio"), RATIOS.items())
def test_contrast_is_counted_as_wcag_counts_it(colors, ratio):
    assert round(contrast(*colors), 2) == ratio
