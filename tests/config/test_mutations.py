"""Whatever happens to a configuration file, the loader answers with a Config or with faults."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.fault import ConfigFaults, Fault, nearest
from config.loader import load, read_file
from config.schema import json_schema
from config.settings import Config
from config.yaml_tree import parse
from tests.support.policy_files import files_in

WHOLE = """\
listen:
  - address: 0.0.0.0:8080
  - {address: "0.0.0.0:8443", tls: {certificate: shop.crt, key: shop.key}}
trusted_proxies: [10.0.0.0/8]
admin: {address: 127.0.0.1:9090}
state: {redis: redis://cache:6379/0, timeout: 5ms}
geoip: {city: GeoLite2-City.mmdb, asn: GeoLite2-ASN.mmdb}
log: {path: "-"}
secrets: {key_file: /etc/stile/key}
sites:
  - hosts: [shop.example.com, "*.shop.example.com"]
    upstreams: &shop [http://10.0.0.5:8000, http://10.0.0.6:8000]
    mode: monitor
    account: {cookie: shop_login, response_header: X-Account}
routes:
  product: {match: ["/product/*"]}
  login:   {match: ["POST /login"]}
bands: {trusted: 5, low: 40, elevated: 70, high: 90}
evidence: {prior: -3, honeypot: 5}
networks: {partners: [192.0.2.0/24]}
policy:
  import: [(stile)/verified-bots.yaml]
  rules:
    - name: price-scraping
      when: >-
        request.route == "product" &&
        client.rate("ip", "1m") > 60.0
      action: challenge
      oat: OAT-011
    - name: partner-feed
      when: request.path.startsWith("/feed/") && request.ip in networks.partners
      action: allow
"""
SMALL = settings(max_examples=150, deadline=None)
PIECES = [
    "\t",
    "\n",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!int ",
    "|",
    ">",
    "'",
    '"',
    "\\",
    "#",
    "\x00",
    "é",
]


def outcome(text: str) -> Config | ConfigFaults:
    """What the loader makes of `text`. Anything else that it raises is a failure of the test."""
    try:
        return load("stile.yaml", lambda path: text if path == "stile.yaml" else read_file(path))
    except ConfigFaults as faults:
        return faults


def test_the_whole_of_it_is_sound():
    assert isinstance(outcome(WHOLE), Config)


@SMALL
@given(st.integers(0, len(WHOLE)), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=5))
def test_a_changed_file_gives_a_config_or_faults_with_places(start, cut, piece):
    found = outcome(WHOLE[:start] + piece + WHOLE[start + cut :])

    if isinstance(found, ConfigFaults):
        assert found.faults
        assert all(fault.place.line >= 1 and fault.place.column >= 1 for fault in found.faults)


@SMALL
@given(st.text(max_size=200))
def test_any_text_gives_a_config_or_faults(text):
    assert isinstance(outcome(text), ConfigFaults)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@SMALL
@given(st.sampled_from(sorted(json_schema()["properties"])), VALUES)  # type: ignore[call-overload]
def test_any_value_for_any_section_gives_a_config_or_faults(section, content):
    text = json.dumps({"sites": [{"upstreams": ["http://s:1"]}], section: content})

    assert isinstance(outcome(text), Config | ConfigFaults)


KEYS = sorted(
    {line.split(":")[0].strip("- {") for line in WHOLE.splitlines() if ":" in line and "client" not in line}
)
FREE = {"product", "login"}  # names that the operator chooses


@pytest.mark.parametrize("key", [key for key in KEYS if key not in FREE])
@pytest.mark.parametrize("slip", ["doubled", "dropped", "swapped"])
def test_a_slip_in_a_key_is_always_caught_and_mostly_cured(key, slip):
    middle = len(key) // 2
    typo = {
        "doubled": key[:middle] + key[middle] + key[middle:],
        "dropped": key[: middle - 1] + key[middle:],
        "swapped": key[: middle - 1] + key[middle] + key[middle - 1] + key[middle + 1 :],
    }[slip]
    found = outcome(WHOLE.replace(f"{key}:", f"{typo}:", 1))

    if typo != key:
        assert isinstance(found, ConfigFaults)
        assert any(f"did you mean '{key}'?" in str(fault) for fault in found.faults) or not nearest(
            typo, [key]
        )


GOOD = files_in("good")
FREE_BELOW = ("routes", "networks", "lists", "macros")


@pytest.mark.parametrize("path", GOOD.values(), ids=GOOD)
def test_a_renamed_key_of_a_good_policy_never_loads(path):
    text = path.read_text("utf-8")
    document = parse("stile.yaml", text)
    lines = text.splitlines(keepends=True)
    for keys, place in document.keys.items():
        if len(keys) > 1 and keys[-2] in FREE_BELOW:
            continue  # a name that the operator chooses
        start = sum(map(len, lines[: place.line - 1])) + place.column - 1
        renamed = f"{text[:start]}x{text[start:]}"
        found = outcome(renamed)

        assert isinstance(found, ConfigFaults), f"{keys} loads as x{keys[-1]}"
        assert all(inside(renamed, fault) for fault in found.faults)


CHANGES = ("", "[]", "{}", "null", "7", "[[1]]", "'x'", "true")


@pytest.mark.parametrize("path", GOOD.values(), ids=GOOD)
def test_a_line_lost_doubled_or_changed_gives_a_config_or_faults_inside_the_text(path):
    lines = path.read_text("utf-8").splitlines(keepends=True)
    chance = random.Random(path.stem)
    for _ in range(8):
        at = chance.randrange(1, len(lines))
        key = lines[at].partition(":")[0]
        mutant = chance.choice(("", lines[at] * 2, f"{key}: {chance.choice(CHANGES)}\n"))
        text = "".join([*lines[:at], mutant, *lines[at + 1 :]])
        found = outcome(text)

        if isinstance(found, ConfigFaults):
            assert all(inside(text, fault) for fault in found.faults)


def inside(text: str, fault: Fault) -> bool:
    """Whether the place of a fault is one of the text, or just behind its end."""
    lines = [*text.split("\n"), ""]
    place = fault.place
    return place.line <= len(lines) and place.column <= len(lines[place.line - 1]) + 1
