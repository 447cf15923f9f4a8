"""The variables that a rule can read: types for the checker, sources for the compiler, words for the docs."""

from collections.abc import Mapping
from dataclasses import replace

from detectors.identity.network_list import NETWORK_KINDS
from detectors.value import value
from detectors.visit import Level

BANDS = ("trusted", "low", "elevated", "high", "certain")
BOT_STATUSES = ("none", "unverified", "verified", "spoofed")
# detectors and shipped rules look for these
KNOWN_ROUTES = (
    *("api", "cart", "checkout", "coupon", "disallowed", "feed", "health", "login", "price", "product"),
    *("review", "search", "signup", "trap", "webhook"),
)
CLEARANCES = tuple(level.name.lower() for level in Level)


@value
class Fact:
    """One variable: `source` is the Python that reads it; `choices` are all the texts that it can be."""

    name: str
    type: str
    source: str
    meaning: str
    choices: tuple[str, ...] = ()
    costly: bool = False  # read at most once per request, and after cheaper conditions


OWNERS = {"request": "stile.Request", "client": "stile.Client"}

FACTS = (
    Fact("request.method", "string", "request.method", "The method, in capitals."),
    Fact("request.path", "string", "request.path", "The path, decoded, without dot segments and query."),
    Fact("request.query", "string", "request.query", "The query as sent, without the question mark."),
    Fact("request.host", "string", "request.host", "The host, in lower case, without port."),
    Fact(
        "request.route",
        "string",
        "request.route",
        "The name of the first entry of `routes` that matches; empty where none does.",
    ),
    Fact("request.scheme", "string", "request.scheme", "`http` or `https`.", ("http", "https")),
    Fact(
        "request.ip", "string", "request.address", "The client's address, as the last trusted proxy saw it."
    ),
    Fact("request.http_version", "string", "request.http_version", "`1.0` or `1.1`."),
    Fact(
        "request.user_agent",
        "string",
        "request.text(b'user-agent')",
        "The User-Agent header; empty where it is absent.",
        costly=True,
    ),
    Fact(
        "request.country", "string", "request.network.country", "ISO code such as `DE`; empty where unknown."
    ),
    Fact("request.asn", "int", "request.network.asn", "Number of the autonomous system; 0 where unknown."),
    Fact(
        "request.disallowed",
        "bool",
        "visit.disallowed",
        "True where robots.txt forbids the request to a client that claims to be a bot or has read the file; "
        "false for all others. See docs/robots.md.",
    ),
    Fact(
        "request.network",
        "string",
        "request.network.kind",
        "What the address belongs to, as `geoip` tells; the first of these that applies, empty where none is "
        "known to. People use all but the last.",
        (*NETWORK_KINDS, ""),
    ),
    Fact("request.fingerprint", "string", "sighting.id", "The header fingerprint, 12 hexadecimal digits."),
    Fact("bot.name", "string", "claim.name", "The bot that the client says it is; see docs/bots.md."),
    Fact("bot.category", "string", "claim.category", "That bot's category; see docs/bots.md."),
    Fact(
        "bot.status",
        "string",
        "claim.status",
        "`none` where no bot is claimed; `verified` where address, host name or signature prove it, "
        "`spoofed` where address or host name disprove it, `unverified` where nothing does either.",
        BOT_STATUSES,
    ),
    Fact(
        "risk",
        "double",
        "risk",
        "How likely a bot, 0.0 to 100.0. A rule that asks for it does not match where it was not computed.",
    ),
    Fact("band", "string", "band", "The named interval of `risk`, under the same condition.", BANDS),
    Fact(
        "evidence",
        "list(string)",
        "[item.id for item in evidence if item.log_odds]",
        "The ids of all evidence whose weight is not 0; see docs/detectors.md.",
        costly=True,
    ),
    Fact(
        "clearance",
        "string",
        "visit.clearance.name.lower()",
        "The level that the client has proven; see docs/challenges.md.",
        CLEARANCES,
        True,
    ),
    Fact("degraded", "bool", "visit.degraded", "True while the shared memory of clients cannot be reached."),
    Fact(
        "now",
        "timestamp",
        "now",
        'When the request arrived: `now.getHours("Europe/Berlin") < 6`, `now.getDayOfWeek() == 0` (Sunday), '
        '`now < timestamp("2026-12-01T00:00:00Z")`. Without a zone the hour is that of UTC.',
    ),
)


def facts_by_name(
    routes: tuple[str, ...] | None = None, evidence: tuple[str, ...] = ()
) -> Mapping[str, Fact]:
    """The table by name; `routes` and `evidence` are the names that these facts may be compared with."""
    table = {fact.name: fact for fact in FACTS}
    if routes is not None:
        table["request.route"] = replace(
            table["request.route"], choices=(*sorted({*routes, *KNOWN_ROUTES}), "")
        )
    table["evidence"] = replace(table["evidence"], choices=evidence)
    return table
