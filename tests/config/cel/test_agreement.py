"""Compiled conditions mean what the official CEL implementation says, for any condition and any facts.

`STILE_PAIRS=100000` asks for that many pairs of a condition and facts.
"""

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from random import Random

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.cel.facts import facts_by_name
from config.cel.rules import Compiler
from config.list_kinds import Kind, Listing, read_lines
from detectors.evidence import Evidence
from detectors.request import Network
from detectors.value import value
from detectors.visit import Visit
from tests.support.identities import Answers, Asked, a_visit_of
from tests.support.requests import a_request
from tests.support.rules import LADDER, a_rule, place_of

PAIRS = int(os.environ.get("STILE_PAIRS", "6000"))
FACTS = 25  # for each condition

TYPES = {
    "request.path": cel.Type.STRING,
    "request.query": cel.Type.STRING,
    "request.asn": cel.Type.INT,
    "risk": cel.Type.DOUBLE,
    "degraded": cel.Type.BOOL,
    "evidence": cel.Type.List(cel.Type.STRING),
    "request.ip": cel.Type.STRING,
    "request.user_agent": cel.Type.STRING,
    "request.route": cel.Type.STRING,
    "now": cel.Type.TIMESTAMP,
    "networks.near": cel.Type.List(cel.Type.STRING),
    "lists.tools": cel.Type.List(cel.Type.STRING),
    "lists.old": cel.Type.List(cel.Type.STRING),
    "lists.words": cel.Type.List(cel.Type.STRING),
    "lists.leased": cel.Type.List(cel.Type.INT),
}
LISTS = {
    "networks.near": (Kind.NETWORKS, ["10.0.0.0/9", "192.0.2.7", "2001:db8::/33"]),
    "lists.tools": (Kind.USER_AGENTS, ["curl/", "aab", "/.-"]),
    "lists.old": (Kind.PATHS, ["/a/*", "/b", "/"]),
    "lists.words": (Kind.TEXTS, ["a", "AB", "/b", "é"]),
    "lists.leased": (Kind.ASNS, ["1", "AS2", "7"]),
}
MACROS = {
    "busy": "client.rate('ip', '1m') > 60.0 || client.rate('session', '1h', 'login') >= 1.0",
    "failing": "10 / request.asn > 1",
    "listed": "request.asn in lists.leased || evidence.exists(x, x in lists.words)",
    "grave": "macros.busy && !macros.listed",
}
ROUTES = ("login", "product")
CALLS: dict[str, tuple[str, Asked]] = {
    "client.rate('ip', '1m')": ("ip", ("rate", "1m")),
    "client.rate('subnet', '1d')": ("subnet", ("rate", "1d")),
    "client.rate('session', '1h', 'login')": ("session", ("rate", "1h", "login")),
    "client.rate('account', '10s', 'login')": ("account", ("rate", "10s", "login")),
    "client.page_rate('session', '10m')": ("session", ("page_rate", "10m")),
    "client.page_rate('fingerprint', '1m')": ("fingerprint", ("page_rate", "1m")),
    "client.count('errors')": ("session", ("count", "errors")),
    "client.count('asn', 'pages')": ("asn", ("count", "pages")),
    "client.distinct('tls', 'agents')": ("tls", ("distinct", "agents")),
}


def answered(name: str, words: int) -> cel.Overload:
    """A function of `client`, which is the text of a JSON object that holds the answers."""

    def answer(client: str, *arguments: str) -> float:
        identity, *asked = arguments if len(arguments) > 1 else ("session", *arguments)
        return float(json.loads(client)[" ".join((identity, name, *asked))])

    parameters = [cel.Type.STRING] * (words + 1)
    return cel.Overload(f"{name}_{words}", cel.Type.DOUBLE, parameters, is_member=True, impl=answer)


OFFICIAL = cel.NewEnv(
    variables={**TYPES, "client": cel.Type.STRING},
    functions=[
        cel.FunctionDecl("rate", [answered("rate", 2), answered("rate", 3)]),
        cel.FunctionDecl("page_rate", [answered("page_rate", 2)]),
        cel.FunctionDecl("count", [answered("count", 1), answered("count", 2)]),
        cel.FunctionDecl("distinct", [answered("distinct", 2)]),
    ],
    extensions=[ext_strings.ExtStrings()],
)

