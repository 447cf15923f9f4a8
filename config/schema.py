"""The whole document that an operator writes, as JSON Schema 2020-12 and as a check."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from config.account import AccountSection
from config.ai import AiSection
from config.bots import BotsSection
from config.challenges import ChallengeSection, RungWord
from config.lists import ListSection, NetworkList
from config.mitigation import MitigationSection
from config.pages import PagesSection
from config.rate_limit import RateLimitText
from config.robots import RobotsSection
from config.sections import (
    AdminSection,
    BandsSection,
    GeoipSection,
    LimitsSection,
    ListenSection,
    LogSection,
    ModelSection,
    ReloadSection,
    SecretsSection,
    Section,
    StateSection,
    UpstreamLimitsSection,
)
from config.units import Cidr, HostName, Moment, Percentage, RoutePattern, Size, UpstreamUrl

S = TypeVar("S", bound=Section)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
Weight = Annotated[
    float,
    Field(ge=-20.0, le=20.0),
    BeforeValidator(lambda weight: 0.0 if weight == "monitor" else weight),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": -20, "maximum": 20}, {"const": "monitor"}]}),
]
UpstreamHeader = Literal["risk", "band", "bot", "decision-id"]
ALWAYS = "true"  # the condition of a rule that has a limit alone
ActionWord = Literal["allow", "throttle", "challenge", "tarpit", "decoy", "block"]


def _every_upstream_header() -> list[UpstreamHeader]:
    return ["risk", "band", "bot", "decision-id"]


def _as_written(schema: dict[str, Any]) -> None:
    """What may be left out beside `limit`, for editors."""
    schema["required"] = ["name"]
    schema["anyOf"] = [{"required": ["when", "action"]}, {"required": ["limit"]}]


class RuleSection(Section):
    """One condition and what follows from it."""

    model_config = ConfigDict(json_schema_extra=_as_written)

    name: Name = Field(description="What events and dashboards call this rule; lower case, unique.")
    when: str = Field(description="A CEL expression that is true or false; see docs/rules.md.")
    limit: RateLimitText | None = Field(
        None,
        description="A rate that must be exceeded, such as `60/min per ip`, `300 pages/10min per session` or "
        "`20/min to login per ip, account`; with `when`, both must hold.",
    )
    action: ActionWord = Field(
        description="What to do with a request that matches; `throttle` where it is left out beside `limit`."
    )
    ask: RungWord | None = Field(
        None,
        description="What a challenge begins with; without it `challenge.ladder` says so. A clearance of "
        "this level, or a higher one, gets by the rule.",
    )
    oat: Annotated[str, StringConstraints(pattern=r"^OAT-0(0[1-9]|1[0-9]|2[01])$")] | None = Field(
        None, description="The OWASP automated threat that the rule is about, such as OAT-011 (scraping)."
    )
    reason: str | None = Field(None, description="One line for people, shown in events.", max_length=200)
    until: Moment | None = Field(
        None,
        description="The rule does not apply from then on: a day (which begins at midnight UTC) or a moment "
        "such as 2026-12-01T18:00:00Z.",
    )
    mode: Literal["enforce", "monitor"] = Field(
        "enforce",
        description="monitor notes in events where the rule would act, and goes on with the next one.",
    )
    rollout: Percentage = Field(
        "100%",  # type: ignore[assignment]  # defaults are written as operators write them
        description="The share of clients for whom the rule acts, such as 10%; for the others it is noted.",
    )
    owner: str | None = Field(None, description="Who answers for the rule.", max_length=80)
    note: str | None = Field(
        None, description="Why the rule is there, for those who read it later.", max_length=1000
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        """Beside `limit`, `when` and `action` may be left out."""
        if isinstance(data, dict) and "limit" in data:
            return {"when": ALWAYS, "action": "throttle", **data}
        return data


class PolicySection(Section):
    """The rules: the operator's own first, then those of each import, in the order written."""

    import_: list[str] = Field(
        default_factory=lambda: [
            "(stile)/verified-bots.yaml",
            "(stile)/ai-crawlers.yaml",
            "(stile)/default.yaml",
        ],
        alias="import",
        description="Rule files; (stile)/ names those that come with Stile.",
    )
    ai: AiSection = Field(
        default_factory=lambda: AiSection.model_validate({}), description="What becomes of AI crawlers."
    )
    rules: list[RuleSection] = Field(default_factory=list, description="The operator's own rules, in order.")
    without: list[str] = Field(default_factory=list, description="Imported rules to leave out, by name.")
    inherit: bool = Field(
        False,
        description="In a site's policy: the common policy comes after this one, in place of being left out.",
    )


class RouteSection(Section):
    """A named class of paths."""

    match: list[RoutePattern] = Field(
        min_length=1,
        description='Patterns such as "/product/*", "/search", "POST /login" or "*.rss".',
    )
    rules: list[RuleSection] = Field(
        default_factory=list, description="Rules for this route alone; they come before all others."
    )


class SiteSection(Section):
    """Some hosts and the storefronts behind them."""

    name: Name | None = Field(None, description="What events call the site; its first host without it.")
    hosts: list[HostName] = Field(
        default_factory=lambda: ["*"],
        min_length=1,
        description='Host names; "*.example.com" for every name below, "*" for any.',
    )
    upstreams: list[UpstreamUrl] = Field(
        min_length=1, description="Storefronts: http://host:port or https://host."
    )
    mode: Literal["enforce", "monitor"] | None = Field(
        None, description="The site's own mode, in place of the common one."
    )
    max_body: Size | None = Field(None, description="Largest request body for this site.")
    session_cookie: bool = Field(
        True, description="Set the first-party cookie stile_session, which tells sessions apart."
    )
    upstream_headers: list[UpstreamHeader] = Field(
        default_factory=_every_upstream_header,
        description="Which X-Stile-* headers the storefront receives.",
    )
    account: AccountSection | None = Field(
        None, description="What tells who is logged in; without it no request has an account."
    )
    pages: PagesSection | None = Field(
        None, description="The brand of this site's pages, laid over the common one key by key."
    )
    policy: PolicySection | None = Field(None, description="Rules for this site in place of the common ones.")


