"""Every probe by the id of its evidence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Protocol

from detectors.evidence import Evidence
from detectors.probes.automation import Automation
from detectors.probes.clock import Clock
from detectors.probes.console import Console
from detectors.probes.device import Device
from detectors.probes.dynamics import Dynamics
from detectors.probes.event_trust import EventTrust
from detectors.probes.graphics import Graphics
from detectors.probes.headless_agent import HeadlessAgent
from detectors.probes.headless_signs import HeadlessSigns
from detectors.probes.hollow import Hollow
from detectors.probes.permission import Permission
from detectors.probes.replaced import Replaced
from detectors.probes.script_agent import ScriptAgent
from detectors.probes.script_hints import ScriptHints
from detectors.probes.script_languages import ScriptLanguages
from detectors.probes.testimony import Testimony
from detectors.probes.time_zone import TimeZone
from detectors.probes.views import Views
from detectors.probes.webdriver import Webdriver
from detectors.probes.webdriver_hidden import WebdriverHidden
from detectors.request import Request


class ProbeDetector(Protocol):
    """Looks at what the page's script told, once per answer to the `browser` challenge."""

    default: ClassVar[float]

    def __init__(self, log_odds: float) -> None: ...
    def inspect(self, testimony: Testimony, request: Request, /) -> Evidence | None:
        """What the testimony tells beside the request that brought it, or None."""


PROBES: Mapping[str, type[ProbeDetector]] = MappingProxyType({
    "probe_automation": Automation,
    "probe_clock": Clock,
    "probe_console": Console,
    "probe_device": Device,
    "probe_dynamics": Dynamics,
    "probe_event_trust": EventTrust,
    "probe_graphics": Graphics,
    "probe_headless": HeadlessAgent,
    "probe_headless_signs": HeadlessSigns,
    "probe_hollow": Hollow,
    "probe_permission": Permission,
    "probe_replaced": Replaced,
    "probe_script_agent": ScriptAgent,
    "probe_script_hints": ScriptHints,
    "probe_script_languages": ScriptLanguages,
    "probe_time_zone": TimeZone,
    "probe_views": Views,
    "probe_webdriver": Webdriver,
    "probe_webdriver_hidden": WebdriverHidden,
})  # fmt: skip
