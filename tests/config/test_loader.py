"""The loader takes what is right and names every fault of what is wrong, at its place."""

from pathlib import Path

import pytest
import yaml

from config import yaml_tree
from config.decision import Action, Mode
from config.fault import ConfigFaults
from config.loader import COMMAND_LINE, Recorder, Snapshot, load, overridden, quick, read_file
from config.settings import AccountSource, Config, Listener, TlsFiles, Upstream
from tests.support.broken_documents import BROKEN_DOCUMENTS
from tests.support.broken_rules import BROKEN_RULES
from tests.support.broken_values import BROKEN_VALUES, SITE

BROKEN = {**BROKEN_DOCUMENTS, **BROKEN_VALUES, **BROKEN_RULES}


def loaded(text: str, **files: str) -> Config:
    """The configuration in `text`; `files` are what it can import, `more` as more.yaml."""
    texts = {"stile.yaml": text, **{f"{name}.yaml": content for name, content in files.items()}}

    def read(path: str) -> str:
        return texts[path] if path in texts else read_file(path)

    return load("stile.yaml", read)


def faults_of(text: str, **files: str) -> tuple[str, ...]:
    """The faults of `text`, without the name of its file."""
    with pytest.raises(ConfigFaults) as caught:
        loaded(text, **files)
    return tuple(str(fault).removeprefix("stile.yaml:") for fault in caught.value.faults)


@pytest.mark.parametrize(("text", "faults"), BROKEN.values(), ids=BROKEN)
def test_names_every_fault_with_its_place_and_its_cure(text, faults):
    assert faults_of(text) == faults


POSITIONED = {name: case for name, case in BROKEN.items() if "not YAML" not in case[1][0]}


@pytest.mark.parametrize(("text", "faults"), POSITIONED.values(), ids=POSITIONED)
def test_places_do_not_depend_on_the_parser_that_is_installed(text, faults, monkeypatch):
    monkeypatch.setattr(yaml_tree, "Loader", yaml.SafeLoader)

    assert faults_of(text) == faults


