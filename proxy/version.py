"""Which Stile this is, as installed."""

from importlib.metadata import version

VERSION = version("stile-proxy")
