"""Compiled conditions mean what the official CEL implementation says, for any condition and any facts."""

import json
from dataclasses import replace

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors.evidence import Evidence
from detectors.request import Network
from detectors.visit import Visit
from tests.support.identities import Answers, Asked, a_visit_of
from tests.support.requests import a_request
from tests.support.rules import a_first_visit, a_matcher, place_of

TYPES = {
    "request.path": cel.Type.STRING,
    "request.query": cel.Type.STRING,
    "request.asn": cel.Type.INT,
    "risk": cel.Type.DOUBLE,
    "degraded": cel.Type.BOOL,
    "evidence": cel.Type.List(cel.Type.STRING),
}
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
    boolean, integer, double, text, texts = (
        types[name] for name in ("bool", "int", "double", "text", "texts")
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
    }


LEAVES = {
    "bool": st.sampled_from(["true", "false", "degraded"]),
    "int": INTS.map(str) | st.just("request.asn"),
    "double": DOUBLES.map(repr) | st.sampled_from(["risk", *CALLS]),
    "text": TEXTS.map(quoted) | st.sampled_from(["request.path", "request.query"]),
    "texts": st.just("evidence") | joined("[", TEXTS.map(quoted), "]"),
}
CONDITIONS = grown(grown(grown(LEAVES)))["bool"]


@st.composite
def visits(draw: st.DrawFn) -> tuple[Visit, Answers, float, list[str]]:
    """A visit with what its identities answer, its risk and its evidence."""
    request = replace(
        a_request("/"),
        path=draw(TEXTS),
        query=draw(TEXTS),
        network=Network(asn=draw(INTS)),
    )
    answers = {asked: draw(RATES) for asked in CALLS.values()}
    visit = replace(a_visit_of(answers, request), degraded=draw(st.booleans()))
    return visit, answers, draw(DOUBLES), draw(st.lists(TEXTS, max_size=3))


def official(condition: str, visit: Visit, answers: Answers, risk: float, evidence: list[str]) -> bool | None:
    """What the official implementation says; None for an error."""
    facts = {
        "request.path": visit.request.path,
        "request.query": visit.request.query,
        "request.asn": visit.request.network.asn,
        "risk": risk,
        "degraded": visit.degraded,
        "evidence": evidence,
        "client": json.dumps({" ".join((who, *asked)): answer for (who, asked), answer in answers.items()}),
    }
    found = OFFICIAL.compile(condition).eval(data=facts)
    return None if found.type() == cel.Type.ERROR else bool(found.value())


@settings(max_examples=400, deadline=None)
@given(condition=CONDITIONS, facts=visits())
@example("(1 / 0 == 1 || degraded) && true", (replace(a_first_visit(), degraded=True), {}, 1.0, []))
@example("[0, 1].all(n, 1 / n == 2)", (a_first_visit(), {}, 1.0, []))
def test_a_compiled_condition_says_what_the_official_evaluator_says(condition, facts):
    visit, answers, risk, evidence = facts
    faults: list[str] = []

    place = place_of(
        a_matcher(condition),
        visit,
        risk=risk,
        evidence=[Evidence(name, 1.0, "") for name in evidence],
        faults=faults,
    )

    said = None if faults else place == 0
    assert said == official(condition, visit, answers, risk, evidence)
