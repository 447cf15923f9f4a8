"""The page that an operator opens: what happened lately, what is ordered, and the forms to order more."""

from collections.abc import Mapping
from dataclasses import field
from math import inf
from time import gmtime, strftime
from typing import Any

from config.decision import Action, Mode
from detectors.value import value
from detectors.visit import Ban
from proxy.admin.challenge_section import challenge_section
from proxy.admin.funnel_figures import FunnelFigures
from proxy.admin.guard import CSRF_FIELD
from proxy.admin.markup import Html, element, page
from proxy.admin.tables import bar, head

Event = dict[str, Any]

DECISIONS_HEAD = ("Time", "Action", "Client", "Request", "Risk", "Rule", "User agent")
WHERE_IT_IS = "It is in the file that admin.token_file names, else in admin.token in the state directory."
BANS_HEAD = ("Key", "Order", "Until", "Reason", "")


@value
class Overview:
    """What the dashboard shows."""

    events: list[Event]
    rates: dict[str, float]
    totals: dict[str, int]
    bans: list[Ban]
    modes: dict[str, Mode]
    status: dict[str, Any]
    version: str
    csrf: str
    challenges: FunnelFigures
    action: str = ""
    address: str = ""
    notice: str = ""
    allowed_until: Mapping[str, float] = field(default_factory=dict)


def dashboard(view: Overview) -> str:
    """The whole page."""
    notes = [element("section", view.notice, class_="notice", role="status")] if view.notice else []
    return page(
        "Stile",
        header(view.csrf, _facts(view)),
        element(
            "main",
            *notes,
            *_allowed(view.allowed_until),
            *_warnings(view.status),
            element("div", _actions(view), _modes(view), class_="columns"),
            challenge_section(view.challenges),
            _decisions(view),
            _bans(view),
        ),
    )


def header(csrf: str, facts: str = "") -> Html:
    """The bar on top of every page behind the login."""
    return element(
        "header",
        element("h1", element("a", "Stile", href="/")),
        element("span", facts, class_="facts"),
        _form("/logout", csrf, element("button", "Log out", class_="small"), class_=""),
    )


def login(notice: str = "") -> str:
    """The page for those without a session."""
    warning = [element("p", notice, class_="action block", role="alert")] if notice else []
    return page(
        "Stile: log in",
        element(
            "section",
            element("h2", "Stile"),
            *warning,
            element(
                "form",
                element(
                    "label",
                    "Admin token",
                    element(
                        "input", type="password", name="token", autocomplete="current-password", required=True
                    ),
                ),
                element("button", "Log in", class_="main"),
                element("span", WHERE_IT_IS, class_="soft"),
                method="post",
                action="/login",
            ),
            class_="gate",
        ),
    )


def _facts(view: Overview) -> str:
    workers = f"{view.status['workers']} of {view.status['workers_expected']} workers"
    return f"{view.version} · {workers} · configuration {view.status['config_version'][:12]}"


def _allowed(ends: Mapping[str, float]) -> list[Html]:
    """What nobody may overlook: sites on which nothing is judged."""
    return [
        element(
            "section",
            f"{name}: every request is allowed by order until "
            f"{strftime('%Y-%m-%d %H:%M UTC', gmtime(until))}. Nobody is judged, asked or banned. "
            "To end it: mode configured.",
            class_="emergency",
            role="alert",
        )
        for name, until in ends.items()
    ]


def _warnings(status: dict[str, Any]) -> list[Html]:
    texts = []
    if not status["ready"]:
        texts.append("Not all workers accept connections.")
    if status["degraded"]:
        texts.append("The shared state is away: workers decide from their own memory.")
    if status["config"] != "ok":
        texts.append(
            f"The last reload was refused, the configuration before it is in force: {status['config']}"
        )
    if status["model"] != "ok":
        texts.append(f"A model bundle cannot be used, the last good one serves on: {status['model']}")
    return [element("section", text, class_="warning", role="alert") for text in texts]


def _actions(view: Overview) -> Html:
    most = max([*view.rates.values(), 0.001])
    rows = [
        element(
            "tr",
            element("td", _action(action)),
            element("td", bar(view.rates.get(action, 0.0) / most, action), class_="bar"),
            element("td", f"{view.rates.get(action, 0.0):.1f}", class_="number"),
            element("td", f"{view.totals.get(action, 0):,}", class_="number"),
        )
        for action in Action
    ]
    heading = head(("Action", "", "Per second", "Since start"), numbers=(2, 3))
    return element(
        "section", element("h2", "Last minute"), element("table", heading, element("tbody", *rows))
    )