def defaults_of(section: type[S]) -> Callable[[], S]:
    """What stands for a section that is left out."""
    return lambda: section.model_validate({})


def _listen_anywhere() -> list[ListenSection]:
    return [ListenSection.model_validate({"address": "0.0.0.0:8080"})]


class ConfigDocument(Section):
    """The configuration of Stile. Only `sites` is required."""

    listen: list[ListenSection] = Field(
        default_factory=_listen_anywhere,
        min_length=1,
        description="Addresses to listen on.",
    )
    trusted_proxies: list[Cidr] = Field(
        default_factory=list,
        description="Networks of the balancers in front; only these may name a client's address.",
    )
    client_address_header: HeaderName = Field(
        "X-Forwarded-For",
        description="The header in which trusted proxies name the client: X-Forwarded-For, Forwarded, or one "
        "with a single address such as CF-Connecting-IP.",
    )
    tls_fingerprint_headers: list[HeaderName] = Field(
        default_factory=list,
        description="Headers in which trusted proxies name the JA4 of the client's TLS, such as CF-JA4, "
        "CloudFront-Viewer-JA4-Fingerprint or X-JA4; the first that holds one counts. Nobody else's are "
        "believed or passed on.",
    )
    admin: AdminSection | None = Field(
        default_factory=defaults_of(AdminSection),
        description="The operators' listener; null for none.",
    )
    state: StateSection = Field(
        default_factory=defaults_of(StateSection), description="Shared memory of clients."
    )
    geoip: GeoipSection = Field(
        default_factory=defaults_of(GeoipSection), description="Country and network databases."
    )
    bots: BotsSection = Field(
        default_factory=defaults_of(BotsSection), description="How the names that bots give are verified."
    )
    robots: RobotsSection = Field(
        default_factory=defaults_of(RobotsSection), description="What crawlers are told in robots.txt."
    )
    log: LogSection = Field(default_factory=defaults_of(LogSection), description="The event log.")
    secrets: SecretsSection = Field(default_factory=defaults_of(SecretsSection), description="Keys.")
    limits: LimitsSection = Field(
        default_factory=defaults_of(LimitsSection), description="Limits for connections and requests."
    )
    upstream_limits: UpstreamLimitsSection = Field(
        default_factory=defaults_of(UpstreamLimitsSection),
        description="How long to wait for a storefront.",
    )
    challenge: ChallengeSection = Field(
        default_factory=defaults_of(ChallengeSection), description="What visitors are asked."
    )
    mitigation: MitigationSection = Field(
        default_factory=defaults_of(MitigationSection), description="What `tarpit` and `decoy` do."
    )
    pages: PagesSection = Field(
        default_factory=defaults_of(PagesSection), description="The brand of the pages that people see."
    )
    sites: list[SiteSection] = Field(min_length=1, description="Hosts and the storefronts behind them.")
    mode: Literal["enforce", "monitor"] = Field(
        "monitor", description="monitor judges and logs without acting; enforce acts."
    )
    routes: dict[Name, RouteSection] = Field(
        default_factory=dict, description="Names for classes of paths, used by detectors and rules."
    )
    bands: BandsSection = Field(
        default_factory=defaults_of(BandsSection), description="Upper bounds of the risk bands."
    )
    evidence: dict[Identifier, Weight] = Field(
        default_factory=dict,
        description="Weights in log-odds by evidence id, over the detectors' own; `monitor` (or 0) lists "
        "evidence in events without adding it. `prior` is where every request starts.",
    )
    model: ModelSection = Field(default_factory=defaults_of(ModelSection), description="The behaviour model.")
    networks: dict[Identifier, NetworkList] = Field(
        default_factory=dict,
        description="Named lists of networks, used in rules as networks.NAME: the networks, or "
        "`{file: FILE}` with one a line.",
    )
    lists: dict[Identifier, ListSection] = Field(
        default_factory=dict, description="Named lists of other things, used in rules as lists.NAME."
    )
    macros: dict[Identifier, str] = Field(
        default_factory=dict, description="Conditions with a name, used in rules as macros.NAME."
    )
    policy: PolicySection = Field(
        default_factory=defaults_of(PolicySection), description="The rules of every site."
    )
    reload: ReloadSection = Field(
        default_factory=defaults_of(ReloadSection), description="When changed files are read again."
    )


class RuleFile(Section):
    """A file that a policy imports."""

    rules: list[RuleSection] = Field(description="Rules, in order.")
    networks: dict[Identifier, NetworkList] = Field(
        default_factory=dict, description="Networks for these rules, used as networks.NAME."
    )
    lists: dict[Identifier, ListSection] = Field(
        default_factory=dict, description="Lists for these rules, used as lists.NAME."
    )
    macros: dict[Identifier, str] = Field(
        default_factory=dict, description="Conditions with a name, used in these rules as macros.NAME."
    )


def json_schema() -> dict[str, object]:
    """JSON Schema 2020-12 of the configuration, for editors and for `stile schema config`."""
    schema = ConfigDocument.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stile configuration",
        **{key: part for key, part in schema.items() if key != "title"},
    }
