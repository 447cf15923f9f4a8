"""One decision for a person: what was done, why, and how much each finding weighed."""

from typing import Any

from proxy.admin.dashboard import header
from proxy.admin.markup import Html, element, page

Event = dict[str, Any]

EVIDENCE_HEAD = (("Evidence", ""), ("Log-odds", "number"), ("← person · bot →", "middle"), ("", ""))
HALF = 50.0  # percent of the bar on either side of zero
FULL_SCALE = 4.0  # log-odds that fill a side; a heavier finding stretches the scale


def decision_page(event: Event, csrf: str) -> str:
    """The whole page."""
    done = str(event["event"]["action"])
    title = element("h2", element("span", done, class_=f"action {done}"), f": {event['event']['reason']}")
    return page(
        f"Stile: {event['event']['id']}",
        header(csrf),
        element("main", element("section", title, _facts(event)), _evidence(event), _memory(event)),
    )


def facts(event: Event) -> list[tuple[str, str]]:
    """What the event says, as named lines; those that say nothing are left out."""
    stile, client, http = event.get("stile", {}), event.get("client", {}), event.get("http", {})
    decision, url, rule = stile.get("decision", {}), event.get("url", {}), event.get("rule", {})
    bot, model, challenge = stile.get("bot", {}), stile.get("model", {}), stile.get("challenge", {})
    risk = event["event"].get("risk_score")
    timing = stile.get("timing_us", {})
    owner = client.get("as", {}).get("organization", {}).get("name", "")
    named = [
        ("decision", event["event"]["id"]),
        ("time", event["@timestamp"]),
        ("would be", "" if decision.get("enforced") else f"{decision.get('would_action')}, in mode monitor"),
        ("mode", decision.get("mode")),
        ("risk", "not computed" if risk is None else f"{risk:.1f} of 100, {stile.get('band', 'no band')}"),
        ("rule", _joined(rule.get("name"), rule.get("ruleset"), rule.get("category"))),
        ("client", _joined(client.get("ip"), client.get("geo", {}).get("country_iso_code"), owner)),
        ("request", f"{http.get('request', {}).get('method', '')} {_address(url)}".strip()),
        ("route", stile.get("route")),
        ("user agent", event.get("user_agent", {}).get("original")),
        ("fingerprint", stile.get("fingerprint")),
        ("claims to be", _joined(bot.get("claimed"), bot.get("status"), bot.get("method"))),
        ("clearance", stile.get("clearance")),
        ("challenge", _joined(challenge.get("kind"), challenge.get("outcome"), _milliseconds(challenge))),
        ("answer", _answer(http.get("response", {}))),
        ("took", f"{event['event'].get('duration', 0) / 1e6:.2f} ms, of which {_timing(timing)}"),
        ("model", _joined(model.get("version"), model.get("sha256"))),
        ("policy", stile.get("policy", {}).get("version")),
        ("faults", ", ".join(stile.get("faults", ()))),
    ]
    return [(name, str(text)) for name, text in named if text]


def _facts(event: Event) -> Html:
    lines = [part for name, text in facts(event) for part in (element("dt", name), element("dd", text))]
    return element("dl", *lines)


def _evidence(event: Event) -> Html:
    items = event.get("stile", {}).get("evidence", [])
    scale = max([FULL_SCALE, *(abs(item["log_odds"]) for item in items)])
    rows = [
        element(
            "tr",
            element("td", item["id"], class_="mono"),
            element("td", f"{item['log_odds']:+.2f}", class_="number"),
            element("td", _balance(item["log_odds"] / scale), class_="bar"),
            element("td", item["reason"]),
        )
        for item in items
    ]
    title = element("h2", "Evidence")
    if not rows:
        return element("section", title, element("p", "Nothing was weighed.", class_="soft"))
    return element("section", title, element("table", _head(EVIDENCE_HEAD), element("tbody", *rows)))


def _balance(share: float) -> Html:
    width = HALF * abs(share)
    start = HALF if share > 0 else HALF - width
    return element(
        "svg",
        element("rect", width="100%", height=14, class_="track"),
        element(
            "rect",
            x=f"{start:.1f}%",
            width=f"{width:.1f}%",
            height=14,
            class_="bot" if share > 0 else "person",
        ),
        class_="balance",
        aria_hidden="true",
    )


def _memory(event: Event) -> Html:
    state = event.get("stile", {}).get("state", {})
    address, session = state.get("ip", {}), state.get("session", {})
    rows = [
        element(
            "tr",
            element("td", name),
            element("td", f"{count:g}", class_="number"),
            element("td", f"{session.get(name, 0):g}", class_="number"),
        )
        for name, count in address.items()
    ]
    title = element("h2", "What was remembered")
    if not rows:
        return element("section", title, element("p", "Nothing.", class_="soft"))
    head = _head((("", ""), ("of the address", "number"), ("of the session", "number")))
    return element("section", title, element("table", head, element("tbody", *rows), class_="narrow"))


def _head(names: tuple[tuple[str, str], ...]) -> Html:
    cells = [element("th", name, scope="col", class_=kind) for name, kind in names]
    return element("thead", element("tr", *cells))


def _joined(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part)


def _address(url: Event) -> str:
    query = f"?{url['query']}" if url.get("query") else ""
    return f"{url.get('domain', '')}{url.get('path', '')}{query}"


def _answer(response: Event) -> str:
    status = response.get("status_code", 0)
    return f"{status}, {response.get('bytes', 0):,} bytes" if status else "none, the client left first"


def _milliseconds(challenge: Event) -> str:
    return f"in {challenge['solve_ms']} ms" if "solve_ms" in challenge else ""


def _timing(timing: Event) -> str:
    return ", ".join(f"{name} {spent:,} µs" for name, spent in timing.items()) or "nothing was measured"