def _modes(view: Overview) -> Html:
    rows = [element("tr", element("td", name), element("td", mode)) for name, mode in view.modes.items()]
    sites = [element("option", "all sites", value="*"), *(element("option", name) for name in view.modes)]
    form = _form(
        "/mode",
        view.csrf,
        element("label", "Site", element("select", *sites, name="site")),
        element("label", "Mode", _options("mode", (*Mode, "configured"), Mode.MONITOR)),
        element(
            "label",
            "For (empty: until lifted, allow-all 1h)",
            element("input", name="ttl", placeholder="2h", size=10),
        ),
        element("button", "Set mode"),
    )
    table = element("table", head(("Site", "Mode")), element("tbody", *rows))
    return element("section", element("h2", "Modes"), form, table)


def _decisions(view: Overview) -> Html:
    form = element(
        "form",
        element("label", "Action", _options("action", ("", *Action), view.action)),
        element(
            "label", "Address", element("input", name="ip", value=view.address, placeholder="203.0.113.7")
        ),
        element("button", "Show"),
        class_="row",
        method="get",
    )
    body = [_decision(event) for event in view.events]
    empty = [] if body else [element("p", "No decisions yet.", class_="soft")]
    table = element("table", head(DECISIONS_HEAD, numbers=(4,)), element("tbody", *body))
    title = element("h2", "Recent decisions")
    return element("section", title, form, element("div", table, class_="scroll", tabindex=0), *empty)


def _decision(event: Event) -> Html:
    stile = event.get("stile", {})
    decision = stile.get("decision", {})
    would = decision.get("would_action", "")
    done = str(event["event"]["action"])
    request = (
        f"{event.get('http', {}).get('request', {}).get('method', '')} {event.get('url', {}).get('path', '')}"
    )
    risk = event["event"].get("risk_score")
    agent = event.get("user_agent", {})
    time = event["@timestamp"]
    link = element(
        "a", element("time", time[11:23], datetime=time), href=f"/decisions/{event['event']['id']}"
    )
    return element(
        "tr",
        element("td", link),
        element(
            "td",
            _action(done),
            *([element("span", f" would {would}", class_="would")] if would != done else []),
        ),
        element("td", str(event.get("client", {}).get("ip", "")), class_="mono"),
        element("td", request.strip(), class_="path mono"),
        element("td", "–" if risk is None else f"{risk:.0f}", class_="number"),
        element("td", str(event.get("rule", {}).get("name", ""))),
        element("td", str(agent.get("name") or agent.get("original", "")), class_="agent"),
    )


def _bans(view: Overview) -> Html:
    form = _form(
        "/bans",
        view.csrf,
        element("label", "Address, network or session", element("input", name="key", required=True)),
        element("label", "Order", _options("order", ("ban", "let pass"))),
        element("label", "For", element("input", name="ttl", value="1h", size=6)),
        element("label", "Reason", element("input", name="reason", maxlength=200)),
        element("button", "Order"),
    )
    rows = [_ban(ban, view.csrf) for ban in view.bans]
    table = [element("table", head(BANS_HEAD), element("tbody", *rows))] if rows else []
    empty = [] if rows else [element("p", "Nobody is banned.", class_="soft")]
    return element("section", element("h2", "Bans and passes"), form, *table, *empty)


def _ban(ban: Ban, csrf: str) -> Html:
    until = "lifted" if ban.until == inf else strftime("%Y-%m-%d %H:%M UTC", gmtime(ban.until))
    key = element("input", type="hidden", name="key", value=ban.key)
    lift = _form("/bans/lift", csrf, key, element("button", "Lift", class_="small"), class_="")
    return element(
        "tr",
        element("td", ban.key, class_="mono"),
        element("td", "let pass" if ban.allow else "ban"),
        element("td", until),
        element("td", ban.reason),
        element("td", lift),
    )


def _action(action: str) -> Html:
    return element("span", action, class_=f"action {action}")


def _options(name: str, values: tuple[str, ...], chosen: str = "") -> Html:
    options = [element("option", text or "any", value=text, selected=text == chosen) for text in values]
    return element("select", *options, name=name)


def _form(action: str, csrf: str, *children: Html, class_: str = "row") -> Html:
    token = element("input", type="hidden", name=CSRF_FIELD, value=csrf)
    return element("form", token, *children, method="post", action=action, class_=class_)
