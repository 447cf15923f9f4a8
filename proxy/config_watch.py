"""Files of the configuration are followed: a change counts once it looks the same twice, a second apart."""

from collections.abc import Callable, Iterable
from pathlib import Path

from config.reading import PICTURES, Reader
from config.settings import Config, Watch
from config.sources import SHIPPED
from proxy.followed_file import Stamp, stamp_of

LOOK_EVERY_S = 1.0
NO_LISTS = frozenset({".yaml", ".yml", ".html", ".json", *PICTURES})

State = Stamp | str


def state_of(path: str) -> State:
    """What changes with a file, or why there is none."""
    try:
        return stamp_of(Path(path))
    except OSError as error:
        return error.strerror or str(error)


class Stamping:
    """Reads like `read`, and notes how each file looked before it was read."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self.states: dict[str, State] = {}

    def __call__(self, path: str) -> str:
        self.states[path] = state_of(path)
        return self._read(path)


class ConfigWatch:
    """How files looked when they were last read, and whether they look otherwise now."""

    def __init__(self, state: Callable[[str], State] = state_of) -> None:
        self._state = state
        self._known: dict[str, State] = {}
        self._seen: dict[str, State] = {}
        self._next = 0.0

    def note(self, states: dict[str, State]) -> None:
        """These files were read, and looked like this before."""
        self._known |= states

    def look(self, paths: Iterable[str], now: float) -> bool:
        """True where some of `paths` should be read again; what is seen now then counts as known."""
        if now < self._next:
            return False
        self._next = now + LOOK_EVERY_S
        before, self._seen = self._seen, {path: self._state(path) for path in paths}
        if self._seen != before or all(self._known.get(path) == seen for path, seen in self._seen.items()):
            return False
        self._known |= self._seen
        return True


def lists_in(paths: Iterable[str], config: Config) -> list[str]:
    """Those of the recorded files that are operators' lists: no YAML, no page, no model."""
    model = {str(file) for file in (config.model_files.champion, config.model_files.challenger) if file}
    return [path for path in _own(paths) if path not in model and Path(path).suffix.lower() not in NO_LISTS]


def followed_in(paths: Iterable[str], config: Config) -> list[str]:
    """The recorded files that the configuration asks to follow."""
    if config.watch is Watch.OFF:
        return []
    if config.watch is Watch.LISTS:
        return lists_in(paths, config)
    model = {str(file) for file in (config.model_files.champion, config.model_files.challenger) if file}
    return [path for path in _own(paths, folders=True) if path not in model]  # bundles are followed apart


def _own(paths: Iterable[str], *, folders: bool = False) -> list[str]:
    """What does not come with Stile."""
    shipped = str(SHIPPED.parent.parent)
    package = (f"{shipped}/config/", f"{shipped}/detectors/")
    return [path for path in paths if not path.startswith(package) and (folders or not path.endswith("/"))]
