"""A report as one page: what would change, for whom, and one request of each kind with its reasons."""

from collections.abc import Iterator, Sequence
from html import escape

from analysis.replaying.clients import HIT, PEOPLE, VERIFIED
from analysis.replaying.document import delay_at, examples_of, printable, ranked
from analysis.replaying.pairs import Pair, pairs
from analysis.replaying.report import KINDS, Report
from analysis.replaying.tables import BANDS, WHO, summary, why
from analysis.sheet import section, sheet, table, tiles_of
from config.decision import Action

TOP_RULES = 16
TOP_NAMES = 12
EXAMPLES = 40
PEOPLE_LEAD = (
    "People are sessions that were logged in, and those that the first configuration never put above band "
    "low and that never said to be a bot. That is no proof: a quiet bot counts among them."
)
EXAMPLES_LEAD = (
    "One or two requests of each kind, the earliest ones. Evidence is in log-odds; above 0 points to a bot."
)
LEGEND = (
    '<p class="legend" aria-hidden="true"><span class="key first">before</span>'
    '<span class="key second">after</span></p>'
)


def html_of(report: Report, names: Sequence[str], budgets: Sequence[str] = ()) -> str:
    """The page about a replay of the files called `names`; `budgets` are those that were exceeded."""
    header = (
        f'<header><p class="eyebrow">Stile · replay</p><h1>{escape(", ".join(map(printable, names)))}</h1>'
        f'<p class="quiet">{escape(summary(report))}</p></header>'
    )
    exceeded = "".join(
        f"<section><h2>Budget exceeded</h2><p>{escape(said)}</p></section>" for said in budgets
    )
    return sheet(
        f"Replay of {len(names)} logs", (header, exceeded, tiles_of(_tiles(report)), *_sections(report))
    )


def _tiles(report: Report) -> Iterator[tuple[str, str, str]]:
    latest = report.latest
    actions = latest.actions
    yield (
        "Requests not allowed",
        _share(sum(actions.values()) - actions["allow"], report.judged),
        _was(report),
    )
    yield "People hit", _share(latest.clients[PEOPLE, HIT], report.population[PEOPLE]), _people_was(report)
    bots = report.population[VERIFIED]
    yield "Verified bots hit", f"{latest.clients[VERIFIED, HIT]:,}", f"of {bots:,} sessions"
    if report.after is not None:
        flips = sum(report.flips.values())
        yield "Decided otherwise", _share(flips, report.judged), f"{flips:,} requests"
    median = delay_at(latest, 0.5)
    if median is not None:
        yield "First action after", f"{median:,} s", f"median; 90 % within {delay_at(latest, 0.9):,} s"


def _was(report: Report) -> str:
    actions = report.before.actions
    hit = sum(actions.values()) - actions["allow"]
    return f"{_share(hit, report.judged)} before" if report.after is not None else f"{hit:,} requests"


def _people_was(report: Report) -> str:
    hit, of = report.before.clients[PEOPLE, HIT], report.population[PEOPLE]
    return f"{_share(hit, of)} before" if report.after is not None else f"{hit:,} of {of:,} sessions"


def _share(count: int, of: int) -> str:
    return f"{100.0 * count / of:.2f} %" if of else "none"


def _sections(report: Report) -> Iterator[str]:
    legend = LEGEND if report.after is not None else ""
    for title, lead, rows in (
        (
            "Requests by action",
            "What the policy said, whatever the mode.",
            _of_requests(report, Action, "actions"),
        ),
        ("Clients that were not let through", PEOPLE_LEAD, _of_clients(report)),
        ("Requests by risk band", "As the rules saw it.", _of_requests(report, BANDS, "bands")),
        ("Requests by rule", "The rule that decided.", _of_rules(report)),
        ("Rules that only watch", "What they would have done.", _of_noted(report)),
    ):
        if rows:
            heads = ("", "before", "after") if report.after is not None else ("", "requests")
            figures = [(row.name, f"{row.before:,}", *_after(row)) for row in rows]
            yield section(title, lead, legend + pairs(title, rows), table(heads, figures))
    if report.flips:
        yield section("Decided otherwise", "By what the requests have in common.", "", _flips(report))
    examples = examples_of(report)[:EXAMPLES]
    if examples:
        yield section("Examples", EXAMPLES_LEAD, "", _examples(report))


def _after(row: Pair) -> tuple[str, ...]:
    return () if row.after is None else (f"{row.after:,}",)


def _of_requests(report: Report, names: Sequence[str] | type[Action], which: str) -> list[Pair]:
    before = getattr(report.before, which)
    after = None if report.after is None else getattr(report.after, which)
    rows = [Pair(str(name), before[name], None if after is None else after[name]) for name in names]
    return [row for row in rows if row.before or row.after]


def _of_clients(report: Report) -> list[Pair]:
    return [
        Pair(
            f"{name} ({report.population[who]:,})",
            report.before.clients[who, HIT],
            None if report.after is None else report.after.clients[who, HIT],
        )
        for who, name in WHO.items()
        if report.population[who]
    ]


def _of_rules(report: Report) -> list[Pair]:
    before, after = report.before.rules, None if report.after is None else report.after.rules
    return [
        Pair(f"{rule} → {action}", before[rule, action], None if after is None else after[rule, action])
        for (rule, action), _ in ranked(before + (after or type(before)()))[:TOP_RULES]
    ]


def _of_noted(report: Report) -> list[Pair]:
    before, after = report.before.noted, None if report.after is None else report.after.noted
    return [
        Pair(f"{rule} → {action}", before[rule, action], None if after is None else after[rule, action])
        for (rule, action), _ in ranked(before + (after or type(before)()))[:TOP_RULES]
    ]


def _flips(report: Report) -> str:
    rows = [(f"{was} → {now}", "all", f"{count:,}") for (was, now), count in ranked(report.flips)]
    for kind in KINDS:
        found = [
            (count, name, was, now)
            for (each, name, was, now), count in report.flips_by.items()
            if each == kind
        ]
        for count, name, was, now in sorted(found, key=lambda row: (-row[0], row[1:]))[:TOP_NAMES]:
            rows.append((f"{was} → {now}", f"{kind} {printable(name)}", f"{count:,}"))
    return table(("change", "by", "requests"), rows, opened=True)


def _examples(report: Report) -> str:
    rows = [
        (
            printable(example.client),
            printable(f"{example.method} {example.path}"[:120]),
            f"{example.before} → {example.after}" if report.after is not None else example.after,
            why(example),
        )
        for example in examples_of(report)[:EXAMPLES]
    ]
    shown = table(("client", "request", "change", "why"), rows, opened=True)
    return shown.replace("<table>", '<table class="words">', 1)
