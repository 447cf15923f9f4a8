"""The figures as one page that needs nothing else: no script, no request, nothing of any visitor in it."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import sqrt

from analysis.evaluation.document import Document
from analysis.evaluation.plots import (
    Frame,
    band,
    bars,
    dot,
    line,
    on_log,
    plot,
    shares,
    stairs,
    upright,
    whisker,
)
from analysis.evaluation.tables import HEADS, cell, figure_cells, moment_name, printable_name
from analysis.sheet import section, sheet, table, tiles_of

INPUT_HEADS = ("file", "kind", "lines", "malformed", "sessions", "without label")
STRONGEST = 12  # features drawn; the table has all
REQUESTS_LEAD = (
    "Pages and calls of a session so far. Before the third the model is silent in the gateway; what "
    "stands there is what it would have said."
)
CALIBRATION_LEAD = (
    "Predicted and observed share of bots where people and bots weigh alike in total. Dots on the "
    "diagonal mean that a margin is the log-odds it claims to be; larger dots hold more sessions."
)
FEATURES_LEAD = (
    "How far the margin moves on average when a feature's values are dealt out anew among sessions."
)
KINDS_LEAD = (
    "Declared bots name themselves in their user agent; the others were told by what else they did. "
    "All against the same people. Sure people are those who did nothing that only "
    "readers of markup do, such as fetching feeds."
)

LEGEND = (
    '<p class="legend" aria-hidden="true"><span class="key first">AUC</span>'
    '<span class="key second">caught at 1 % false positives</span></p>'
)


def html_of(document: Document) -> str:
    """The page. The policy in its head allows one style sheet, by its hash, and nothing else."""
    model = document["model"]
    header = (
        f'<header><p class="eyebrow">Stile · model evaluation</p><h1>{escape(model["version"])}</h1>'
        f'<p class="quiet">SHA-256 <code>{escape(model["sha256"][:16])}…</code></p></header>'
    )
    title = f"Model {model['version']}: evaluation"
    return sheet(title, (header, _summary(document), *_sections(document)))


def _summary(document: Document) -> str:
    end, found = document["end"], document["calibration"]
    tiles = (
        (
            "Sessions",
            f"{end['people']:,} / {end['bots']:,}",
            "people / bots, of three pages or calls at least",
        ),
        ("AUC", *_tile(end["auc"], "too few")),
        ("Caught at 1 %", *_tile(end["caught_1"], "too few")),
        ("Caught at 0.1 %", *_tile(end["caught_01"], "too few people")),
        ("Brier score", f"{found['brier']:.3f}", "0 is perfect, 0.25 knows nothing"),
        ("Calibration error", f"{found['expected_error']:.3f}", "mean distance from the diagonal"),
    )
    return (
        f'{tiles_of(tiles)}<p class="quiet">Caught is the share of bots above the score that '
        "1 % (0.1 %) of the people exceed. Intervals are 95 %, from drawing addresses again.</p>"
    )


def _sections(document: Document) -> Iterator[str]:
    yield section(
        "After the first requests",
        REQUESTS_LEAD,
        LEGEND + _first_requests(document),
        table(
            ("moment", *HEADS),
            [(moment_name(row), *figure_cells(row)) for row in document["moments"]]
            + [("at the end", *figure_cells(document["end"]))],
        ),
    )
    yield section(
        "Few false positives",
        "The share of bots caught against the share of people mistaken for one, at the end of sessions.",
        _roc(document),
        table(("people mistaken", "bots caught"), [(f"{a:.3%}", f"{b:.1%}") for a, b in _spread(document)]),
    )
    bins = table(("predicted", "observed", "people", "bots"), _bins(document))
    yield section("Calibration", CALIBRATION_LEAD, _reliability(document), bins)
    looks = table(("feature", "margin moved", "AUC lost"), _features(document))
    yield section("What the model looks at", FEATURES_LEAD, _importance(document), looks)
    kinds = table(("sessions", *HEADS), _kinds(document), opened=True)
    yield section("Kinds of bots and sites", KINDS_LEAD, "", kinds)
    labels = table(("label written by", "as", "sessions"), _labels(document), opened=True)
    inputs = table(INPUT_HEADS, _inputs(document), opened=True)
    yield section(
        "What was read", "No sign that wrote a label is a feature of the model.", "", labels + inputs
    )


def _first_requests(document: Document) -> str:
    rows = [*document["moments"], document["end"]]
    names = [str(row["requests"]) for row in document["moments"]] + ["end"]
    places = [(number + 0.5) / len(rows) for number in range(len(rows))]
    silent = sum(row["silent"] for row in document["moments"])
    drawn = [band(0.0, silent / len(rows), "silent")]
    for kind, which, shift in (("first", "auc", -0.008), ("second", "caught_1", 0.008)):
        known = [
            (place + shift, name, row[which])
            for place, name, row in zip(places, names, rows, strict=True)
            if row[which]
        ]
        drawn += [whisker(place, low, high, f"{kind} thin") for place, _, (_, low, high) in known]
        drawn.append(line([(place, figure[0]) for place, _, figure in known], kind))
        drawn += [
            dot((place, figure[0]), 4.0, f"{kind} dot", f"{name}: {cell(figure, '')}")
            for place, name, figure in known
        ]
    frame = Frame(
        "AUC and share caught after the first requests",
        "Two lines over 1, 2, 3, 5, 10, 20 requests and the end, with intervals; the table has the numbers.",
        "pages and calls so far",
        "share",
    )
    return plot(frame, list(zip(places, names, strict=True)), shares(), drawn)


def _roc(document: Document) -> str:
    people = max(document["end"]["people"], 1)
    lowest = 10.0 ** -min(max(len(str(people)), 3), 5)  # down to about one person
    points = [(on_log(false, lowest), true) for false, true in document["roc"]]
    ticks = [(on_log(share, lowest), f"{share * 100:g} %") for share in _decades(lowest)]
    marks = [upright(on_log(0.01, lowest), "1 %")]
    if lowest < 0.001:
        marks.append(upright(on_log(0.001, lowest), "0.1 %"))
    frame = Frame(
        "Bots caught against people mistaken for bots",
        f"A receiver operating characteristic with a logarithmic axis, over {people} people.",
        "people mistaken for bots (logarithmic)",
        "bots caught",
    )
    return plot(frame, ticks, shares(), [*marks, stairs(points, "first")])


def _reliability(document: Document) -> str:
    bins = [row for row in document["calibration"]["bins"] if row["predicted"] is not None]
    most = max((row["people"] + row["bots"] for row in bins), default=1)
    points = [(row["predicted"], row["observed"]) for row in bins]
    dots = [
        dot(
            point,
            3.0 + 8.0 * sqrt((row["people"] + row["bots"]) / most),
            "first dot",
            f"predicted {point[0]:.2f}, observed {point[1]:.2f}: {row['people']} people, {row['bots']} bots",
        )
        for point, row in zip(points, bins, strict=True)
    ]
    frame = Frame(
        "Predicted and observed share of bots",
        "A reliability curve of ten parts; on the dashed diagonal predictions hold.",
        "predicted share of bots",
        "observed share of bots",
    )
    return plot(frame, shares(), shares(), [line([(0, 0), (1, 1)], "mark"), line(points, "first"), *dots])


def _importance(document: Document) -> str:
    rows = [(row["feature"], row["margin_moved"]) for row in document["features"][:STRONGEST]]
    frame = Frame("Features by how far they move the margin", "Bars, strongest first, in log-odds.", "", "")
    return bars(frame, rows)


def _bins(document: Document) -> Iterable[tuple[str, ...]]:
    for row in document["calibration"]["bins"]:
        yield _share(row["predicted"]), _share(row["observed"]), f"{row['people']:,}", f"{row['bots']:,}"


def _features(document: Document) -> Iterable[tuple[str, ...]]:
    for row in document["features"]:
        yield row["feature"], f"{row['margin_moved']:.3f}", f"{row['auc_lost']:.4f}"


def _kinds(document: Document) -> Iterable[tuple[str, ...]]:
    for row in document["bots"]:
        yield f"{row['which']} bots", *figure_cells(row)
    yield "sure people", *figure_cells(document["sure"])
    for row in document["sites"]:
        yield f"site {printable_name(row['site'])}", *figure_cells(row)


def _labels(document: Document) -> Iterable[tuple[str, ...]]:
    for row in document["labels"]:
        yield row["sign"], "bot" if row["bot"] else "person", f"{row['sessions']:,}"


def _inputs(document: Document) -> Iterable[tuple[str, ...]]:
    for row in document["inputs"]:
        counts = (f"{row[name]:,}" for name in ("lines", "malformed", "sessions", "unlabelled"))
        yield printable_name(row["name"]), row["kind"], *counts


def _spread(document: Document) -> Sequence[Sequence[float]]:
    roc = document["roc"]
    return roc if len(roc) <= 20 else [roc[place * (len(roc) - 1) // 19] for place in range(20)]


def _decades(lowest: float) -> list[float]:
    found = [1.0]
    while found[-1] > lowest * 1.5:
        found.append(found[-1] / 10.0)
    return found


def _tile(figure: Sequence[float] | None, missing: str) -> tuple[str, str]:
    if figure is None:
        return "-", missing
    return f"{figure[0]:.3f}", f"{figure[1]:.3f} to {figure[2]:.3f}"


def _share(part: float | None) -> str:
    return "nobody" if part is None else f"{part:.3f}"
