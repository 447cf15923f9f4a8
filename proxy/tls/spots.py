"""Sockets are bound once; a reload may change what is served on them, not where they are."""

from dataclasses import replace

from config.settings import Config, Listener


def with_listeners_of(bound: Config, config: Config) -> Config:
    """`config` on the addresses of `bound`, each with its new certificates where it still speaks TLS."""
    new = {(listener.host, listener.port): listener for listener in config.listeners}
    return replace(config, listeners=tuple(_renewed(old, new) for old in bound.listeners))


def _renewed(old: Listener, new: dict[tuple[str, int], Listener]) -> Listener:
    found = new.get((old.host, old.port))
    if found is None or bool(found.tls) is not bool(old.tls):
        return old
    return replace(old, tls=found.tls)
