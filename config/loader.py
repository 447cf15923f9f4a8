"""One file and what it imports become a Config, or every fault that they hold; nothing else comes out."""

import json
from dataclasses import replace

from config.build import build
from config.fault import ConfigFaults, in_order
from config.reading import Reader, Recorder, Snapshot, read_file
from config.settings import Config
from config.sources import read_sources

__all__ = ["COMMAND_LINE", "Recorder", "Snapshot", "load", "quick", "quick_text", "read_file"]

COMMAND_LINE = "(command line)"  # the name of the file that a command without a file stands for


def load(path: str, read: Reader = read_file) -> Config:
    """The configuration in the file at `path`. Raises ConfigFaults with all that is wrong, nothing else."""
    sources = read_sources(path, read if isinstance(read, Recorder) else Recorder(read))
    config = build(sources)
    if config is None or sources.faults:
        raise ConfigFaults(in_order(sources.faults))
    return config


def quick(
    upstream: str, listen: str = "127.0.0.1:8080", mode: str = "enforce", read: Reader = read_file
) -> Config:
    """The configuration that `stile run --upstream` stands for. Raises ConfigFaults.

    Give a Recorder to pass the result on: `load(COMMAND_LINE, Snapshot(recorder.texts))` is the same again.
    """
    text = quick_text(upstream, listen, mode)
    given = read if isinstance(read, Recorder) else Recorder(read)
    given.texts[COMMAND_LINE] = text
    return load(COMMAND_LINE, given)


def quick_text(upstream: str, listen: str = "127.0.0.1:8080", mode: str = "enforce") -> str:
    """The YAML for one storefront on one address."""
    return (
        f"listen:\n  - address: {json.dumps(listen)}\n"
        f"sites:\n  - upstreams: [{json.dumps(upstream)}]\n    mode: {json.dumps(mode)}\n"
    )


def overridden(config: Config, *, upstream: str | None = None, listen: str | None = None) -> Config:
    """`config` with one storefront for all sites, or one address to listen on. Raises ConfigFaults."""
    if upstream is None and listen is None:
        return config
    given = quick(upstream or "http://127.0.0.1:1", listen or "127.0.0.1:8080")
    sites = config.sites
    if upstream is not None:
        sites = tuple(replace(site, upstreams=given.sites[0].upstreams) for site in sites)
    return replace(config, sites=sites, listeners=given.listeners if listen is not None else config.listeners)