INTS = st.sampled_from([0, 1, -1, 2, 7, -7, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
DOUBLES = st.sampled_from([0.0, -0.0, 1.0, 2.5, -2.5, 1e308, 5e-324, 9.3e18]) | st.floats(
    allow_nan=False, allow_infinity=False
)
RATES = st.sampled_from([0.0, 1.0, 2.5, 60.0, 1e308]) | st.floats(0.0, 1e9)
TEXTS = st.text(alphabet="abAB/.é😀-_0", max_size=4)
ABSORBING = st.sampled_from([".exists(", ".all("])
PARTS = (
    *(".getFullYear", ".getMonth", ".getDate", ".getDayOfMonth", ".getDayOfWeek", ".getDayOfYear"),
    *(".getHours", ".getMinutes", ".getSeconds"),
)
ZONES = ("", "'UTC'", "'Europe/Berlin'", "'America/New_York'", "'-08:30'", "'02:00'")
LATEST = 4_000_000_000
MOMENTS = st.sampled_from([0, 1_774_747_800, 1_790_000_000]) | st.integers(0, LATEST)
MOMENTS = MOMENTS.map(lambda at: f"timestamp('{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}')")
PATTERNS = st.sampled_from(["^/a", "b$", "a.b", "[0-9]+", "^$", "(?i)AB", "é", "(a|b){2}"])


def quoted(text: str) -> str:
    """`text` as a CEL literal."""
    return '"' + "".join(c if c.isascii() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


def joined(*parts: object) -> st.SearchStrategy[str]:
    """One text from fixed texts and strategies for texts."""
    drawn = [part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    return st.tuples(*drawn).map("".join)


def grown(
    types: dict[str, st.SearchStrategy[str]],
) -> dict[str, st.SearchStrategy[str]]:
    """Expressions one level deeper than `types`, for every type."""
    boolean, integer, double, text, texts, moment = (
        types[name] for name in ("bool", "int", "double", "text", "texts", "moment")
    )
    order = st.sampled_from([" < ", " <= ", " > ", " >= ", " == ", " != "])
    logic = st.sampled_from([" && ", " || "])
    return {
        "bool": st.one_of(
            boolean,
            joined("(", boolean, logic, boolean, ")"),
            joined("(", boolean, logic, boolean, logic, boolean, ")"),
            joined("!", boolean),
            joined("(", boolean, " ? ", boolean, " : ", boolean, ")"),
            *(joined("(", kind, order, kind, ")") for kind in (integer, double, text)),
            joined("(", texts, st.sampled_from([" == ", " != "]), texts, ")"),
            joined(text, st.sampled_from([".startsWith(", ".endsWith(", ".contains("]), text, ")"),
            joined(text, ".matches(", PATTERNS.map(quoted), ")"),
            joined("(", text, " in ", texts, ")"),
            joined("(", integer, " in [", integer, ", ", integer, "])"),
            joined(texts, st.sampled_from([".exists(", ".all(", ".exists_one("]), "x, x == ", text, ")"),
            joined(
                "[", integer, ", ", integer, "]", st.sampled_from([".exists(", ".all("]), "n, 10 / n > 1)"
            ),
            joined("{1: ", boolean, ", 2: ", boolean, "}[", integer, "]"),
            joined("(", text, " in lists.words)"),
            joined("(", moment, order, moment, ")"),
        ),
        "int": st.one_of(
            integer,
            joined("(", integer, st.sampled_from([" + ", " - ", " * ", " / ", " % "]), integer, ")"),
            joined("-(", integer, ")"),
            joined("size(", text, ")"),
            joined(texts, ".size()"),
            joined("int(", double, ")"),
            joined("[", integer, ", ", integer, "][", integer, "]"),
            joined("(", boolean, " ? ", integer, " : ", integer, ")"),
            joined("[", integer, ", ", integer, "].filter(n, n > 1).map(n, n - 1).size()"),
            joined(moment, st.sampled_from(PARTS), "(", st.sampled_from(ZONES), ")"),
        ),
        "double": st.one_of(
            double,
            joined("(", double, st.sampled_from([" + ", " - ", " * ", " / "]), double, ")"),
            joined("-(", double, ")"),
            joined("double(", integer, ")"),
        ),
        "text": st.one_of(
            text,
            joined("(", text, " + ", text, ")"),
            joined(text, st.sampled_from([".lowerAscii()", ".upperAscii()"])),
            joined(texts, "[", integer, "]"),
            joined("string(", integer, ")"),
        ),
        "texts": st.one_of(
            texts,
            joined("[", text, ", ", text, "]"),
            joined("(", texts, " + ", texts, ")"),
            joined(texts, ".filter(x, x != ", text, ")"),
            joined(texts, ".map(x, x + ", text, ")"),
        ),
        "moment": moment,
    }


LEAVES = {
    "bool": st.sampled_from(
        [
            *("true", "false", "degraded", "routes.login", "(request.route == 'product')"),
            *("(request.ip in networks.near)", "(request.user_agent in lists.tools)"),
            *("(request.path in lists.old)", "(request.asn in lists.leased)"),
            *(f"macros.{name}" for name in MACROS),
        ]
    ),
    "int": INTS.map(str) | st.just("request.asn"),
    "double": DOUBLES.map(repr) | st.sampled_from(["risk", *CALLS]),
    "text": TEXTS.map(quoted) | st.sampled_from(["request.path", "request.query"]),
    "texts": st.just("evidence") | joined("[", TEXTS.map(quoted), "]"),
    "moment": st.just("now") | MOMENTS,
}
PART = grown(grown(grown(LEAVES)))["bool"]
LOGIC = st.sampled_from([" && ", " || "])
CONDITIONS = st.one_of(PART, joined(PART, LOGIC, PART), joined("!(", PART, LOGIC, PART, ")", LOGIC, PART))


@value
class Facts:
    """What one request is asked about."""

    visit: Visit
    answers: Answers
    risk: float
    evidence: list[str]


def some_facts(chance: Random) -> Facts:
    """Facts near those that conditions speak of, and a few far away."""

    def text() -> str:
        return "".join(chance.choices("abAB/.é😀-_0", k=chance.randint(0, 4)))

    def number() -> float:
        return chance.choice(
            (0.0, -0.0, 1.0, 2.5, 60.0, 1e308, -1e308, 5e-324, 9.3e18, chance.uniform(-99, 99))
        )

    near = chance.choice(
        ("10.1.2.3", "10.200.0.1", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8:ffff::")
    )
    request = replace(
        a_request("/"),
        path=chance.choice((text(), f"/{text()}", f"/a/{text()}", "/b")),
        query=text(),
        address=near,
        fields={b"user-agent": chance.choice((b"", b"Curl/8", b"xAaB", "é/.-".encode(), b"Mozilla"))},
        network=Network(asn=chance.choice((0, 1, -1, 2, 7, 2**63 - 1, -(2**63), chance.getrandbits(62)))),
        route=chance.choice(("", "login", "product")),
        arrived=chance.choice((0.0, 1_774_747_799.75, 1_774_747_800.0, chance.randint(0, 4 * LATEST) / 4)),
    )
    answers = {asked: abs(number()) for asked in CALLS.values()}
    visit = replace(a_visit_of(answers, request), degraded=chance.random() < 0.5)
    return Facts(visit, answers, number(), [text() for _ in range(chance.randint(0, 3))])


def official_lists(visit: Visit) -> dict[str, list[str] | list[int]]:
    """What the lists hold of a request, told by other means than ours."""
    request = visit.request
    address, agent = ip_address(request.address), request.text(b"user-agent")
    near = any(address in ip_network(line) for line in LISTS["networks.near"][1])
    tools = any(line in agent.lower() for line in LISTS["lists.tools"][1])
    old = re.fullmatch(r"/a/.*|/b|/", request.path, re.DOTALL)
    return {
        "networks.near": [request.address] if near else [],
        "lists.tools": [agent] if tools else [],
        "lists.old": [request.path] if old else [],
        "lists.words": LISTS["lists.words"][1],
        "lists.leased": [1, 2, 7],
    }


def official(condition: cel.Expression, facts: Facts) -> bool | None:
    """What the official implementation says; None for an error."""
    request, answers = facts.visit.request, facts.answers
    data = {
        "request.path": request.path,
        "request.query": request.query,
        "request.asn": request.network.asn,
        "request.ip": request.address,
        "request.user_agent": request.text(b"user-agent"),
        "request.route": request.route,
        "now": datetime.fromtimestamp(request.arrived, UTC),
        "risk": facts.risk,
        "degraded": facts.visit.degraded,
        "evidence": facts.evidence,
        "client": json.dumps({" ".join((who, *asked)): answer for (who, asked), answer in answers.items()}),
        **official_lists(facts.visit),
    }
    found = condition.eval(data=data)
    return None if found.type() == cel.Type.ERROR else bool(found.value())


def written_out(condition: str) -> str:
    """The condition without names that are ours: macros and routes."""
    while "macros." in condition:
        condition = re.sub(r"macros\.(\w+)", lambda found: f"({MACROS[found[1]]})", condition)
    return re.sub(r"routes\.(\w+)", r"(request.route == '\1')", condition)


COMPILER = Compiler(
    {name: Listing(kind, read_lines(kind, lines)[0]) for name, (kind, lines) in LISTS.items()},
    facts_by_name(ROUTES),
    MACROS,
    ROUTES,
)


@settings(
    max_examples=max(1, PAIRS // FACTS),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(condition=CONDITIONS, seed=st.integers(0, 2**32))
@example("(1 / 0 == 1 || degraded) && true", 1)
@example("[0, 1].all(n, 1 / n == 2)", 1)
@example("macros.failing || macros.grave", 1)
@example("int(9.223372036854775e+18) > 0 && int(-9.223372036854775e+18) < 0", 1)
@example("int(9.223372036854776e+18) > 0 || int(-9.223372036854776e+18) < 0", 1)
def test_a_compiled_condition_says_what_the_official_evaluator_says(condition, seed):
    chance = Random(seed)
    matcher = COMPILER.matcher([COMPILER.condition(a_rule(condition))], LADDER)
    expression = OFFICIAL.compile(written_out(condition))

    for facts in (some_facts(chance) for _ in range(FACTS)):
        faults: list[str] = []
        evidence = [Evidence(name, 1.0, "") for name in facts.evidence]
        place = place_of(matcher, facts.visit, risk=facts.risk, evidence=evidence, faults=faults)

        said = None if faults else place == 0
        assert said == official(expression, facts), (condition, facts)
