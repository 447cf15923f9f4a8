"""A JSON access log says what a combined one says, under whatever names."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.access_log import AccessLog
from analysis.json_log import MAPS, FieldFault, JsonLog, field_map, map_for
from analysis.replaying.source import Kind, SourceFault, source_of
from tests.support.logs import LINE, written

AGENT, REFERRER = "Mozilla/5.0", "https://shop.example.com/"
LOGS: dict[str, dict[str, Any]] = {
    "nginx": {
        "time_iso8601": "2026-01-01T00:00:05+00:00",
        "remote_addr": "203.0.113.7",
        "request": "GET /shoes HTTP/1.1",
        "status": 200,
        "body_bytes_sent": "512",
        "http_referer": REFERRER,
        "http_user_agent": AGENT,
    },
    "caddy": {
        "level": "info",
        "ts": 1767225605.0,
        "request": {
            "remote_ip": "203.0.113.7",
            "proto": "HTTP/1.1",
            "method": "GET",
            "uri": "/shoes",
            "headers": {"User-Agent": [AGENT], "Referer": [REFERRER]},
        },
        "size": 512,
        "status": 200,
    },
    "traefik": {
        "ClientHost": "203.0.113.7",
        "RequestMethod": "GET",
        "RequestPath": "/shoes",
        "RequestProtocol": "HTTP/1.1",
        "DownstreamStatus": 200,
        "DownstreamContentSize": 512,
        "StartUTC": "2026-01-01T00:00:05.000000000Z",
        "request_User-Agent": AGENT,
        "request_Referer": REFERRER,
    },
}


@pytest.mark.parametrize("name", LOGS)
def test_known_servers_are_known_by_their_names(name: str) -> None:
    assert map_for([b"no JSON", json.dumps(LOGS[name]).encode()]) == MAPS[name]


@pytest.mark.parametrize("name", LOGS)
def test_a_line_says_what_a_combined_one_says(name: str) -> None:
    entry = JsonLog(MAPS[name]).entry(json.dumps(LOGS[name]).encode())

    assert entry == AccessLog().entry(LINE.encode())


OWN = {"when": 1767225605000, "who": "203.0.113.7", "did": "GET /shoes HTTP/1.1", "code": "200", "n": 512}


def test_fields_can_be_named() -> None:
    fields = field_map("time=when,ip=who,request=did,status=code,size=n")
    entry = JsonLog(fields).entry(json.dumps(OWN | {"agent": AGENT, "referer": REFERRER}).encode())

    assert entry == AccessLog().entry(LINE.encode())


FAULTS = {
    "tme=ts": "did you mean 'time'",
    "zzz=ts": "one of time, ip",
    "time": "look like time=",
    "time=": "look like time=",
}


@pytest.mark.parametrize(("text", "says"), FAULTS.items(), ids=FAULTS)
def test_a_wrong_map_is_explained(text: str, says: str) -> None:
    with pytest.raises(FieldFault, match=says):
        field_map(text)


BROKEN = {
    "no object": "[1]",
    "cut off": '{"ts": 1',
    "no time": json.dumps(LOGS["nginx"] | {"time_iso8601": "yesterday"}),
    "no status": json.dumps(LOGS["nginx"] | {"status": "-"}),
    "no address": json.dumps(LOGS["nginx"] | {"remote_addr": ""}),
    "no request": json.dumps(LOGS["nginx"] | {"request": "\x16\x03\x01"}),
    "too deep": "[" * 100_000,
    "an absurd time": json.dumps(LOGS["nginx"] | {"time_iso8601": "99999-01-01"}),
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_none(line: str) -> None:
    assert JsonLog(MAPS["nginx"]).entry(line.encode()) is None


def test_a_file_of_json_is_known_after_broken_lines(tmp_path: Path) -> None:
    log = written(tmp_path, ["{", json.dumps(LOGS["caddy"])])
    source = source_of(log)

    assert (source.kind, source.fields, source.begins) == (Kind.JSON, MAPS["caddy"], 1767225605.0)


def test_json_of_nobody_asks_for_a_map(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="--fields"):
        source_of(written(tmp_path, [json.dumps({"a": 1})]))
