"""The page's part on challenges: how far they come, why they fail, how long they take, who sees them."""

from math import isinf

from challenges.rung import Rung
from proxy.admin.funnel_figures import FunnelFigures, Share, SolveTime, Steps
from proxy.admin.markup import Html, element
from proxy.admin.tables import bar, head

MOST_FAILURES = 12
NOTHING = "–"
PAGES = (
    "Human-visible rate",
    "questions on a screen, among these and the storefront's pages; by clients that claim no bot",
)
SESSIONS = (
    "Share of people asked",
    "sessions that met a question, among those that kept our cookie; who left at a first question is missing",
)
SIZES = (
    "The form beside a script counts as form once it is used, and who answers twice counts twice: "
    "a step can be larger than the one before."
)
STEPS = (  # name, what it means, field
    ("Issued", "sent in place of a page", "issued"),
    ("Shown", "its script began, or it was solved without one", "shown"),
    ("Answered", "right or wrong, in time or late", "answered"),
    ("Solved", "led on to the page", "solved"),
)


def challenge_section(figures: FunnelFigures) -> Html:
    """The section; a sentence where nothing was asked yet."""
    title = element("h2", "Challenges", id="challenges")
    if not figures.rungs:
        parts = [element("p", "Nobody was asked yet.", class_="soft"), _visibility(figures)]
    else:
        people = element("div", _visibility(figures), _funnel(figures.visible), _times(figures.times))
        rungs = element("div", _rungs(figures.rungs), _failures(figures.failures))
        parts = [element("div", people, rungs, class_="columns")]
    return element("section", title, *parts, class_="challenges", aria_labelledby="challenges")


def _funnel(steps: Steps) -> Html:
    rows = [
        element(
            "tr",
            element("th", name, element("span", about, class_="about"), scope="row"),
            element("td", bar(_part(getattr(steps, field), steps.issued), "challenge"), class_="bar"),
            element("td", f"{getattr(steps, field):,}", class_="number"),
            element("td", percent(Share(getattr(steps, field), steps.issued)), class_="number"),
        )
        for name, about, field in STEPS
    ]
    heading = head(("Step", "Of issued", "Count", "Share"), numbers=(2, 3))
    return _table("Questions that show something, since start", heading, rows)


def _visibility(figures: FunnelFigures) -> Html:
    ever, hour = figures.ever, figures.hour
    lines = (
        (PAGES, None if hour is None else hour.pages, ever.pages),
        (SESSIONS, None if hour is None else hour.sessions, ever.sessions),
    )
    rows = [
        element(
            "tr",
            element("th", name, element("span", about, class_="about"), scope="row"),
            *(_share(share) for share in (lately, always)),
        )
        for (name, about), lately, always in lines
    ]
    return _table("What people see", head(("Figure", "Last hour", "Since start"), numbers=(1, 2)), rows)


def _share(share: Share | None) -> Html:
    if share is None or not share.whole:
        return element("td", NOTHING, class_="number")
    counts = element("span", f"{share.part:,} of {share.whole:,}", class_="about")
    return element("td", element("strong", percent(share)), counts, class_="number")


def _rungs(rungs: dict[str, Steps]) -> Html:
    rows = [
        element(
            "tr",
            element("th", kind, scope="row"),
            element("td", _count(steps.issued), class_="number"),
            element("td", "silent" if kind == Rung.COOKIE else _count(steps.shown), class_="number"),
            element("td", _count(steps.answered), class_="number"),
            element("td", _count(steps.solved), class_="number"),
            element("td", bar(_part(steps.solved, steps.issued), "challenge"), class_="bar"),
        )
        for kind, steps in rungs.items()
    ]
    heading = head(
        ("Rung", "Issued", "Shown", "Answered", "Solved", "Solved of issued"), numbers=(1, 2, 3, 4)
    )
    return element("div", _table("By rung, since start", heading, rows), element("p", SIZES, class_="about"))


def _times(times: list[SolveTime]) -> Html:
    rows = [
        element(
            "tr",
            element("th", time.device, scope="row"),
            element("td", _seconds(time.median_s), class_="number"),
            element("td", _seconds(time.p90_s), class_="number"),
            element("td", f"{time.solved:,}", class_="number"),
        )
        for time in times
    ]
    heading = head(("Device, as it says", "Half within about", "9 in 10 within about", "Solved"), (1, 2, 3))
    return _table("Time to solve, since start", heading, rows)


def _failures(failures: list[tuple[str, str, int]]) -> Html:
    rows = [
        element(
            "tr",
            element("th", reason, scope="row", class_="mono"),
            element("td", kind),
            element("td", f"{count:,}", class_="number"),
        )
        for reason, kind, count in failures[:MOST_FAILURES]
    ]
    left = sum(count for _, _, count in failures[MOST_FAILURES:])
    if left:
        rest = (
            element("th", "all others", scope="row"),
            element("td", ""),
            element("td", f"{left:,}", class_="number"),
        )
        rows.append(element("tr", *rest))
    return _table("Answers that did not count, since start", head(("Reason", "Rung", "Count"), (2,)), rows)


def _table(caption: str, heading: Html, rows: list[Html]) -> Html:
    told = element("caption", caption)
    if not rows:
        empty = element("tr", element("td", "None yet.", class_="soft"))
        return element("table", told, element("tbody", empty))
    return element("table", told, heading, element("tbody", *rows))


def percent(share: Share) -> str:
    """A share with as many digits as it has a use for."""
    if share.percent is None:
        return NOTHING
    digits = 0 if share.percent >= 10 else 1 if share.percent >= 1 else 2
    return f"{share.percent:.{digits}f} %"


def _part(part: int, whole: int) -> float:
    return min(1.0, part / whole) if whole else 0.0


def _count(count: int) -> str:
    return f"{count:,}" if count else NOTHING


def _seconds(seconds: float) -> str:
    return "over 60 s" if isinf(seconds) else f"{seconds:.{1 if seconds >= 1 else 2}f} s"
