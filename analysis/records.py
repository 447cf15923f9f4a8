"""A record is a request that was judged once, or could have been, as far as a line still knows it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.access_log import SWITCHED, WEBSOCKET, AccessLog, Entry
from analysis.lines import Lines, json_of
from config.decision import Mode
from detectors.behaviour.step import OTHER, PAGE, step_of
from detectors.evidence import Evidence
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.request import Network, Request, Tls
from detectors.value import value
from detectors.visit import Level

MAX_EVENT_BYTES = 1024 * 1024
LEVELS = {level.name.lower(): level for level in Level}
OWN = "(stile)/own"  # the ruleset of what Stile answers without a judgement
FETCHED = (b"Sec-Fetch-Dest", b"empty")  # a script's call
NOTES = {"issued": "challenges_issued", "solved": "challenges_solved", "failed": "challenges_failed"}


@value
class Recorded:
    """What an event says of headers that it does not hold: their evidence, fingerprint and claim.

    `recalled` is true where the evidence is that of the page that loaded this.
    """

    evidence: tuple[Evidence, ...]
    fingerprint: str
    claim: BotClaim
    agent: str
    recalled: bool = False


@value
class Record:
    """One request and its answer. `session` is empty where only address and user agent tell sessions apart.

    `account` is the hash of who was logged in; `note` names the challenge counter that the request moved;
    `forwarded` is false where Stile answered; `disallowed` is true where robots.txt forbade it. `turned` is
    true where only the answer showed that it was for a page, `returned` where the session's cookie came back.
    `ended` is when it was answered, in Unix seconds; 0.0 where that is not known. `judged` is false for
    Stile's own paths and for what an order let through, which are only counted, and `counted` is false for
    what broke the protocol or left before a decision. `id` is the decision's, which came `waited_s` after the
    request.
    """

    request: Request
    status: int
    size: int
    session: str = ""
    clearance: Level = Level.NONE
    note: str = ""
    forwarded: bool = True
    recorded: Recorded | None = None
    account: str = ""
    disallowed: bool = False
    turned: bool = False
    returned: bool = False
    ended: float = 0.0
    judged: bool = True
    counted: bool = True
    id: str = ""
    waited_s: float = 0.0


class Records:
    """The records of a combined-format log or of our events, plain or gzip; the first byte tells which."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.malformed = 0

    def __iter__(self) -> Iterator[Record]:
        log = AccessLog()
        for line in Lines(self.path, MAX_EVENT_BYTES):
            self.lines += 1
            record = event_record(line) if line.startswith(b"{") else access_record(log.entry(line))
            if record is None:
                self.malformed += 1
            else:
                yield record


def access_record(entry: Entry | None) -> Record | None:
    """The record in an entry of an access log."""
    return None if entry is None else Record(entry.request, entry.status, entry.size)


def event_record(line: bytes) -> Record | None:
    """The record in a line of our events; None where it is none."""
    try:
        return record_of(json_of(line))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def record_of(event: Mapping[str, Any]) -> Record:
    """The record in an event. Raises KeyError, TypeError, ValueError or AttributeError where it is none."""
    stile, http = event["stile"], event["http"]
    response = http.get("response", {})
    request = _request(event)
    return Record(
        request=request,
        status=int(response.get("status_code", 0)),
        size=int(response.get("bytes", 0)),
        session=event.get("session", {}).get("id", ""),
        clearance=LEVELS.get(stile.get("clearance", "none"), Level.NONE),
        note=_note(event),
        forwarded=_forwarded(event),
        recorded=Recorded(
            evidence=tuple(
                _evidence(str(item["id"]), float(item["log_odds"] or 0.0), str(item["reason"]))
                for item in stile["evidence"]
            ),
            fingerprint=str(stile.get("fingerprint", "")),
            claim=_claim(stile.get("bot")),
            agent=event.get("user_agent", {}).get("name", ""),
            recalled=stile.get("recalled") is True,
        ),
        account=event.get("user", {}).get("hash", ""),
        disallowed=stile.get("disallowed") is True,
        returned=stile.get("returned") is True,
        turned=stile.get("kind") == "page" and step_of(request).kind is not PAGE,
        ended=request.arrived + int(event["event"].get("duration", 0)) / 1e9,
        judged=_judged(event),
        counted="fingerprint" in stile,
        id=str(event["event"].get("id", "")),
        waited_s=int(stile.get("timing_us", {}).get("state", 0)) / 1e6,
    )


