"""Named lists of a document: entries in the YAML, or a file with one on each line."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from config.fault import Fault, Place, dotted
from config.list_kinds import Kind, Listing, read_lines
from config.sections import Section
from config.units import Cidr
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath

MAX_LIST = 1 << 24  # characters of a file

TextOf = Callable[[str, Place, KeyPath], str | None]  # a file's text by its path, None where it has none


def _entry(given: object) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise PydanticCustomError("entry", "must be text or a whole number")
    return str(given)


Entry = Annotated[str, BeforeValidator(_entry), WithJsonSchema({"type": ["string", "integer"]})]


class ListFileSection(Section):
    """Networks from a file."""

    file: str = Field(description="File with one network a line.")


class ListSection(Section):
    """A named list, used in rules as lists.NAME."""

    kind: Literal["networks", "user_agents", "paths", "asns", "texts"] = Field(
        description="What the list holds, which says what can be looked for in it; see docs/rules.md."
    )
    file: str | None = Field(
        None,
        description="File with one entry a line; what follows # is a comment. Read again when it changes.",
    )
    items: list[Entry] | None = Field(None, description="The entries, in place of a file.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.file is None) is (self.items is None):
            raise PydanticCustomError("list", "takes either a file or items")
        return self


NetworkList = Annotated[
    Annotated[list[Cidr], Tag("[list]")] | Annotated[ListFileSection, Tag("[file]")],
    Discriminator(lambda given: "[file]" if isinstance(given, dict | ListFileSection) else "[list]"),
]


def listings(
    document: Document,
    networks: Mapping[str, list[str] | ListFileSection],
    lists: Mapping[str, ListSection],
    text_of: TextOf,
) -> dict[str, Listing]:
    """Every list of a document by its name in rules; what is wrong joins the document's faults.

    A file's path is relative to the folder of the document, and its faults are in the file.
    """
    found: dict[str, Listing] = {}
    for at, kind, file, items in _each(networks, lists):
        if file is not None:
            found[dotted(at)] = _from_file(document, at, kind, file, text_of)
            continue
        entries, bad = read_lines(kind, items)
        document.faults += [
            Fault(document.place(place), dotted(place), each.message)
            for each in bad
            for place in ((*at, "items", each.line - 1),)
        ]
        found[dotted(at)] = Listing(kind, entries)
    return found


def _each(
    networks: Mapping[str, list[str] | ListFileSection], lists: Mapping[str, ListSection]
) -> Iterator[tuple[KeyPath, Kind, str | None, list[str]]]:
    """Path, kind, file and items of every list."""
    for name, given in networks.items():
        file, items = (given.file, []) if isinstance(given, ListFileSection) else (None, given)
        yield ("networks", name), Kind.NETWORKS, file, items
    for name, section in lists.items():
        yield ("lists", name), Kind(section.kind), section.file, section.items or []


def _from_file(document: Document, at: KeyPath, kind: Kind, file: str, text_of: TextOf) -> Listing:
    path = str(Path(document.file).parent / file)
    key_path = (*at, "file")
    text = text_of(path, document.place(key_path), key_path)
    if text is not None and len(text) > MAX_LIST:
        message = f"the file is larger than {MAX_LIST >> 20} MiB"
        document.faults.append(Fault(document.place(key_path), dotted(key_path), message))
        text = None
    entries, bad = read_lines(kind, (text or "").split("\n"))
    document.faults += [Fault(Place(path, each.line, each.column), dotted(at), each.message) for each in bad]
    return Listing(kind, entries)
