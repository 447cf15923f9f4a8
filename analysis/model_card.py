"""A model's card says what it was made of and how far it may be believed, from the bundle's own summary."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.wilson import wilson
from detectors.behaviour.features import CARDS, COSTS_US, RANGES, SCHEMA

INTRODUCTION = """# The behaviour model

This page is written by `make model` from the bundle itself; do not edit it.

The shipped model weighs how a session moves through a site: which share of its pages came with images and
referrers, how fast, how evenly, how deep. It is a sum of small decision trees (at most 4 questions each),
trained with scikit-learn, stored as numbers in `detectors/model/shipped.json` and compiled to plain
Python when Stile starts: {early} trees for visits of less than {late_from} pages, {late} others from
there on. Version `{version}`, SHA-256 `{sha256}`.

Its margin is in log-odds: +1 means that a bot is 2.7 times as likely to behave like this as a person. It
enters the judgement as one piece of evidence within the limits of the configuration (`model.lower_limit`,
`model.upper_limit`), from the third page or call of a session on. With the prior of -3 a risk above 70 by
the model alone takes a margin above +3.85.
"""

DATA = """
Sessions of three pages or calls at least; of the laboratory, of eight pages. No address, user agent or
path is in the bundle. The logs train both sets of trees. The [laboratory](lab.md) trains the later ones
only, with ten times the weight of all logs: what it teaches is pace, which takes some pages to show, and
of which the logs, whose bots mostly say so and take their time, know little.
"""

LABELS = """## How sessions were labelled

In the laboratory it is known who was sent. In the logs nobody wrote down who was a person. A session
counts as a bot's if its user agent declares one, or it read `robots.txt`, or it sent a HEAD request; as a
person's if none of that holds and it fetched at least two style sheets or scripts with a referrer; else
it is left out. The signs that made these labels are barred from the features, together with all totals
that they could be read from. The labels are a guess: crawlers that drive a real browser count as people
here.

Some that count as people are doubtful: they also asked for feeds or service descriptions with a page as
referrer, which only readers of markup do. They train nothing. (71 sessions of one user agent that was
never built, `MSIE 9.0` with `Trident/6.0`, were found by this.)
"""

FIGURES = """## Figures on sites it had not seen

Each site was scored by trees grown on the other sites and the laboratory. In brackets the 90 % interval
from drawing addresses again. *Caught* is the share of bots above the score that one person in a hundred
exceeds; where a site has few people that line is uncertain, as the intervals show. *Moment* counts pages
and calls of the session so far. Features, weights and the coarseness of thresholds were chosen with an
eye on these very figures, so they are a little too good.

All labels, the doubtful ones too:
"""

SURE = """
Without the doubtful:
"""

SMALLBIZ = """
What smallbiz shows at the end is one session: its 24 people hold one that calls itself an iPhone of 2007,
asked for twelve pages in half a minute, nine of which did not exist, and never had a referrer. Without
that session the AUC is 1.000 and 99.6 % are caught.
"""

LABORATORY = """## Tools that it had never met

The laboratory's sessions at their tenth page: how many are above the challenge line (a risk of 70) by
behaviour alone: the model within its limits, the behaviour detectors with their default weights, the
prior of -3, no header. Each family was judged by trees that were trained without it, and without the
shoppers that were left out with it. *Ever* counts sessions above the line at any page.

On the two runs that everything was chosen with:
"""

HELD_OUT = """
On a third run, which trained nothing and was looked at last (`analysis/lab/held_out.jsonl.gz`), by the same
trees:
"""

MARGINS = """## What the margin does to people

Share of moments with a margin above the line, again by trees that had not seen the site. Evidence of the
headers and of hand-written behaviour detectors adds to the margin; the prior of -3 stands against both.
"""

ASKED = """## How often behaviour alone would ask

Share of moments at a risk above 70 by the model (limited to between {lower:+} and {upper:+}), the
behaviour detectors with their default weights, and a prior of -3; without the evidence of headers, and
without `asset_blindness`, for its inputs wrote the labels. And how many of the sessions of people were
ever there.
"""

IMPORTANCES = """## What it looks at

Mean size of what each feature adds to the margin or takes from it, in log-odds (Saabas 2014), on the rows
that it was trained on.
"""

LIMITS = """## What it cannot do

- It cannot tell a bot that reads like a person: that waits for reading times with a long tail, follows
  links, loads what pages need and comes back to pages. The laboratory's bots do not pause for longer than
  half a minute. Driven browsers with a full window were missed most often. Headers, TLS, probes and the
  challenge are for those.
- The logs are of small sites from 2005 to 2018, not of today's shops, and their bots are mostly crawlers
  that say so. The laboratory's people are a program's idea of shoppers. Train on your own log with `stile
  train`.
- A site whose images all come from another host shows Stile pages alone. Of the laboratory's shoppers, with
  their images taken out, none of 202 is above the line at the tenth page; with their referrers taken out as
  well (a private browser, or `Referrer-Policy: no-referrer`) 3 are, and 119 of 420 at some page, mostly after
  the twentieth. Such a shop should train on its own log, or lower the upper limit and `referrer_blindness`.
- Calibration is learnt across sites and is a compromise between them: see the differences above.
- Scripts' calls are told from pages by request headers that an access log does not hold. Live sessions
  therefore have a `call_share` that the logs rarely had.