GOOD = {
    "one storefront": (SITE, lambda c: c.sites[0].upstreams, (Upstream("http", "shop", 8000),)),
    "default port": (SITE, lambda c: (c.listeners[0].host, c.listeners[0].port), ("0.0.0.0", 8080)),
    "watches first": (SITE, lambda c: c.sites[0].mode, Mode.MONITOR),
    "enforce": (
        "sites: [{upstreams: [http://s:1], mode: enforce}]",
        lambda c: c.sites[0].mode,
        Mode.ENFORCE,
    ),
    "https upstream": (
        "sites: [{upstreams: ['https://origin.example.com']}]",
        lambda c: c.sites[0].upstreams[0],
        Upstream("https", "origin.example.com", 443),
    ),
    "IPv6 upstream": (
        "sites: [{upstreams: ['http://[::1]:8000']}]",
        lambda c: c.sites[0].upstreams[0],
        Upstream("http", "::1", 8000),
    ),
    "IPv6 listener": (
        SITE + "listen: [{address: '[::]:8080'}]",
        lambda c: c.listeners[0],
        Listener("::", 8080, (), False),
    ),
    "TLS beside the file": (
        SITE + "listen: [{address: '0.0.0.0:8443', tls: {certificate: a.crt, key: /k/a.key}}]",
        lambda c: c.listeners[0].tls,
        (TlsFiles(Path("a.crt"), Path("/k/a.key")),),
    ),
    "milliseconds": (SITE + "state: {timeout: 5ms}", lambda c: c.state.timeout_s, 0.005),
    "hours": (SITE + "challenge: {clearance_ttl: 12h}", lambda c: c.challenge.clearance_ttl_s, 43200.0),
    "binary size": (SITE + "limits: {max_head: 32KiB}", lambda c: c.limits.max_head_bytes, 32768),
    "decimal size": (SITE + "limits: {max_body: 10MB}", lambda c: c.limits.max_body_bytes, 10_000_000),
    "unlimited body": (SITE, lambda c: c.sites[0].max_body_bytes, None),
    "body limit of a site": (
        "limits: {max_body: 1MB}\nsites: [{upstreams: [http://s:1], max_body: 2MB}]",
        lambda c: c.sites[0].max_body_bytes,
        2_000_000,
    ),
    "no admin": (SITE + "admin: null", lambda c: c.admin, None),
    "trusted networks": (
        SITE + "trusted_proxies: [10.0.0.0/8, '2001:db8::1']",
        lambda c: tuple(map(str, c.trusted_proxies)),
        ("10.0.0.0/8", "2001:db8::1/128"),
    ),
    "hosts in lower case": (
        "sites: [{hosts: [Shop.Example.COM, '*.example.com'], upstreams: [http://s:1]}]",
        lambda c: c.sites[0].hosts,
        ("shop.example.com", "*.example.com"),
    ),
    "a site named by its host": (
        "sites: [{hosts: [shop.example.com], upstreams: [http://s:1]}]",
        lambda c: c.sites[0].name,
        "shop.example.com",
    ),
    "a site for any host": (SITE, lambda c: c.sites[0].name, "default"),
    "chosen headers": (
        "sites: [{upstreams: [http://s:1], upstream_headers: [risk]}]",
        lambda c: c.sites[0].upstream_headers,
        frozenset({"risk"}),
    ),
    "nobody logged in": (SITE, lambda c: c.sites[0].account, None),
    "who is logged in, by cookie": (
        "sites: [{upstreams: [http://s:1], account: {cookie: Shop_Login, response_header: X-Account}}]",
        lambda c: c.sites[0].account,
        AccountSource(cookie="Shop_Login", header="", response_header="x-account"),
    ),
    "who is logged in, by a trusted front": (
        "trusted_proxies: [10.0.0.0/8]\nsites: [{upstreams: [http://s:1], account: {header: X-Account}}]",
        lambda c: c.sites[0].account,
        AccountSource(cookie="", header="x-account", response_header=""),
    ),
    "who is logged in, by the storefront": (
        "sites: [{upstreams: [http://s:1], account: {response_header: X-Account}}]",
        lambda c: c.sites[0].account,
        AccountSource(cookie="", header="", response_header="x-account"),
    ),
    "anchors": (
        (
            "sites:\n  - {hosts: [a.example], upstreams: &shop ['http://s:1']}\n"
            "  - {hosts: [b.example], upstreams: *shop}\n"
        ),
        lambda c: c.sites[1].upstreams,
        (Upstream("http", "s", 1),),
    ),
    "words that YAML 1.1 took for booleans": (
        SITE + "log: {query_values: [on, no, 12:30]}",
        lambda c: c.log.query_values,
        frozenset({"on", "no", "12:30"}),
    ),
    "a unix socket": (
        SITE + "state: {redis: 'unix:///run/valkey.sock'}",
        lambda c: str(c.state.redis),
        "unix:///run/valkey.sock",
    ),
    "routes": (
        SITE + "routes: {product: {match: ['/product/*']}}",
        lambda c: c.sites[0].policy.routes.route_of("GET", "/product/7"),
        "product",
    ),
    "bands": (SITE + "bands: {low: 20}", lambda c: c.sites[0].policy.bands.low, 20.0),
    "prior": (SITE + "evidence: {prior: -2.5}", lambda c: c.sites[0].policy.prior, -2.5),
    "no model": (SITE + "model: {enabled: false}", lambda c: c.sites[0].policy.model, None),
    "no imports": (SITE + "policy: {import: []}", lambda c: c.sites[0].policy.rules, ()),
    "a rule of its own": (
        SITE + "policy: {import: [], rules: [{name: one, when: 'true', action: block, oat: OAT-011}]}",
        lambda c: [(r.name, r.action, r.category, r.ruleset) for r in c.sites[0].policy.rules],
        [("one", Action.BLOCK, "OAT-011", "operator")],
    ),
}


@pytest.mark.parametrize(("text", "look", "expected"), GOOD.values(), ids=GOOD)
def test_takes_what_is_right(text, look, expected):
    assert look(loaded(text)) == expected


def test_asks_the_operators_rules_before_imported_ones():
    text = SITE + "policy: {rules: [{name: mine, when: 'true', action: allow}]}"

    rules = loaded(text).sites[0].policy.rules

    assert [rule.ruleset for rule in rules] == sorted(
        (rule.ruleset for rule in rules), key=["operator", "verified-bots", "ai-crawlers", "default"].index
    )


