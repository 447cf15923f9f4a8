"""The section `state`, made whole: one address with its certificates, and no key that says nothing."""

from collections.abc import Iterator
from pathlib import Path

from config.sections import StateSection
from config.settings import State
from config.where import StoreTls, Where
from config.yaml_tree import Path as KeyPath

SHORTEST_S = 3600.0


def state_of(section: StateSection, folder: Path) -> State:
    """The settings of a section without faults; paths are relative to `folder`."""

    def whole(text: str | None) -> Path | None:
        return None if text is None else folder / text

    where = None if section.redis is None else Where.of(section.redis)
    if where is not None and section.tls is not None:
        tls = section.tls
        where = where.with_tls(StoreTls(whole(tls.ca), whole(tls.certificate), whole(tls.key)))
    return State(
        redis=where,
        password_file=whole(section.password_file),
        timeout_s=section.timeout,
        directory=folder / section.directory,
        key_prefix=section.key_prefix,
        max_clients=section.max_clients,
        retention_s=section.retention,
        hash_rotation_s=section.hash_rotation,
    )


def faults_of(section: StateSection) -> Iterator[tuple[KeyPath, str]]:
    """What only the whole section can tell: the key, and what is wrong with it."""
    where = None if section.redis is None else Where.of(section.redis)
    if section.password_file is not None and (where is None or where.password is not None):
        reason = "goes with state.redis" if where is None else "state.redis has a password already"
        yield ("state", "password_file"), reason
    if section.tls is not None and (where is None or not where.encrypted):
        yield ("state", "tls"), "goes with a state.redis that begins with rediss"
    if section.retention < SHORTEST_S:
        yield ("state", "retention"), "must be at least 1h: shorter, and clients are forgotten in mid-visit"
    if section.hash_rotation is not None and section.hash_rotation < SHORTEST_S:
        yield ("state", "hash_rotation"), "must be at least 1h: every change forgets all clients"
