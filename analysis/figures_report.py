"""The figures of an evaluation as a terminal table, people's numbers beside the bots'."""

from collections.abc import Iterable

from rich.table import Table

from analysis.evaluate import SiteFigures


def figures_table(figures: Iterable[SiteFigures]) -> Table:
    """One row for each site and moment; intervals are 90 %, clustered by address."""
    shown = Table("site", "after", "people", "bots", "AUC", "caught at 1 % false positives")
    for row in figures:
        moment = "the end" if row.moment is None else f"{row.moment} requests"
        shown.add_row(row.site, moment, str(row.people), str(row.bots), str(row.auc), str(row.caught))
    return shown
