"""The shipped model can be made again by anybody: public logs in, the same bundle and its card out."""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.access_log import AccessLog
from analysis.dataset import Dataset, Floats, dataset_of
from analysis.evaluate import SiteFigures, figures_of, share_above, unseen_scores
from analysis.model_card import feature_page, model_page
from analysis.sessions import Session, sessions_of
from analysis.train import bundle_of, calibrate, fit, weights
from config.build_policy import PRIOR
from config.sections import ModelSection
from detectors.value import value

ROOT = Path(__file__).parent.parent
LOGS = ROOT.parent / "shared" / "data" / "logs"
VERSION = "behaviour-1"
SHIPPED = ModelSection.model_validate({})  # the limits that a configuration has unless it names others
ASKED = 0.847  # log-odds of a risk of 70
LINES = (0.0, 1.0, 2.0, 3.0, 3.85)  # with a prior of -3 the last is a risk of 70 by the model alone


@value
class Source:
    """One public log that may train the shipped model."""

    site: str
    path: str
    licence: str
    origin: str


SOURCES = (
    Source(
        "sparkdeveloper",
        "log_sparkdeveloper_2016/access3.log.gz",
        "Apache-2.0",
        "github.com/airisdata/SparkTransformations, access3.log.zip, commit 032e096",
    ),
    Source(
        "smallbiz",
        "log_smallbiz_2005_2018/access.log.gz",
        "Apache-2.0",
        "github.com/srhegdegadikai/Analyzing_access_logs, access.log.zip, commit 5e6af72",
    ),
    Source(
        "semicomplete",
        "log_semicomplete_2015/apache_logs.gz",
        "Apache-2.0",
        "github.com/elastic/examples, Common Data Formats/apache_logs, commit 6d86454",
    ),
)


def make(sessions: Iterable[Session], version: str, sources: Sequence[Source] = ()) -> dict[str, Any]:
    """Train on `sessions` of at least two sites and return the sealed bundle with its honest figures."""
    data = dataset_of(sessions)
    scores = unseen_scores(data)
    slope, intercept = calibrate(scores, data.bot, weights(data))
    training = {
        "sources": [
            {"site": source.site, "licence": source.licence, "origin": source.origin} for source in sources
        ],
        "rows": len(data.bot),
        "sites": [_counts(data, site) for site in data.sites],
        "left_out": [_figures(found) for found in figures_of(data, scores)],
        "margins": _margins(data, slope * scores + intercept),
        "asked": _asked(data, slope * scores + intercept),
        "limits": [SHIPPED.lower_limit, SHIPPED.upper_limit],
    }
    return bundle_of(fit(data), (slope, intercept), version, training)


def read_sources(logs: Path, sources: Iterable[Source]) -> list[Session]:
    """All sessions of the logs below `logs`. Raises FileNotFoundError where one is missing."""
    return [
        session for source in sources for session in sessions_of(AccessLog(logs / source.path), source.site)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the bundle, its card and the page of features."""
    parser = argparse.ArgumentParser(prog="python -m analysis.model_recipe", description=main.__doc__)
    parser.add_argument("logs", nargs="?", type=Path, default=LOGS, help="folder with the public logs")
    parser.add_argument("--into", type=Path, default=ROOT, help="checkout to write to")
    chosen = parser.parse_args(arguments)
    bundle = make(read_sources(chosen.logs, SOURCES), VERSION, SOURCES)
    for path, text in {
        "detectors/model/shipped.json": json.dumps(bundle, sort_keys=True, separators=(",", ":")) + "\n",
        "docs/model.md": model_page(bundle),
        "docs/features.md": feature_page(),
    }.items():
        target = chosen.into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _counts(data: Dataset, site: str) -> dict[str, Any]:
    ends = data.only((data.site == site) & data.last)
    return {"site": site, "people": int((ends.bot == 0).sum()), "bots": int(ends.bot.sum())}


def _figures(found: SiteFigures) -> dict[str, Any]:
    return {
        "site": found.site,
        "moment": found.moment,
        "people": found.people,
        "bots": found.bots,
        "auc": [round(part, 3) for part in (found.auc.estimate, found.auc.low, found.auc.high)],
        "caught": [round(part, 3) for part in (found.caught.estimate, found.caught.low, found.caught.high)],
    }


def _margins(data: Dataset, margins: Floats) -> list[dict[str, Any]]:
    return [
        {
            "site": site,
            "line": line,
            "people": round(share_above(margins, (data.site == site) & (data.bot == 0), line), 3),
            "bots": round(share_above(margins, (data.site == site) & (data.bot == 1), line), 3),
        }
        for site in data.sites
        for line in LINES
    ]


def _asked(data: Dataset, margins: Floats) -> list[dict[str, Any]]:
    risks = PRIOR + np.clip(margins, SHIPPED.lower_limit, SHIPPED.upper_limit) + data.weighed
    return [
        {
            "site": site,
            "people": round(share_above(risks, (data.site == site) & (data.bot == 0), ASKED), 4),
            "bots": round(share_above(risks, (data.site == site) & (data.bot == 1), ASKED), 4),
        }
        for site in data.sites
    ]


if __name__ == "__main__":
    main()
