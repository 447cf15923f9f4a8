"""A JSON access log is a combined one with names: a map tells where each fact stands."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from analysis.access_log import SWITCHED, AccessLog, Entry, asked_for, headers_of
from analysis.lines import json_of
from detectors.request import Request

FACTS = (
    *("time", "ip", "method", "uri", "path", "query", "request", "status", "size"),
    *("host", "protocol", "scheme", "referrer", "agent"),
)
NEEDED = (("time",), ("ip",), ("status",), ("uri", "path", "request"))
FieldMap = Mapping[str, tuple[str, ...]]  # where each fact may stand; the first that is there counts
LONGEST_MS = 1e11  # seconds until the year 5138; more are milliseconds

NGINX: FieldMap = {
    "time": ("time_iso8601", "time", "@timestamp", "timestamp", "msec", "time_local"),
    "ip": ("remote_addr", "client_ip", "clientip", "ip", "remote_ip", "client.ip"),
    "method": ("request_method", "method", "verb"),
    "uri": ("request_uri", "uri", "url"),
    "path": ("path",),
    "query": ("query", "query_string", "args"),
    "request": ("request",),
    "status": ("status", "response", "status_code"),
    "size": ("body_bytes_sent", "bytes_sent", "bytes", "size"),
    "host": ("http_host", "host", "server_name", "vhost"),
    "protocol": ("server_protocol", "protocol", "httpversion"),
    "scheme": ("scheme",),
    "referrer": ("http_referer", "http_referrer", "referer", "referrer"),
    "agent": ("http_user_agent", "user_agent", "agent", "useragent"),
}
CADDY: FieldMap = {
    "time": ("ts",),
    "ip": ("request.client_ip", "request.remote_ip"),
    "method": ("request.method",),
    "uri": ("request.uri",),
    "status": ("status",),
    "size": ("size",),
    "host": ("request.host",),
    "protocol": ("request.proto",),
    "referrer": ("request.headers.Referer",),
    "agent": ("request.headers.User-Agent",),
}
TRAEFIK: FieldMap = {
    "time": ("StartUTC", "StartLocal", "time"),
    "ip": ("ClientHost",),
    "method": ("RequestMethod",),
    "uri": ("RequestPath",),
    "status": ("DownstreamStatus", "OriginStatus"),
    "size": ("DownstreamContentSize",),
    "host": ("RequestHost", "RequestAddr"),
    "protocol": ("RequestProtocol",),
    "scheme": ("RequestScheme",),
    "referrer": ("request_Referer",),
    "agent": ("request_User-Agent",),
}
MAPS = {"caddy": CADDY, "traefik": TRAEFIK, "nginx": NGINX}


class FieldFault(ValueError):
    """This is no map of fields; the text says why."""


def field_map(text: str) -> FieldMap:
    """The map in `time=@timestamp,ip=remote_addr`, over the usual one. Raises FieldFault."""
    if text in MAPS:
        return MAPS[text]
    found: dict[str, tuple[str, ...]] = {}
    for pair in text.split(","):
        fact, equals, place = pair.strip().partition("=")
        if not equals or not place:
            raise FieldFault(f"{pair.strip()!r}: fields look like time=@timestamp,ip=remote_addr")
        if fact not in FACTS:
            near = get_close_matches(fact, FACTS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(FACTS)}"
            raise FieldFault(f"unknown field {fact!r}; {hint}")
        found[fact] = (place,)
    return {**NGINX, **found}


def map_for(lines: Iterable[bytes]) -> FieldMap | None:
    """The known map that the first of `lines` which is an object goes by; None where there is none."""
    for line in lines:
        try:
            entry = json_of(line)
        except ValueError:
            continue
        for fields in MAPS.values():
            if all(any(fact_of(entry, fields, name) for name in names) for names in NEEDED):
                return fields
    return None


class JsonLog:
    """The entries of a JSON access log, one object on each line."""

    def __init__(self, fields: FieldMap) -> None:
        self._fields = fields
        self._times = AccessLog()

    def entry(self, line: bytes) -> Entry | None:
        """What one line says; None where it cannot be understood."""
        try:
            return self._entry(json_of(line))
        except (ValueError, TypeError, AttributeError, OverflowError):
            return None

    def _entry(self, found: Any) -> Entry | None:
        def fact(name: str) -> str:
            return fact_of(found, self._fields, name)

        address, arrived = fact("ip"), self._time(fact("time"))
        if arrived is None or not address:
            return None
        asked = asked_for(_request_line(fact))
        if asked is None:
            return None
        status, size = int(fact("status")), fact("size")
        method, target, path, query, version = asked
        kept = headers_of(_bytes(fact("referrer")), _bytes(fact("agent")), switched=status == SWITCHED)
        request = Request(
            method,
            target,
            path,
            query,
            fact("host").lower().rpartition("]")[2].partition(":")[0],
            fact("scheme") or "http",
            version,
            *kept,
            address,
            arrived,
        )
        return Entry(request, status, int(float(size)) if size and size != "-" else 0)

    def _time(self, text: str) -> float | None:
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            return number / 1000.0 if number > LONGEST_MS else number
        if "/" in text:  # nginx's $time_local
            return self._times.time_of(text.encode())
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def fact_of(found: Any, fields: FieldMap, name: str) -> str:
    """The text at the first of a fact's places that holds one; empty where none does."""
    for place in fields.get(name, ()):
        item = found.get(place) if isinstance(found, dict) else None
        if item is None and "." in place:
            item = _at(found, place.split("."))
        if isinstance(item, list):
            item = item[0] if item else None
        if item is not None and not isinstance(item, dict):
            return str(item)
    return ""


def _at(found: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return found


def _request_line(fact: Any) -> bytes:
    target = fact("uri") or fact("path")
    if not target:
        return _bytes(fact("request"))
    query = fact("query").removeprefix("?")
    if query and "?" not in target:
        target += "?" + query
    protocol = fact("protocol") or "HTTP/1.1"
    if "/" not in protocol:
        protocol = "HTTP/" + protocol
    return b" ".join((_bytes(fact("method") or "GET"), _bytes(target), _bytes(protocol)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
