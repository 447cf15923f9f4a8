"""The configuration that was last in force is found again, also where the present one cannot be read."""

import re
from pathlib import Path

import orjson

from config.reading import Reader
from config.sections import StateSection
from config.yaml_tree import parse
from proxy.faults import OwnFault

SNAPSHOT = "config.snapshot.json"
# `directory` in the section `state`, in a text that is no YAML any more
_NAMED = re.compile(
    r"""^state:(?:[ ]*\{[^}\n]*?|[^\n]*\n(?:[ ]+[^\n]*\n)*?[ ]+)directory:[ ]*["']?([^"'\s,}]+)""",
    re.MULTILINE,
)


def last_good(path: str, read: Reader) -> dict[str, str]:
    """The texts that were last in force for the configuration at `path`. Raises OwnFault."""
    file = Path(path).parent / _directory(path, read) / SNAPSHOT
    try:
        snapshot = orjson.loads(file.read_bytes())
        texts: dict[str, str] = snapshot["texts"]
    except OSError as error:
        raise OwnFault(f"there is no last good configuration: {file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise OwnFault(f"there is no last good configuration: {file} is damaged") from None
    if path not in texts:
        raise OwnFault(f"the last good configuration is another one: {file} is of {snapshot['path']}")
    return texts


def _directory(path: str, read: Reader) -> str:
    """The state directory that a broken file still names; the usual one where it names none."""
    usual = str(StateSection.model_fields["directory"].default)
    try:
        text = read(path)
    except (OSError, ValueError):
        return usual
    data = parse(path, text).data
    if not isinstance(data, dict):
        found = _NAMED.search(text)
        return usual if found is None else found[1]
    state = data.get("state")
    named = state.get("directory") if isinstance(state, dict) else None
    return named if isinstance(named, str) else usual