- An access log knows whole seconds; the requests of one second were spread over it evenly.
- A visit that several workers share looks slower and less even to each of them than it is.
"""

NOT_FEATURES = """
## What is watched, but no feature

- **Style sheets and scripts, HEAD, `robots.txt`**: they wrote labels of the logs. They speak through
  `asset_blindness` and `robots_violation`.
- **What a redirect led to**: nobody chose to open that page, so it makes no gap.
- **Status other than 4xx, and bytes**: pages of shops differ more in them than visitors do.
- **Cookies that come back, conditional requests, ranges**: no access log has them, so the logs could teach
  nothing of them. The laboratory records them, for the day on which a model has logs with them.
- **Time of day**: one site's log would teach that site's nights.
- **Gaps like one of the two before**: tried; with `alike_share` and `gap_variation` there, they told sites
  and families that were left out no better apart.
- **Steps from route to route**: what is usual is each site's own; see `unlike_anybody` in
  [detectors](detectors.md).
"""

Row = Mapping[str, Any]


def model_page(bundle: Mapping[str, Any]) -> str:
    """The model's card in Markdown."""
    training, stages = bundle["training"], bundle["stages"]
    return "\n".join(
        (
            INTRODUCTION.format(
                early=len(stages[0]["trees"]),
                late=len(stages[-1]["trees"]),
                late_from=stages[-1]["from_pages"],
                version=bundle["version"],
                sha256=bundle["sha256"],
            ),
            "## Data\n",
            *_data(training),
            DATA,
            LABELS,
            FIGURES,
            *_figures(training["left_out"]),
            SURE,
            *_figures(training["left_out_sure"]),
            SMALLBIZ,
            LABORATORY,
            *_families(training["laboratory"]),
            HELD_OUT,
            *_families(training["held_out"]),
            "",
            MARGINS,
            *_margins(training["margins"]),
            "",
            ASKED.format(lower=training["limits"][0], upper=training["limits"][1]),
            *_asked(training["asked"]),
            "",
            IMPORTANCES,
            *_importances(training["importances"]),
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
            "from what labelled the training data: user agent, `robots.txt`, HEAD, style sheets, scripts.",
            "The counters behind them are kept anyway, a few additions per request; the cost below is what",
            "working out the number takes when the model is asked, in microseconds on the machine of",
            "[the benchmarks](benchmarks.md).\n",
            *table(
                ("feature", "meaning", "range", "cost"),
                ((f"`{name}`", card, RANGES[name], f"{COSTS_US[name]:.2f}") for name, card in CARDS.items()),
            ),
            NOT_FEATURES,
        )
    )


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A Markdown table, line by line."""
    names = tuple(head)
    lines = [names, ("---",) * len(names), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def _data(training: Row) -> list[str]:
    origins = {row["site"]: f"{row['origin']} ({row['licence']})" for row in training["sources"]}
    origins["laboratory"] = "analysis/lab (Apache-2.0)"
    return table(
        ("site", "people's sessions", "of them doubtful", "bots' sessions", "origin"),
        (
            (row["site"], row["people"], row["doubtful"], row["bots"], origins.get(row["site"], ""))
            for row in training["sites"]
        ),
    )


def _figures(rows: Iterable[Row]) -> list[str]:
    return table(
        ("site", "moment", "people", "bots", "AUC", "caught at 1 % false positives"),
        (
            (
                row["site"],
                "end" if row["moment"] is None else row["moment"],
                row["people"],
                row["bots"],
                _interval(row["auc"]),
                _interval(row["caught"]),
            )
            for row in rows
        ),
    )


def _families(rows: Sequence[Row]) -> list[str]:
    groups = [(row["family"], [row]) for row in rows]
    groups.append(("all that are automated", [row for row in rows if row["bot"]]))
    lines = []
    for name, members in groups:
        sessions, tenth, above, ever = (
            sum(row[key] for row in members) for key in ("sessions", "ten_pages", "above", "ever")
        )
        low, high = wilson(above, tenth)
        share = f"{above} ({above / max(tenth, 1):.1%} [{low:.1%}, {high:.1%}])"
        lines.append((name, sessions, tenth, share, ever))
    return table(("family", "sessions", "with ten pages", "above the line (95 % interval)", "ever"), lines)


def _margins(rows: Iterable[Row]) -> list[str]:
    return table(
        ("site", "margin above", "people", "bots"),
        ((row["site"], f"{row['line']:+.2f}", _share(row["people"]), _share(row["bots"])) for row in rows),
    )


def _asked(rows: Iterable[Row]) -> list[str]:
    return table(
        ("site", "people", "people's sessions", "bots"),
        (
            (row["site"], _share(row["people"]), f"{row['sessions']} of {row['of']}", _share(row["bots"]))
            for row in rows
        ),
    )


def _importances(phases: Sequence[Mapping[str, float]]) -> list[str]:
    early, late = phases[0], phases[-1]
    ranked = sorted(CARDS, key=lambda name: (-early[name] - late[name], name))
    return table(
        ("feature", "early", "late"),
        ((f"`{name}`", f"{early[name]:.2f}", f"{late[name]:.2f}") for name in ranked),
    )


def _interval(parts: list[float]) -> str:
    estimate, low, high = parts
    return f"{estimate:.3f} [{low:.3f}, {high:.3f}]"


def _share(part: float) -> str:
    return f"{part:.1%}"
