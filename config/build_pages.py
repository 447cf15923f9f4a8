"""What an operator says about pages becomes a look; a page that would be broken or unreadable is a fault."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from typing import Any

from challenges.form_part import SEPARATOR
from challenges.languages import TEXTS
from challenges.look import COLORS, DEFAULT_LOOK, LEAST_CONTRAST, READ_TOGETHER, Look
from challenges.question import WORDS
from challenges.templates import FOLDER, Template, load_template
from config.contrast import contrast
from config.fault import Fault, Place, did_you_mean, dotted
from config.pages import PagesSection
from config.schema import ConfigDocument
from config.sources import Sources
from config.yaml_tree import Path as KeyPath

_BLANK = re.compile(r"\{\w*\}")
_STRAY = re.compile(r"\{\{(?! \w+ \}\})")
_MAY_LACK = frozenset({"stylesheet", "styles", "brand", "wait_class", "direction", "again"})
_MORE_SLOTS = {"layout.html": frozenset({"nonce"})}
_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"RIFF": "image/webp"}


def looks(sources: Sources, config: ConfigDocument) -> tuple[Look, list[Look]]:
    """The common look and that of every site; what is wrong joins the faults of `sources`."""
    common = _Pages(sources, {(): config.pages})
    sites = [
        common if site.pages is None else _Pages(sources, {(): config.pages, ("sites", place): site.pages})
        for place, site in enumerate(config.sites)
    ]
    return common.look(), [pages.look() for pages in sites]


class _Pages:
    """One site's sections, the later laid over the earlier, key by key."""

    def __init__(self, sources: Sources, sections: Mapping[KeyPath, PagesSection]) -> None:
        self._sources = sources
        self._places: dict[KeyPath, KeyPath] = {}  # where each value stands in the document
        self._values: dict[KeyPath, Any] = {}
        for before, section in sections.items():
            for path, given in _leaves(section.model_dump(exclude_unset=True), ()):
                self._places[path] = (*before, "pages", *path)
                self._values[path] = given

    def look(self) -> Look:
        faults = len(self._sources.faults)
        look = Look(
            name=self._values.get(("name",)) or "",
            logo=self._logo(),
            styles=self._styles(),
            contact=self._values.get(("contact",)) or "",
            appeal=self._appeal(),
            texts=self._texts(),
            templates=self._templates(),
        )
        return DEFAULT_LOOK if len(self._sources.faults) > faults else look

    def _fault(self, path: KeyPath, message: str, *, key: bool = False) -> None:
        whole = self._places[path]
        document = self._sources.document
        place = document.key_place(whole) if key else document.place(whole)
        self._add(Fault(place, dotted(whole), message))

    def _add(self, fault: Fault) -> None:
        if fault not in self._sources.faults:  # sites share what stands in the common section
            self._sources.faults.append(fault)

    def _logo(self) -> str:
        if not self._values.get(("logo",)):
            return ""
        encoded = self._sources.files.get(self._places[("logo",)])
        if encoded is None:
            return ""
        kind = picture_kind(encoded)
        if not kind:
            self._fault(("logo",), "is no SVG, PNG or WebP picture")
        return f"data:{kind};base64,{encoded}"

    def _styles(self) -> str:
        blocks = []
        for scheme, ours in COLORS.items():
            own: dict[str, str] = {
                name: color for name in ours if (color := self._values.get(("colors", scheme, name)))
            }
            self._check_contrast(scheme, {**ours, **own}, own)
            properties = ";".join(f"--{name.replace('_', '-')}:{color}" for name, color in own.items())
            if properties:
                blocks.append(f"@media (prefers-color-scheme:{scheme}){{:root{{{properties}}}}}")
        return "".join(blocks)

    def _check_contrast(self, scheme: str, colors: Mapping[str, str], own: Mapping[str, str]) -> None:
        for text, ground in READ_TOGETHER:
            changed = next((name for name in (text, ground) if name in own), None)
            ratio = contrast(colors[text], colors[ground])
            if changed is None or ratio >= LEAST_CONTRAST:
                continue
            other = ground if changed == text else text
            self._fault(
                ("colors", scheme, changed),
                f"has a contrast of {ratio:.2f}:1 with {other} ({colors[other]}); text needs "
                f"{LEAST_CONTRAST}:1",
            )

    def _appeal(self) -> str:
        link: str = self._values.get(("appeal",)) or ""
        for blank in _BLANK.findall(link):
            if blank != "{decision_id}":
                self._fault(("appeal",), f"knows no {blank}{did_you_mean(blank, ['{decision_id}'])}")
        return link

    def _texts(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        told: dict[str, dict[str, str]] = {}
        for path, text in self._values.items():
            match path:
                case ("texts", str(language), str(key)):
                    self._check_text(path, language, key, text)
                    told.setdefault(language, {})[key] = text
        return tuple((language, tuple(words.items())) for language, words in told.items())

    def _check_text(self, path: KeyPath, language: str, key: str, text: str) -> None:
        words = TEXTS.get(language)
        if words is None:
            self._fault(path, f"no language {language!r}{did_you_mean(language, TEXTS)}", key=True)
        elif key not in words:
            self._fault(path, f"unknown key{did_you_mean(key, words)}", key=True)
        elif sorted(_BLANK.findall(text)) != sorted(_BLANK.findall(words[key])):
            blanks = ", ".join(sorted(_BLANK.findall(words[key]))) or "none"
            self._fault(path, f"must have the same blanks as the text that it replaces: {blanks}")
        elif key == "words" and len(set(text.split(SEPARATOR))) != WORDS:
            self._fault(path, f"must be {WORDS} different words with {SEPARATOR!r} between them")

    def _templates(self) -> tuple[tuple[str, str], ...]:
        if not self._values.get(("templates",)):
            return ()
        folder = self._places[("templates",)]
        own = {str(path[-1]): text for path, text in self._sources.files.items() if path[:-1] == folder}
        for name, source in own.items():
            self._check_template(name, source)
        return tuple(own.items())

    def _check_template(self, name: str, source: str) -> None:
        known = sorted(file.name for file in FOLDER.glob("*.html"))
        if name not in known:
            self._fault(("templates",), f"Stile has no template {name!r}{did_you_mean(name, known)}")
            return
        ours, theirs = load_template(name).slots, Template(source).slots
        words = TEXTS["en"].keys()
        slots = ours | _MORE_SLOTS.get(name, frozenset())
        for slot in sorted(theirs - slots - words):
            written = f"{{{{ {slot} }}}}"
            before = source[: source.index(written)]
            self._in_template(name, before, written, f"unknown slot{did_you_mean(slot, slots)}")
        for slot in sorted(ours - theirs - words - _MAY_LACK):
            self._fault(("templates",), f"{name} lacks the slot {{{{ {slot} }}}}")
        stray = _STRAY.search(source)
        if stray is not None:
            self._in_template(name, source[: stray.start()], "{{", "a slot is written {{ name }}")

    def _in_template(self, name: str, before: str, found: str, message: str) -> None:
        file = str(self._sources.folder / self._values[("templates",)] / name)
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        self._add(Fault(place, found, message))


def picture_kind(encoded: str) -> str:
    """The media type of a picture in base64; empty where it is none that we show."""
    try:
        raw = b64decode(encoded, validate=True)
    except (Error, ValueError):
        return ""
    for start, kind in _STARTS.items():
        if raw.startswith(start) and (kind != "image/webp" or raw[8:12] == b"WEBP"):
            return kind
    return "image/svg+xml" if b"<svg" in raw[:1024] else ""


def _leaves(values: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for key, given in values.items():
        if isinstance(given, dict):
            yield from _leaves(given, (*path, key))
        else:
            yield (*path, key), given
