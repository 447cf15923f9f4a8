"""The functions that a rule can call: about whom, with which words, and the Python that answers."""

from collections.abc import Mapping

from config.cel.facts import Fact
from detectors.behaviour.memory import COUNTERS, SKETCHES
from detectors.behaviour.windows import WINDOWS
from detectors.value import value


@value
class Identity:
    """One way to say who it is: `source` is the Python that holds what we remember of it."""

    source: str
    meaning: str


IDENTITIES = {
    "ip": Identity("visit.ip", "the address prefix, /32 or /64"),
    "subnet": Identity("visit.ip.subnet", "its neighbourhood, /24 or /48"),
    "asn": Identity("visit.ip.asn", "the autonomous system of the address"),
    "session": Identity(
        "visit.session", "the first-party session, or address and User-Agent without a cookie"
    ),
    "account": Identity("visit.session.account", "who is logged in; see `account` in configuration.md"),
    "fingerprint": Identity("visit.session.fingerprint", "all who send the same headers in the same order"),
    "tls": Identity("visit.session.tls", "all who open TLS in the same way, where that is known"),
}


@value
class Parameter:
    """One argument, a literal text: `choices` are all that it may be, empty for those that others name."""

    name: str
    choices: tuple[str, ...] = ()


HEADER = Parameter("header")
IDENTITY = Parameter("identity", tuple(IDENTITIES))
WINDOW = Parameter("window", tuple(WINDOWS))
ROUTE = Parameter("route")  # the choices of request.route
COUNTER = Parameter("counter", tuple(sorted({*COUNTERS, "distinct"} - {"shares"})))  # a matter of the store
SKETCH = Parameter("kind", SKETCHES)


@value
class Question:
    """One function; `forms` are the arguments that it takes, one example for each."""

    name: str
    owner: str
    result: str
    forms: tuple[tuple[Parameter, ...], ...]
    meaning: str
    examples: tuple[str, ...]


QUESTIONS = (
    Question(
        "header",
        "request",
        "string",
        ((HEADER,),),
        "The first header of that name, in any case; empty where it is absent.",
        ('request.header("X-Api-Key")',),
    ),
    Question(
        "rate",
        "client",
        "double",
        ((IDENTITY, WINDOW), (IDENTITY, WINDOW, ROUTE)),
        "Requests in the last window: all of them, or those to one route.",
        ('client.rate("ip", "1m")', 'client.rate("account", "1d", "login")'),
    ),
    Question(
        "page_rate",
        "client",
        "double",
        ((IDENTITY, WINDOW),),
        "The same for pages alone, without images, scripts and calls.",
        ('client.page_rate("session", "10m")',),
    ),
    Question(
        "count",
        "client",
        "double",
        ((COUNTER,), (IDENTITY, COUNTER)),
        "A counter, of the session where no identity is named.",
        ('client.count("errors")', 'client.count("subnet", "logins_failed")'),
    ),
    Question(
        "distinct",
        "client",
        "double",
        ((IDENTITY, SKETCH),),
        "An estimate of how many different ones of a kind there were.",
        ('client.distinct("ip", "agents")',),
    ),
)


def choices_of(parameter: Parameter, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """What this argument may be; empty for any literal."""
    if parameter is ROUTE:
        return tuple(filter(None, facts["request.route"].choices))
    return parameter.choices


def question_source(name: str, arguments: tuple[str, ...]) -> str:
    """The Python that answers a question whose literal arguments have been checked."""
    if name == "header":
        return f"request.fields.get({arguments[0].lower().encode('latin-1')!r}, b'').decode('latin-1')"
    if name == "count" and len(arguments) == 1:
        return f"visit.session.count({arguments[0]!a})"
    identity, word, *route = arguments
    timed = ("now", *map(ascii, route)) if name in ("rate", "page_rate") else ()
    return f"{IDENTITIES[identity].source}.{name}({', '.join((ascii(word), *timed))})"
