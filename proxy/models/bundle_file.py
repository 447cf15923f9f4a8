"""A bundle that may be replaced at any moment: taken over as a whole or not at all."""

from pathlib import Path
from stat import S_ISREG

from config.bundles import usable
from detectors.model.bundle import BundleFault, Model
from proxy.followed_file import Stamp, stamp_of

MAX_READ = 16 * 1024 * 1024  # a bundle may have far less; what is larger is not read to its end
MARK = b"\xef\xbb\xbf"  # byte order mark, left out as everywhere in the configuration


class BundleFile:
    """`model` is the last good one that the file held; `fault` says why the file cannot be used now, or "".

    A file is read when it looked the same twice, so that one that is still being copied is not complained
    about. Each state of it is read once.
    """

    def __init__(self, path: Path, model: Model | None = None) -> None:
        self.path = path
        self.model = model
        self.fault = ""
        self._seen = _state_of(path)
        self._read: Stamp | str | None = None

    def look(self) -> bool:
        """Read the file if it has changed; True where there is something to tell. For a thread."""
        state = _state_of(self.path)
        settled, self._seen = state == self._seen, state
        if not settled or state == self._read:
            return False
        try:
            model = self._model(state)
        except BundleFault as fault:
            self._read, self.fault = state, str(fault)
            return True
        except OSError as error:  # read again next time: permissions leave no trace in a file's state
            before, self.fault = self.fault, f"cannot be read: {error.strerror or error}"
            return self.fault != before
        if model is None:
            return False
        told = bool(self.fault) or self.model is None or self.model.sha256 != model.sha256
        self._read, self.model, self.fault = state, model, ""
        return told

    def _model(self, state: Stamp | str) -> Model | None:
        """None where the file changed while it was read. Raises OSError, and BundleFault."""
        if isinstance(state, str):
            raise OSError(state)
        with self.path.open("rb") as file:
            document = file.read(MAX_READ)
        if _state_of(self.path) != state:
            return None
        try:
            return usable(document.removeprefix(MARK))
        except BundleFault:
            raise
        except Exception as error:
            raise BundleFault(f"{type(error).__name__}: {error}") from error


def _state_of(path: Path) -> Stamp | str:
    """What changes with the file, or why there is none. A pipe is none: opening it could wait for ever."""
    try:
        return stamp_of(path) if S_ISREG(path.stat().st_mode) else "no regular file"
    except OSError as error:
        return error.strerror or str(error)
