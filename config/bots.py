"""The section `bots`: how the names that bots give are verified, and what may be asked of whom for that."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from config.addresses import host_and_port
from config.sections import Section
from config.settings import Bots
from config.units import Duration
from detectors.identity.operators import OPERATORS, SIGNED_AGENTS, SignedAgent

BotName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,39}$")]
AgentHost = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$")
]
Category = Literal[
    "search",
    "ai-training",
    "ai-search",
    "ai-assistant",
    "seo",
    "social-preview",
    "monitoring",
    "feed",
    "archive",
    "advertising",
    "library",
    "scanner",
    "other",
]


def _https(text: str) -> str:
    try:
        parts = urlsplit(text)
        plain = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        plain = False
    if not plain:
        raise PydanticCustomError("https", "must be an address such as https://mirror.example.com/bot.json")
    return text


def name_server_of(text: str) -> tuple[str, int]:
    """Address and port of a DNS server; port 53 where none is named. Raises ValueError."""
    if text.count(":") == 1 or text.startswith("["):
        host, port = host_and_port(text)
        return str(ip_address(host)), port
    return str(ip_address(text)), 53


def _name_server(text: str) -> str:
    try:
        name_server_of(text)
    except ValueError:
        raise PydanticCustomError("ip", "must be an address such as 192.0.2.53 or 192.0.2.53:5353") from None
    return text


HttpsUrl = Annotated[str, AfterValidator(_https)]
NameServerText = Annotated[str, AfterValidator(_name_server)]


class BotRangesSection(Section):
    """The addresses that operators of bots publish. A snapshot comes with Stile."""

    refresh: Duration | None = Field(
        "24h",  # type: ignore[assignment]
        description="How often each list is fetched over https; null for never.",
    )
    stale_after: Duration = Field(
        "30d",  # type: ignore[assignment]
        description="How old a list may be to call an address outside it spoofed; older ones only verify.",
    )
    urls: dict[BotName, HttpsUrl] = Field(
        default_factory=dict,
        description="Where else to fetch the list of a bot, by its name: a mirror of yours, which may have "
        "a private address and any port, or the list of a bot that has none here.",
    )


class BotDnsSection(Section):
    """Forward-confirmed reverse DNS, for bots whose operators document their host names."""

    enabled: bool = Field(True, description="Whether the DNS is asked at all.")
    wait: Duration = Field(
        "30ms",  # type: ignore[assignment]
        description="The longest that the first request of a claimed bot waits for the answer; others never "
        "do, and none while the DNS does not answer.",
    )
    lookups_per_second: Annotated[int, Field(ge=1, le=1000)] = Field(
        20, description="Most addresses that one worker looks up in a second; further ones stay unverified."
    )
    servers: list[NameServerText] = Field(
        default_factory=list,
        description="Addresses of DNS servers to ask, with or without a port; the system's without any.",
    )


class SignedAgentSection(Section):
    """Whom a key directory speaks for."""

    name: BotName = Field(description="What rules and events call the agent, as `bot.name`.")
    category: Category = Field(description="Its category, as `bot.category`.")


class BotSignaturesSection(Section):
    """Signed requests (Web Bot Auth, RFC 9421)."""

    enabled: bool = Field(True, description="Whether signatures are verified.")
    refresh: Duration = Field(
        "1h",  # type: ignore[assignment]
        description="How often the key directories are fetched; at least 1m.",
    )
    agents: dict[AgentHost, SignedAgentSection] = Field(
        default_factory=dict,
        description="Further hosts whose directories are fetched and trusted, beside those in docs/bots.md.",
    )


class BotsSection(Section):
    """How the names that bots give are verified; see docs/bots.md."""

    ranges: BotRangesSection = Field(
        default_factory=lambda: BotRangesSection.model_validate({}), description="Published addresses."
    )
    dns: BotDnsSection = Field(
        default_factory=lambda: BotDnsSection.model_validate({}), description="Host names."
    )
    signatures: BotSignaturesSection = Field(
        default_factory=lambda: BotSignaturesSection.model_validate({}), description="Signed requests."
    )


def bots_of(section: BotsSection) -> Bots:
    """The settings of a section."""
    ranges, dns, signatures = section.ranges, section.dns, section.signatures
    published = {name: operator.ranges for name, operator in OPERATORS.items() if operator.ranges}
    own = {host: SignedAgent(agent.name, agent.category) for host, agent in signatures.agents.items()}
    return Bots(
        refresh_s=ranges.refresh,
        stale_after_s=ranges.stale_after,
        lists={**published, **{name: (url,) for name, url in ranges.urls.items()}},
        mirrors=frozenset(ranges.urls),
        dns=dns.enabled,
        dns_wait_s=dns.wait,
        dns_per_second=float(dns.lookups_per_second),
        dns_servers=tuple(map(name_server_of, dns.servers)),
        key_refresh_s=max(signatures.refresh, 60.0),
        agents={**SIGNED_AGENTS, **own} if signatures.enabled else {},
    )
