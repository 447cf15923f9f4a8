"""Every detector by the id of its evidence. Who is not in this file does not look."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Protocol

from detectors.behaviour.detectors import BEHAVIOUR as SEEN_IN_BEHAVIOUR
from detectors.evidence import Evidence
from detectors.fingerprint.accept_encoding import AcceptEncoding
from detectors.fingerprint.any_language import AnyLanguage
from detectors.fingerprint.brand_list import BrandList
from detectors.fingerprint.browser_order import BrowserOrder
from detectors.fingerprint.client_hints import ClientHints
from detectors.fingerprint.electron import Electron
from detectors.fingerprint.fetch_metadata import FetchMetadata
from detectors.fingerprint.fetch_site import FetchSite
from detectors.fingerprint.frozen_agent import FrozenAgent
from detectors.fingerprint.header_order import HeaderOrder
from detectors.fingerprint.headless import Headless
from detectors.fingerprint.impossible_browser import ImpossibleBrowser
from detectors.fingerprint.made_up_brand import MadeUpBrand
from detectors.fingerprint.missing_client_hints import MissingClientHints
from detectors.fingerprint.missing_fetch_metadata import MissingFetchMetadata
from detectors.fingerprint.missing_language import MissingLanguage
from detectors.fingerprint.missing_upgrade import MissingUpgrade
from detectors.fingerprint.moved_headers import MovedHeaders
from detectors.fingerprint.name_case import NameCase
from detectors.fingerprint.no_keep_alive import NoKeepAlive
from detectors.fingerprint.no_user_agent import NoUserAgent
from detectors.fingerprint.old_browser import OldBrowser
from detectors.fingerprint.old_protocol import OldProtocol
from detectors.fingerprint.other_system import OtherSystem
from detectors.fingerprint.page_accept import PageAccept
from detectors.fingerprint.priority_header import PriorityHeader
from detectors.fingerprint.reading import Reading
from detectors.fingerprint.tls_family import TlsOfAnother
from detectors.fingerprint.unknown_agent import UnknownAgent
from detectors.identity.automation_tool import AutomationTool
from detectors.identity.bot_claim import BotClaim
from detectors.identity.declared_bot import DeclaredBot
from detectors.identity.spoofed_bot import SpoofedBot
from detectors.probes.detectors import PROBES as SEEN_BY_PROBES
from detectors.probes.detectors import ProbeDetector
from detectors.visit import Visit


class FingerprintDetector(Protocol):
    """Looks at the headers, once per fingerprint. `default` is its weight; 0 is staged: not counted."""

    default: ClassVar[float]

    def __init__(self, log_odds: float) -> None: ...
    def inspect(self, reading: Reading) -> Evidence | None:
        """What the headers tell, or None."""


class IdentityDetector(Protocol):
    """Looks at a claimed identity together with the address."""

    default: ClassVar[float]

    def __init__(self, log_odds: float) -> None: ...
    def inspect(self, claim: BotClaim) -> Evidence | None:
        """What the completed claim tells, or None."""


class BehaviourDetector(Protocol):
    """Looks at one visit, on every request."""

    default: ClassVar[float]

    def __init__(self, log_odds: float) -> None: ...
    def inspect(self, visit: Visit, now: float) -> Evidence | None:
        """What the client's doings tell, or None."""


FINGERPRINT: Mapping[str, type[FingerprintDetector]] = MappingProxyType({
    "accept_encoding": AcceptEncoding,
    "any_language": AnyLanguage,
    "automation_tool": AutomationTool,
    "brand_list": BrandList,
    "browser_order": BrowserOrder,
    "client_hints": ClientHints,
    "declared_bot": DeclaredBot,
    "electron": Electron,
    "fetch_metadata": FetchMetadata,
    "fetch_site": FetchSite,
    "frozen_agent": FrozenAgent,
    "header_order": HeaderOrder,
    "headless": Headless,
    "impossible_browser": ImpossibleBrowser,
    "made_up_brand": MadeUpBrand,
    "missing_client_hints": MissingClientHints,
    "missing_fetch_metadata": MissingFetchMetadata,
    "missing_language": MissingLanguage,
    "missing_upgrade": MissingUpgrade,
    "moved_headers": MovedHeaders,
    "name_case": NameCase,
    "no_keep_alive": NoKeepAlive,
    "no_user_agent": NoUserAgent,
    "old_browser": OldBrowser,
    "old_protocol": OldProtocol,
    "other_system": OtherSystem,
    "page_accept": PageAccept,
    "priority_header": PriorityHeader,
    "tls_of_another": TlsOfAnother,
    "unknown_agent": UnknownAgent,
})  # fmt: skip
IDENTITY: Mapping[str, type[IdentityDetector]] = MappingProxyType({"spoofed_bot": SpoofedBot})
BEHAVIOUR: Mapping[str, type[BehaviourDetector]] = SEEN_IN_BEHAVIOUR
PROBES: Mapping[str, type[ProbeDetector]] = SEEN_BY_PROBES

AnyDetector = (
    type[FingerprintDetector] | type[IdentityDetector] | type[BehaviourDetector] | type[ProbeDetector]
)
DETECTORS: Mapping[str, AnyDetector] = MappingProxyType({**FINGERPRINT, **IDENTITY, **BEHAVIOUR, **PROBES})
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {name: detector.default for name, detector in DETECTORS.items()}
)
