"""A model's card says what it was made of and how far it may be believed, from the bundle's own summary."""

from collections.abc import Iterable, Mapping
from typing import Any

from detectors.behaviour.features import CARDS, SCHEMA

INTRODUCTION = """# The behaviour model

This page is written by `make model` from the bundle itself; do not edit it.

The shipped model weighs how a session moves through a site: which share of its pages came with images and
referrers, how fast, how evenly, how deep. It is a sum of {trees} small decision trees (at most 4 questions
each), trained with scikit-learn, stored as numbers in `detectors/model/shipped.json` and compiled to plain
Python when Stile starts. Version `{version}`, SHA-256 `{sha256}`.

Its margin is in log-odds: +1 means that a bot is 2.7 times as likely to behave like this as a person. It
enters the judgement as one piece of evidence within the limits of the configuration (`model.lower_limit`,
`model.upper_limit`), from the third page or call of a session on. With the prior of -3 a risk above 70 by the
model alone takes a margin above +3.85; the last table says how often that falls on people.
"""

LABELS = """## How sessions were labelled

Nobody wrote down who was a person. A session counts as a bot's if its user agent declares one, or it read
`robots.txt`, or it sent a HEAD request; as a person's if none of that holds and it fetched at least two style
sheets or scripts with a referrer; else it is left out. The signs that made these labels are barred from the
features, together with all totals that they could be read from. The labels are a guess: crawlers that drive a
real browser count as people here, and the model will not catch them by behaviour alone. Stile meets those
with its other evidence and with the challenge.
"""

FIGURES = """## Figures on sites it had not seen

Each site was scored by trees grown on the other sites only. In brackets the 90 % interval from drawing
addresses again. *Caught* is the share of bots above the score that one person in a hundred exceeds; where a
site has few people that line is uncertain, as the intervals show. *Moment* counts pages and calls of the
session so far.

Features and the coarseness of the thresholds were chosen with an eye on these very figures, so they are a
little too good. How little they can tell apart: with 255 thresholds for each feature instead of 48, smallbiz
falls to an AUC of 0.981 and 74 % caught, because of one single session among its 24 of people. It asked for
twelve pages within a minute, nine of which did not exist, without a referrer; its label is probably wrong.
"""

MARGINS = """## What the margin does to people

Share of moments with a margin above the line, again by trees that had not seen the site. Evidence of the
headers and of hand-written behaviour detectors adds to the margin; the prior of -3 stands against both.
"""

ASKED = """## How often behaviour alone would ask

Share of moments at a risk above 70 by the model (limited to between {lower:+} and {upper:+}), the behaviour
detectors with their default weights, and a prior of -3; without the evidence of headers, and without
`asset_blindness`, for its inputs wrote the labels.
"""

LIMITS = """## Where it should not be trusted

- The logs are of small sites from 2005 to 2018, not of today's shops, and their bots are mostly crawlers that
  say so. Train on your own log with `stile train`; the recipe is the same.
- A site whose images all come from another host looks like one that nobody looks at. Retrain, or lower the
  model's upper limit.
- Calibration is learnt across sites and is a compromise between them: see the differences above.
- Scripts' calls are told from pages by request headers that an access log does not hold. Live sessions
  therefore have a `call_share` that the training data rarely had.
- An access log knows whole seconds; the requests of one second were spread over it evenly.
"""


def model_page(bundle: Mapping[str, Any]) -> str:
    """The model's card in Markdown."""
    training = bundle["training"]
    counts = [(row["site"], row["people"], row["bots"]) for row in training["sites"]]
    origins = {row["site"]: f"{row['origin']} ({row['licence']})" for row in training["sources"]}
    return "\n".join(
        (
            INTRODUCTION.format(
                trees=len(bundle["trees"]), version=bundle["version"], sha256=bundle["sha256"]
            ),
            "## Data\n",
            *table(
                ("site", "people's sessions", "bots' sessions", "origin"),
                ((*row, origins.get(row[0], "")) for row in counts),
            ),
            "\nSessions of three pages or calls at least. No address, user agent or path is in the bundle.\n",
            LABELS,
            FIGURES,
            *table(
                ("site", "moment", "people", "bots", "AUC", "caught at 1 % false positives"),
                _figure_rows(training),
            ),
            "",
            MARGINS,
            *table(
                ("site", "margin above", "people", "bots"),
                (
                    (row["site"], f"{row['line']:+.2f}", _share(row["people"]), _share(row["bots"]))
                    for row in training["margins"]
                ),
            ),
            "",
            ASKED.format(lower=training["limits"][0], upper=training["limits"][1]),
            *table(
                ("site", "people", "bots"),
                ((row["site"], _share(row["people"]), _share(row["bots"])) for row in training["asked"]),
            ),
            "",
            LIMITS,
        )
    )


def feature_page() -> str:
    """The page of features in Markdown."""
    return "\n".join(
        (
            f"# What the model sees (schema {SCHEMA})\n",
            "This page is written by `make model` from `detectors/behaviour/features.py`; do not edit it.\n",
            "Every number comes from what one session did so far, up to the request being judged. None comes",
            "from what labelled the training data: user agent, `robots.txt`, HEAD, style sheets, scripts.\n",
            *table(("feature", "meaning"), ((f"`{name}`", card) for name, card in CARDS.items())),
            "",
        )
    )


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A Markdown table, line by line."""
    names = tuple(head)
    lines = [names, ("---",) * len(names), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def _figure_rows(training: Mapping[str, Any]) -> Iterable[tuple[object, ...]]:
    for row in training["left_out"]:
        yield (
            row["site"],
            "end" if row["moment"] is None else row["moment"],
            row["people"],
            row["bots"],
            _interval(row["auc"]),
            _interval(row["caught"]),
        )


def _interval(parts: list[float]) -> str:
    estimate, low, high = parts
    return f"{estimate:.3f} [{low:.3f}, {high:.3f}]"


def _share(part: float) -> str:
    return f"{part:.1%}"
