"""YAML text becomes data with a place for every key and value; hostile text becomes a fault, cheaply."""

import re
from collections.abc import Iterator

import yaml

from config.fault import Fault, Place, dotted
from detectors.value import value

MAX_TEXT = 1 << 20
MAX_DEPTH = 32
MAX_VALUES = 50_000  # after aliases are expanded: the "billion laughs" end here

Path = tuple[str | int, ...]
Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The YAML 1.2 core schema: `no`, `on` and `12:30` stay text, as people mean them.
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@value
class Source:
    """Where a scalar's text came from: its first and last character in the file, and its quoting style."""

    start: int
    end: int
    style: str


@value
class Node:
    """One YAML node: a scalar's value, a list of nodes, or a list of (key, node) pairs."""

    place: Place
    content: "object | list[Node] | list[tuple[Node, Node]]"
    kind: str  # "scalar", "list" or "mapping"
    source: Source | None = None


class Document:
    """One file: `data` as dicts, lists and scalars; `places` of values and `keys` by their path."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.data: object = None
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.sources: dict[Path, Source] = {}
        self.faults: list[Fault] = []

    def place(self, path: Path) -> Place:
        """The place of `path`, or of the nearest thing around it that stands in the file."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1, 1))

    def key_place(self, path: Path) -> Place:
        """The place of the key that `path` ends with."""
        return self.keys.get(path) or self.place(path)


class _Refused(Exception):
    """Reading stops here."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def parse(file: str, text: str) -> Document:
    """Read `text`. Whatever is wrong with it stands in `faults` of the result."""
    document = Document(file, text)
    if len(text) > MAX_TEXT:
        message = f"the file is larger than {MAX_TEXT >> 20} MiB"
        document.faults.append(Fault(Place(file, 1, 1), "", message))
        return document
    try:
        root = _Composer(file, text).compose()
        if root is not None:
            document.data = _Flattener(document).flatten(root)
    except _Refused as refused:
        document.faults.append(Fault(refused.place, "", refused.message))
    except yaml.YAMLError as error:
        document.faults.append(_syntax_fault(file, error))
    except UnicodeError:
        document.faults.append(Fault(Place(file, 1, 1), "", "the text holds characters that are not Unicode"))
    return document


def _syntax_fault(file: str, error: yaml.YAMLError) -> Fault:
    """What PyYAML complains about, on one line, at its mark."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return Fault(place, "", f"not YAML: {' '.join(str(problem).split())}")


class _Composer:
    """Events become nodes. Aliases share a node; an anchor exists only once its node is complete."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=Loader)
        self._anchors: dict[str, Node] = {}

    def compose(self) -> Node | None:
        """The first document's root; None for an empty file; a second document is refused."""
        root = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _Refused(self._place(event), "a second document ('---') in one file")
                root = self._node(next(self._events), 0)
        return root

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None  # noqa: S101  PyYAML marks every event
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _Refused(place, f"the alias *{event.anchor} has no complete anchor before it")
            return self._anchors[event.anchor]
        if depth > MAX_DEPTH:
            raise _Refused(place, f"nested deeper than {MAX_DEPTH} levels")
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101  all others end
        if event.tag not in (None, "!"):
            raise _Refused(place, f"tags such as {event.tag!r} are not used here")
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(place, self._items(depth), "list")
        else:
            node = Node(place, self._pairs(depth), "mapping")
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Node:
        plain = event.style in (None, "") and event.tag is None
        content = _resolve(event.value) if plain else event.value
        assert event.start_mark is not None  # noqa: S101  PyYAML marks every event
        assert event.end_mark is not None  # noqa: S101
        source = Source(event.start_mark.index, event.end_mark.index, event.style or "")
        return Node(place, content, "scalar", source)

    def _items(self, depth: int) -> list[Node]:
        items = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, depth + 1))
        return items

    def _pairs(self, depth: int) -> list[tuple[Node, Node]]:
        pairs = []
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            if key.kind != "scalar":
                raise _Refused(key.place, "a key must be a plain word")
            if isinstance(event, yaml.ScalarEvent):
                key = Node(key.place, event.value, "scalar")
            pairs.append((key, self._node(next(self._events), depth + 1)))
        return pairs


def _resolve(text: str) -> object:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text) and len(text) < 20:
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


class _Flattener:
    """Nodes become plain data; every path gets its place; a key that stands twice is a fault."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def flatten(self, node: Node, path: Path = ()) -> object:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _Refused(node.place, f"more than {MAX_VALUES} values once aliases are expanded")
        self._document.places[path] = node.place
        if node.kind == "mapping":
            return self._mapping(node, path)
        if node.kind == "list":
            assert isinstance(node.content, list)  # noqa: S101  told by `kind`
            return [self.flatten(item, (*path, index)) for index, item in enumerate(node.content)]
        if node.source:
            self._document.sources[path] = node.source
        return node.content

    def _mapping(self, node: Node, path: Path) -> dict[str, object]:
        data: dict[str, object] = {}
        assert isinstance(node.content, list)  # noqa: S101  told by `kind`
        for key, item in node.content:
            name = str(key.content)
            if name in data:
                first = self._document.keys[(*path, name)]
                message = f"the key stands twice; the first is on line {first.line}"
                self._document.faults.append(Fault(key.place, dotted((*path, name)), message))
                continue
            self._document.keys[(*path, name)] = key.place
            data[name] = self.flatten(item, (*path, name))
        return data
