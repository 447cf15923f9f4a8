"""The shipped model can be made again by anybody: public logs in, the same bundle and its card out."""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from analysis.access_log import AccessLog
from analysis.dataset import dataset_of, lab_dataset_of
from analysis.lab.sessions import HELD_OUT, LabSession, read
from analysis.model_card import feature_page, model_page
from analysis.model_figures import (
    SHIPPED,
    asked_by_site,
    counts,
    figures_by_site,
    importances,
    lab_figures,
    margins_by_site,
    summary,
)
from analysis.sessions import Session, sessions_of
from analysis.train import PHASES, Grown, bundle_of, fit
from analysis.unseen import unseen
from detectors.value import value

ROOT = Path(__file__).parent.parent
LOGS = ROOT.parent / "shared" / "data" / "logs"
VERSION = "behaviour-2"


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


def make(
    sessions: Iterable[Session],
    version: str,
    sources: Sequence[Source] = (),
    held_out: Sequence[LabSession] = (),
    lab: Sequence[LabSession] | None = None,
) -> dict[str, Any]:
    """Train on `sessions` of two sites or more and on the laboratory's; the bundle has honest figures.

    `lab` are the laboratory's sessions, the shipped ones where None. `held_out` are some that only the last
    of these figures sees.
    """
    lab = read() if lab is None else lab
    data = dataset_of(sessions).beside(lab_dataset_of(lab))
    found = unseen(data)
    grown = [Grown(phase, fit(data, phase), found.calibrations[phase]) for phase in PHASES]
    sure = ~data.doubtful
    training = {
        "sources": [
            {"site": source.site, "licence": source.licence, "origin": source.origin} for source in sources
        ],
        "rows": len(data.bot),
        "sites": counts(data),
        "left_out": figures_by_site(data, found.margins),
        "left_out_sure": figures_by_site(data.only(sure), found.margins[sure]),
        "margins": margins_by_site(data, found.margins),
        "asked": asked_by_site(data, found.margins),
        "limits": [SHIPPED.lower_limit, SHIPPED.upper_limit],
        "laboratory": lab_figures(lab, found),
        "held_out": lab_figures(held_out, found),
        "importances": importances(data, grown),
        "summary": summary(data),
    }
    return bundle_of(grown, version, training)


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
    bundle = make(read_sources(chosen.logs, SOURCES), VERSION, SOURCES, read(HELD_OUT))
    for path, text in {
        "detectors/model/shipped.json": json.dumps(bundle, sort_keys=True, separators=(",", ":")) + "\n",
        "docs/model.md": model_page(bundle),
        "docs/features.md": feature_page(),
    }.items():
        target = chosen.into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