def test_leaves_out_the_imported_rules_that_the_operator_names():
    names = {
        rule.name for rule in loaded(SITE + "policy: {without: [ai-training-robots]}").sites[0].policy.rules
    }

    assert "ai-training-robots" not in names
    assert "ai-search-allow" in names


def test_gives_a_site_its_own_policy():
    config = loaded(
        "sites:\n"
        "  - {hosts: [a.example], upstreams: ['http://s:1'], policy: {import: []}}\n"
        "  - {hosts: [b.example], upstreams: ['http://s:1']}\n"
    )

    assert [bool(site.policy.rules) for site in config.sites] == [False, True]


def test_places_faults_in_the_imported_file():
    more = "rules:\n  - name: theirs\n    when: request.pth == ''\n    action: allow\n"

    faults = faults_of(SITE + "policy: {import: [more.yaml]}", more=more)

    assert faults == (
        "more.yaml:3:18: rules[0].when: there is no 'request.pth'; did you mean 'request.path'?",
    )


def test_an_imported_file_brings_its_networks_and_the_operator_may_replace_them():
    more = (
        "networks: {office: [10.0.0.0/8]}\n"
        "rules: [{name: office, when: request.ip in networks.office, action: allow}]\n"
    )

    config = loaded(SITE + "networks: {office: [192.0.2.0/24]}\npolicy: {import: [more.yaml]}", more=more)

    assert [rule.name for rule in config.sites[0].policy.rules] == ["office"]


def test_imports_stand_beside_the_file_that_names_them(tmp_path):
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "stile.yaml").write_text(SITE + "policy: {import: [rules.yaml]}\n")

    assert load(str(tmp_path / "stile.yaml")).sites[0].policy.rules == ()


UNREADABLE = {
    "not UTF-8": (b"sites: \xff\n", "is not UTF-8: byte 8 is 0xff"),
    "a NUL": (b"sites: \x00\n", "not YAML"),
    "UTF-16": ("sites: []".encode("utf-16"), "is not UTF-8"),
    "a mebibyte and more": (b"# " + b"x" * (1 << 20) + b"\n", "larger than 1 MiB"),
    "ten thousand brackets": (b"[" * 10_000, "nested deeper"),
    "only an anchor": (b"&a", "the file is empty"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_bytes_are_a_fault_and_no_traceback(tmp_path, content, message):
    path = tmp_path / "stile.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigFaults, match=message):
        load(str(path))


def test_a_missing_file_is_a_fault():
    with pytest.raises(
        ConfigFaults, match=r"none\.yaml:1:1: cannot read none\.yaml: No such file or directory"
    ):
        load("none.yaml")


def test_the_version_changes_with_every_file_and_not_with_its_place(tmp_path):
    more = "rules: []\n"
    text = SITE + "policy: {import: [more.yaml]}"
    (tmp_path / "more.yaml").write_text(more)
    (tmp_path / "stile.yaml").write_text(text)

    versions = [
        loaded(text, more=more).version,
        load(str(tmp_path / "stile.yaml")).version,
        loaded(text + "\n", more=more).version,
        loaded(text, more=more + "\n").version,
    ]

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_a_snapshot_loads_the_same_without_a_disk():
    recorder = Recorder(lambda path: SITE if path == "stile.yaml" else read_file(path))
    config = load("stile.yaml", recorder)

    assert load("stile.yaml", Snapshot(recorder.texts)).version == config.version


def test_a_command_line_is_a_configuration_too():
    recorder = Recorder()
    config = quick("http://127.0.0.1:9000", "127.0.0.1:0", read=recorder)

    assert (config.listeners[0].port, config.sites[0].upstreams[0].port) == (0, 9000)
    assert load(COMMAND_LINE, Snapshot(recorder.texts)).version == config.version


def test_a_command_line_may_replace_what_the_file_says():
    config = overridden(loaded(SITE), upstream="http://other:81", listen="127.0.0.1:82")

    assert (config.listeners[0].port, config.sites[0].upstreams[0].host) == (82, "other")


def test_a_broken_command_line_is_a_fault():
    with pytest.raises(ConfigFaults, match=r"sites\[0\]\.upstreams\[0\]: must look like"):
        quick("nonsense")
