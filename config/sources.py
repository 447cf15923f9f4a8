"""The files of one configuration, each read once and held against its schema; faults are gathered."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from config.fault import Fault, Place, did_you_mean, dotted
from config.list_kinds import Listing
from config.lists import listings
from config.pages import PagesSection
from config.reading import Recorder
from config.salvage import check_conditions
from config.schema import ConfigDocument, PolicySection, RuleFile
from config.sections import ModelSection
from config.validation import validate
from config.yaml_tree import Document, parse
from config.yaml_tree import Path as KeyPath
from detectors.registry import WEIGHTS
from detectors.value import value

EVIDENCE = (*WEIGHTS, "model")  # all ids that evidence can have
SHIPPED = Path(__file__).parent / "shipped"
SHIPPED_PREFIX = "(stile)/"
SHIPPED_MODEL = Path(__file__).parent.parent / "detectors" / "model" / "shipped.json"


@value
class Import:
    """One rule file. `own` is true where the operator wrote it; `name` is its name without the ending."""

    name: str
    own: bool
    document: Document
    file: RuleFile | None


@value
class Sources:
    """All that was read. `imports` go by the reference as written; `model` is the bundle's text.

    `files` are what pages are made of, by the path of the key that names them: a logo in base64, and
    templates, whose own names end their paths. `lists` go by their names in rules; one of the operator's
    stands in for an imported one of the same name.
    """

    folder: Path
    document: Document
    config: ConfigDocument | None
    imports: dict[str, Import]
    model: str | None
    files: dict[KeyPath, str]
    lists: dict[str, Listing]
    version: str
    faults: list[Fault]


def read_sources(path: str, read: Recorder) -> Sources:
    """Read the file at `path` and all that it imports."""
    folder = Path(path).parent
    reading = _Reading(folder, read)
    document, config = reading.root(path)
    imports: dict[str, Import] = {}
    model = None
    files: dict[KeyPath, str] = {}
    lists: dict[str, Listing] = {}
    if config is not None:
        for key_path, reference in references(config):
            if reference not in imports:
                imports[reference] = reading.rule_file(reference, document.place(key_path), key_path)
        model = reading.model(config.model, document.place(("model", "path")))
        for key_path, pages in page_sections(config):
            files |= reading.page_files(pages, document, key_path)
        for reference, each in imports.items():
            if each.file is not None:
                lists |= reading.lists(reference, each.document, each.file)
        lists |= reading.lists("", document, config)
    return Sources(folder, document, config, imports, model, files, lists, reading.version(), reading.faults)


def policies(config: ConfigDocument) -> Iterator[tuple[KeyPath, PolicySection]]:
    """Every policy with the path of its key: the common one first."""
    yield ("policy",), config.policy
    for place, site in enumerate(config.sites):
        if site.policy is not None:
            yield ("sites", place, "policy"), site.policy


def page_sections(config: ConfigDocument) -> Iterator[tuple[KeyPath, PagesSection]]:
    """Every section of pages with the path of its key: the common one first."""
    yield ("pages",), config.pages
    for place, site in enumerate(config.sites):
        if site.pages is not None:
            yield ("sites", place, "pages"), site.pages


def references(config: ConfigDocument) -> Iterator[tuple[KeyPath, str]]:
    """Every import with the path of its key."""
    for path, policy in policies(config):
        for place, reference in enumerate(policy.import_):
            yield (*path, "import", place), reference


class _Reading:
    def __init__(self, folder: Path, read: Recorder) -> None:
        self._folder = folder
        self._read = read
        self._texts: dict[str, str] = {}
        self.faults: list[Fault] = []

    def version(self) -> str:
        """Twelve hexadecimal digits over all texts, wherever they are stored."""
        digest = sha256()
        for label, text in sorted(self._texts.items()):
            for part in (label, text):
                raw = part.encode("utf-8", "surrogatepass")
                digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()[:12]

    def root(self, path: str) -> tuple[Document, ConfigDocument | None]:
        text = self._text("", path, Place(path, 1, 1), ())
        document = parse(path, text) if text is not None else Document(path, "")
        config = None
        if text is not None and (document.data is not None or not document.faults):
            config = validate(ConfigDocument, document)
            if config is None:
                check_conditions(document, EVIDENCE)
        self.faults += document.faults
        return document, config

    def rule_file(self, reference: str, place: Place, key_path: KeyPath) -> Import:
        shipped = reference.startswith(SHIPPED_PREFIX)
        name = Path(reference).stem
        path = self._shipped(reference, place, key_path) if shipped else str(self._folder / reference)
        text = self._text(reference, path, place, key_path) if path else None
        if text is None:
            return Import(name, not shipped, Document(path, ""), None)
        document = parse(reference if shipped else path, text)
        file = None
        if document.data is not None or not document.faults:
            file = validate(RuleFile, document)
            if file is None:
                check_conditions(document, EVIDENCE)
        self.faults += document.faults
        return Import(name, not shipped, document, file)

    def model(self, section: ModelSection, place: Place) -> str | None:
        if not section.enabled:
            return None
        if section.path is not None:
            return self._text("model", str(self._folder / section.path), place, ("model", "path"))
        try:
            text = self._texts["model"] = self._read(str(SHIPPED_MODEL))
        except FileNotFoundError:  # a checkout that has no trained model judges by hand-set weights alone
            return None
        return text

    def page_files(self, section: PagesSection, document: Document, key_path: KeyPath) -> dict[KeyPath, str]:
        """The logo and the templates that a section names."""
        found: dict[KeyPath, str | None] = {}
        if section.logo is not None:
            path = (*key_path, "logo")
            found[path] = self._text(
                dotted(path), str(self._folder / section.logo), document.place(path), path
            )
        if section.templates is not None:
            path = (*key_path, "templates")
            folder, place = str(self._folder / section.templates), document.place(path)
            for name in (self._text(dotted(path), f"{folder}/", place, path) or "").splitlines():
                if name.endswith(".html"):
                    each = (*path, name)
                    found[each] = self._text(dotted(each), f"{folder}/{name}", place, path)
        return {path: text for path, text in found.items() if text is not None}

    def lists(
        self, reference: str, document: Document, section: ConfigDocument | RuleFile
    ) -> dict[str, Listing]:
        """The lists of a document by their names in rules."""
        before = len(document.faults)

        def text_of(path: str, place: Place, key_path: KeyPath) -> str | None:
            return self._text(f"{reference} {dotted(key_path)}", path, place, key_path)

        found = listings(document, section.networks, section.lists, text_of)
        self.faults += document.faults[before:]
        return found

    def _shipped(self, reference: str, place: Place, key_path: KeyPath) -> str:
        """The file that comes with Stile; empty, and a fault, where there is none of that name."""
        name = reference.removeprefix(SHIPPED_PREFIX)
        known = [file.name for file in SHIPPED.glob("*.yaml")]
        if name in known:
            return str(SHIPPED / name)
        advice = did_you_mean(reference, [SHIPPED_PREFIX + each for each in known])
        self.faults.append(Fault(place, dotted(key_path), f"no such file comes with Stile{advice}"))
        return ""

    def _text(self, label: str, path: str, place: Place, key_path: KeyPath) -> str | None:
        try:
            text = self._read(path)
        except UnicodeDecodeError as error:
            message = f"{path} is not UTF-8: byte {error.start + 1} is {error.object[error.start]:#04x}"
        except (OSError, ValueError) as error:
            message = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        else:
            self._texts[label] = text
            return text
        self.faults.append(Fault(place, dotted(key_path), message))
        return None
