import pytest
import yaml

from analysis.importing.anubis import Import
from analysis.importing.written import as_yaml
from config.loader import load

SITE = "sites:\n  - upstreams: [http://127.0.0.1:1]\n"


def imported(text: str, **files: str) -> Import:
    texts = {"bots.yaml": text, **{name.replace("_", "."): content for name, content in files.items()}}
    found = Import(texts.__getitem__)
    found.file("bots.yaml")
    return found


def a_bot(**keys: object) -> str:
    return yaml.safe_dump({"bots": [{"name": "One", "action": "DENY", **keys}]})


CONDITIONS = {
    "user agent": ({"user_agent_regex": "Scrapy|curl"}, 'request.user_agent.matches("Scrapy|curl")'),
    "path": ({"path_regex": r"^/api/.*\.json$"}, r'request.path.matches("^/api/.*\\.json$")'),
    "a header that is there": ({"headers_regex": {"CF-Worker": ".*"}}, 'request.header("CF-Worker") != ""'),
    "a header's value": ({"headers_regex": {"X-A": "^b"}}, 'request.header("X-A").matches("^b")'),
    "addresses": ({"remote_addresses": ["192.0.2.7/24"]}, "request.ip in networks.one"),
    "countries": ({"geoip": {"countries": ["BR", "CN"]}}, 'request.country in ["BR", "CN"]'),
    "systems": ({"asns": {"match": [13335]}}, "request.asn in [13335]"),
    "an expression": (
        {"expression": 'userAgent == "" || method == "PUT"'},
        'request.user_agent == "" || request.method == "PUT"',
    ),
    "all of several": (
        {"expression": {"all": ['"Accept" in headers', 'headers["Accept"] == "a" || path == "/"']}},
        'request.header("Accept") != "" && (request.header("Accept") == "a" || request.path == "/")',
    ),
    "any of several": (
        {"expression": {"any": ['remoteAddress == "192.0.2.1"', 'missingHeader(headers, "X-B")']}},
        'request.ip == "192.0.2.1" || request.header("X-B") == ""',
    ),
    "two matchers": (
        {"user_agent_regex": "a", "expression": 'host == "b" || host == "c"'},
        'request.user_agent.matches("a") && (request.host == "b" || request.host == "c")',
    ),
    "a loop": (
        {"expression": '["/a", "/b"].exists(p, path.startsWith(p))'},
        '["/a", "/b"].exists(p, request.path.startsWith(p))',
    ),
}


@pytest.mark.parametrize(("keys", "when"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_matcher_is_said_in_our_words(keys, when):
    found = imported(a_bot(**keys))

    assert (found.rules, found.left) == ([{"name": "one", "when": when, "action": "block"}], [])


NOTHING = {
    "weight": ({"action": "WEIGH", "user_agent_regex": "a"}, "weights by rule"),
    "chance": ({"expression": "randInt(16) >= 4"}, "chance"),
    "a query value": ({"expression": '"a" in query'}, "single query values"),
    "load": ({"expression": "load_1m >= 10.0"}, "the machine's load"),
    "names of hosts": ({"expression": '"a" in reverseDNS(remoteAddress)'}, "look-ups in a rule"),
    "no expression": ({"expression": "userAgent =="}, "CEL does not take"),
    "all headers": ({"expression": "headers.size() > 3"}, "all headers at once"),
    "a pattern that is none": ({"path_regex": "(("}, "not a pattern"),
    "an address that is none": ({"remote_addresses": ["everywhere"]}, "the address 'everywhere'"),
    "an unknown key": ({"user_agent_regex": "a", "cookie_regex": "b"}, "`cookie_regex`"),
    "an unknown action": ({"user_agent_regex": "a", "action": "DEBUG_BENCHMARK"}, "DEBUG_BENCHMARK"),
    "nothing to match": ({}, "matches nothing"),
}


@pytest.mark.parametrize(("keys", "reason"), NOTHING.values(), ids=NOTHING)
def test_what_means_nothing_here_is_listed_with_its_place(keys, reason):
    found = imported(a_bot(**keys))

    assert (found.rules, found.networks) == ([], {})
    assert [str(left) for left in found.left if reason in left.what and left.place.line == 2] != []


def test_a_challenge_begins_with_the_like_rung():
    found = imported(
        a_bot(
            action="CHALLENGE", user_agent_regex="a", challenge={"algorithm": "metarefresh", "difficulty": 4}
        )
    )

    assert found.rules[0]["ask"] == "refresh"
    assert ["difficulty" in left.what for left in found.left] == [True]


def test_names_are_ours_and_unique():
    bots = [{"name": name, "action": "DENY", "path_regex": "a"} for name in ("A b", "a-b", "1st", "Ä" * 80)]

    assert [rule["name"] for rule in imported(yaml.safe_dump({"bots": bots})).rules] == [
        "a-b",
        "a-b-2",
        "rule-1st",
        "rule",
    ]


def test_files_beside_are_read_and_shipped_ones_named():
    files = ("own.yaml", "(data)/meta/ai-block-aggressive.yaml", "(data)/crawlers/googlebot.yaml")
    text = yaml.safe_dump({"bots": [{"import": file} for file in files]})
    found = imported(text, own_yaml=yaml.safe_dump([{"name": "x", "action": "ALLOW", "path_regex": "^/x$"}]))

    assert [rule["action"] for rule in found.rules] == ["allow"]
    assert found.ai["training"] == "block"
    assert "verified-bots" in found.notes[0]


def test_files_that_import_each_other_end():
    with pytest.raises(ValueError, match="files are imported"):
        imported("bots:\n  - import: bots.yaml\n")


def test_the_translation_is_a_configuration(tmp_path):
    bots = [
        {"name": f"rule {number}", "action": "CHALLENGE", **keys}
        for number, (keys, _) in enumerate(CONDITIONS.values())
    ]
    text = yaml.safe_dump(
        {
            "bots": bots,
            "status_codes": {"CHALLENGE": 200},
            "thresholds": [{"name": "t\n", "expression": "weight > 1"}],
        }
    )
    written = as_yaml(imported(text), "bots.yaml")

    (tmp_path / "stile.yaml").write_text(written + SITE)
    config = load(str(tmp_path / "stile.yaml"))

    assert len([rule for rule in config.sites[0].policy.rules if rule.own]) == len(CONDITIONS)
    assert config.challenge.status == 200
