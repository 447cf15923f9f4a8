"""The file of cases that an operator writes: facts of a request and of its sender, and what shall follow."""

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.cel.facts import BOT_STATUSES, CLEARANCES
from config.cel.questions import COUNTER, IDENTITIES, SKETCH, WINDOW
from config.fault import did_you_mean
from config.schema import ActionWord, Name
from config.sections import Section
from config.sources import EVIDENCE
from config.units import HostName, Moment
from detectors.identity.network_list import NETWORK_KINDS

Amount = Annotated[float, Field(ge=0.0)]
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)


def _words(text: str, kinds: tuple[tuple[str, ...], ...], most: int) -> str:
    """`text` where each of its words is one of its kind; those after them are free."""
    words = text.split()
    if not len(kinds) <= len(words) <= most:
        example = " ".join(choices[0] for choices in kinds)
        raise PydanticCustomError("words", f"is written like {example!r}")
    for word, choices in zip(words, kinds, strict=False):
        _one_of(word, choices)
    return text


def _one_of(word: str, choices: tuple[str, ...]) -> str:
    if word not in choices:
        advice = did_you_mean(word, choices) or f"; it is one of {', '.join(filter(None, choices))}"
        raise PydanticCustomError("words", f"there is no {word!r}{advice}")
    return word


def _address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        raise PydanticCustomError("address", "must be an address such as 203.0.113.7") from None
    return text


def _choice(choices: tuple[str, ...]) -> tuple[AfterValidator, WithJsonSchema]:
    """A text that is one of `choices`."""
    enumerated = WithJsonSchema({"type": "string", "enum": list(choices)})
    return AfterValidator(lambda word: _one_of(word, choices)), enumerated


WHO = tuple(IDENTITIES)
RateKey = Annotated[str, AfterValidator(lambda text: _words(text, (WHO, WINDOW.choices), 3))]
PageKey = Annotated[str, AfterValidator(lambda text: _words(text, (WHO, WINDOW.choices), 2))]
CountKey = Annotated[str, AfterValidator(lambda text: _words(text, (WHO, COUNTER.choices), 2))]
SketchKey = Annotated[str, AfterValidator(lambda text: _words(text, (WHO, SKETCH.choices), 2))]
NetworkWord = Annotated[str, *_choice(("", *NETWORK_KINDS))]
ClearanceWord = Annotated[str, *_choice(CLEARANCES)]
StatusWord = Annotated[str, *_choice(BOT_STATUSES)]
EvidenceWord = Annotated[str, *_choice(EVIDENCE)]
IpAddress = Annotated[str, AfterValidator(_address)]


class RequestFacts(Section):
    """What arrives. Its route follows from the configuration."""

    method: str = Field("GET", description="The method.")
    path: str = Field("/", pattern="^/", description="The path, with its query.")
    host: HostName | None = Field(None, description="The host; the site's first without it.")
    scheme: Literal["http", "https"] = Field("https", description="http or https.")
    http_version: Literal["1.0", "1.1"] = Field("1.1", description="1.0 or 1.1.")
    user_agent: str = Field(BROWSER, description="The User-Agent header; a browser's without it.")
    headers: dict[str, str] = Field(default_factory=dict, description="Further headers.")
    ip: IpAddress = Field("203.0.113.7", description="The client's address.")
    country: str = Field("", description="The country of the address, such as DE.")
    asn: int = Field(0, ge=0, description="The number of the network.")
    network: NetworkWord = Field("", description="What the address belongs to, as `request.network`.")
    disallowed: bool = Field(False, description="Whether robots.txt keeps this client from it.")


class ClientFacts(Section):
    """What is remembered of the sender, this request counted. What is left out was counted for it alone."""

    rates: dict[RateKey, Amount] = Field(
        default_factory=dict, description='Requests, as in "ip 1m": 80 or "ip 1m login": 20.'
    )
    page_rates: dict[PageKey, Amount] = Field(
        default_factory=dict, description='Pages, as in "session 10m": 30.'
    )
    counts: dict[CountKey, Amount] = Field(
        default_factory=dict, description='Counters, as in "session errors": 12.'
    )
    distinct: dict[SketchKey, Amount] = Field(
        default_factory=dict, description='How many different ones, as in "session agents": 3.'
    )
    clearance: ClearanceWord = Field("none", description="The level that it has proven.")


class BotFacts(Section):
    """Who the client says it is, in place of what its user agent and address tell."""

    name: str = Field("", description="The bot's name.")
    category: str = Field("", description="Its category; see docs/bots.md.")
    status: StatusWord = Field("verified", description="How far that is proven.")


class Expectation(Section):
    """What shall follow. What is left out may be anything."""

    action: ActionWord | None = Field(None, description="What the policy says, whatever the site's mode.")
    rule: str | None = Field(None, description="The rule that decides; empty for none.")
    noted: list[str] | None = Field(None, description="The rules that are only noted, in order.")


class CaseSection(Section):
    """One request and what shall become of it."""

    name: str = Field(min_length=1, max_length=200, description="What the case shows.")
    site: Name | None = Field(None, description="The site by its name; the one of the host without it.")
    now: Moment | None = Field(None, description="When; the moment of the check without it.")
    request: RequestFacts = Field(
        default_factory=lambda: RequestFacts.model_validate({}), description="What arrives."
    )
    client: ClientFacts = Field(
        default_factory=lambda: ClientFacts.model_validate({}), description="Who sends it."
    )
    bot: BotFacts | None = Field(None, description="Who the client says it is.")
    risk: Annotated[float, Field(ge=0.0, le=100.0)] | None = Field(
        None, description="The risk; that of the evidence without it."
    )
    evidence: list[EvidenceWord] | None = Field(
        None, description="Ids of evidence; without it what the name of the client tells."
    )
    degraded: bool = Field(False, description="Whether the shared memory cannot be reached.")
    expect: Expectation = Field(description="What shall follow.")


class CasesFile(Section):
    """Cases for `stile check --cases`."""

    cases: list[CaseSection] = Field(description="Cases, each on its own.")


def cases_schema() -> dict[str, object]:
    """JSON Schema 2020-12 of a file of cases, for editors and for `stile schema cases`."""
    schema = CasesFile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stile cases",
        **{key: part for key, part in schema.items() if key != "title"},
    }