def _judged(event: Mapping[str, Any]) -> bool:
    """Stile's own paths are not, and nothing is while an order lets everybody in."""
    mode: str = event["stile"].get("decision", {}).get("mode", "")
    ruleset: str = event.get("rule", {}).get("ruleset", "")
    return ruleset != OWN and mode != Mode.ALLOW_ALL


def _note(event: Mapping[str, Any]) -> str:
    """The counter of challenges that this moved; programs are asked without a challenge's id."""
    outcome = event["stile"].get("challenge", {}).get("outcome", "")
    return NOTES["issued"] if event["event"]["action"] == "challenge" else NOTES.get(outcome, "")


def _forwarded(event: Mapping[str, Any]) -> bool:
    """Whether the storefront answered: Stile's own files and failures are allowed requests as well."""
    took = event["stile"].get("timing_us", {}).get("upstream")
    return event["event"]["action"] == "allow" if took is None else int(took) > 0


def _seen_in(event: Mapping[str, Any], request: Request) -> Request:
    """`request` with the headers that made it another kind of thing than its method and path tell."""
    kind, plain = event["stile"].get("kind"), step_of(request).kind
    switched = event["http"].get("response", {}).get("status_code") == SWITCHED
    if kind == "api" and plain is PAGE:
        more = FETCHED
    elif (kind == "other" and plain is not OTHER) or (kind is None and switched):
        more = WEBSOCKET
    else:
        return request
    name, text = more
    return replace(request, headers=(*request.headers, more), fields={**request.fields, name.lower(): text})


def _request(event: Mapping[str, Any]) -> Request:
    url, asked = event["url"], event["http"]["request"]
    agent = str(event["user_agent"]["original"]) if "user_agent" in event else None
    headers, fields = _headers(str(asked["referrer"]) if "referrer" in asked else None, agent)
    client = event["client"]
    owner = client.get("as", {})
    path, query = str(url["path"]), str(url.get("query", ""))
    request = Request(
        method=str(asked["method"]),
        target=(path + ("?" + query if query else "")).encode("utf-8", "surrogateescape"),
        path=path,
        query=query,
        host=str(url.get("domain", "")),
        scheme=str(url.get("scheme", "")),
        http_version=str(event["http"].get("version", "")),
        headers=headers,
        fields=fields,
        address=str(client["ip"]),
        arrived=datetime.fromisoformat(event["@timestamp"]).timestamp(),
        tls=_tls(event.get("tls")),
        network=Network(
            country=client.get("geo", {}).get("country_iso_code", ""),
            asn=int(owner.get("number", 0)),
            organization=owner.get("organization", {}).get("name", ""),
            kind=str(event["stile"].get("network", "")),
        ),
        route=event["stile"].get("route", ""),
    )
    return _seen_in(event, request)


@lru_cache(8192)
def _evidence(id_: str, log_odds: float, reason: str) -> Evidence:
    """One object for all that say the same: tens of thousands of records wait for their turn."""
    return Evidence(id_, log_odds, reason)


@lru_cache(8192)
def _headers(
    referrer: str | None, agent: str | None
) -> tuple[tuple[tuple[bytes, bytes], ...], dict[bytes, bytes]]:
    headers = [(b"Referer", referrer), (b"User-Agent", agent)]
    kept = tuple((name, text.encode()) for name, text in headers if text is not None)
    return kept, {name.lower(): text for name, text in kept}


def _tls(tls: Mapping[str, Any] | None) -> Tls | None:
    if tls is None:
        return None
    client = tls.get("client", {})
    return Tls(tls.get("version", ""), client.get("server_name", ""), client.get("ja4", ""))


def _claim(bot: Mapping[str, Any] | None) -> BotClaim:
    if not bot:
        return NO_CLAIM
    return BotClaim(
        bot.get("claimed", ""), bot.get("category", ""), BotStatus(bot["status"]), bot.get("method", "")
    )
