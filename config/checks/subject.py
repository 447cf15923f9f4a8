"""What a check looks at: a sound configuration, its files, and its conditions where they stand."""

from collections.abc import Iterator

from config.build import build
from config.build_policy import PolicyBuilder
from config.cel.rules import Condition
from config.checks.finding import KINDS, Finding
from config.fault import ConfigFaults, dotted, in_order
from config.reading import Recorder
from config.schema import ConfigDocument
from config.settings import Config
from config.sources import Sources, read_sources
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath
from detectors.value import value


@value
class Asked:
    """One condition of a policy, with the file and the path of its rule."""

    condition: Condition
    document: Document
    path: KeyPath

    def finding(self, kind: str, message: str) -> Finding:
        """A finding about the condition."""
        key = next((key for key in ("when", "limit") if (*self.path, key) in self.document.places), "name")
        path = (*self.path, key)
        return Finding(KINDS[kind], self.document.place(path), dotted(path), message)


@value
class Subject:
    """`orders` are the conditions of every policy, in the order in which they are asked."""

    config: Config
    section: ConfigDocument
    sources: Sources
    orders: dict[KeyPath, list[Asked]]

    def finding(self, kind: str, path: KeyPath, message: str) -> Finding:
        """A finding about a key of the main file."""
        return Finding(KINDS[kind], self.sources.document.place(path), dotted(path), message)

    def documents(self) -> Iterator[Document]:
        """Every file of YAML that was read."""
        yield self.sources.document
        for read in self.sources.imports.values():
            yield read.document


def subject_of(path: str, read: Recorder) -> Subject:
    """The configuration at `path`. Raises ConfigFaults with all that is wrong."""
    sources = read_sources(path, read)
    if sources.config is None:
        raise ConfigFaults(in_order(sources.faults))
    builder = PolicyBuilder(sources, sources.config)
    config = build(sources, builder)
    if config is None or sources.faults:
        raise ConfigFaults(in_order(sources.faults))
    documents = {sources.document.file: sources.document}
    documents |= {each.document.file: each.document for each in sources.imports.values()}
    places = {id(condition): place for place, condition in builder.rules.places.items()}
    orders = {
        policy: [
            Asked(each, documents[places[id(each)][0]], places[id(each)][1])
            for each in conditions
            if id(each) in places
        ]
        for policy, conditions in builder.orders.items()
    }
    return Subject(config, sources.config, sources, orders)
