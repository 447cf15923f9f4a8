"""A report as one page that needs nothing else: no script, no request to anybody."""

from analysis.replaying.report import Report


def html_of(report: Report, names: list[str]) -> str:
    """The page."""
    return f"{report.lines} {names}"
