"""What the admin side is told about its node."""

from config.decision import Mode
from detectors.value import value


@value
class Node:
    """What the admin process is told at start and at each reload; `config_fault` is empty if all is well.

    `bot_lists` says of each bot when its published addresses were gathered, in Unix seconds.
    """

    version: str
    workers: int
    sites: tuple[tuple[str, Mode], ...]
    config_version: str
    config_fault: str = ""
    bot_lists: tuple[tuple[str, float], ...] = ()
