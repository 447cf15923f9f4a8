"""`stile check` finds what loading finds, and the files that are named in vain."""

import re
from pathlib import Path

import pytest

import config
from config.cel.facts import KNOWN_ROUTES
from config.check import check, warnings
from config.checks.finding import Severity
from config.loader import load, read_file
from tests.support.broken_values import SITE
from tests.support.bundles import sealed
from tests.support.policy_files import NOW


def test_finds_nothing_in_a_sound_configuration(tmp_path):
    (tmp_path / "stile.yaml").write_text(SITE)

    assert check(str(tmp_path / "stile.yaml")) == []


def test_finds_all_faults(tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text("sits: []\nlogs: {}\n")

    assert [str(fault).removeprefix(f"{path}:") for fault in check(str(path))] == [
        "1:1: sits: unknown key; did you mean 'sites'?",
        "2:1: logs: unknown key; did you mean 'log'?",
    ]


def test_finds_files_that_are_not_there(tmp_path):
    tls = "{certificate: a.crt, key: a.key}"
    path = tmp_path / "stile.yaml"
    path.write_text(
        f"{SITE}listen: [{{address: '0.0.0.0:1', tls: {tls}}}]\n"
        "secrets: {key_file: key}\nadmin: {token_file: token}\n"
        "challenge: {captcha: {turnstile: {site_key: a, secret_file: b}}}\n"
    )
    (tmp_path / "a.crt").write_text("")

    assert [(fault.path, fault.place.line) for fault in check(str(path))] == [
        ("listen[0].tls.key", 2),
        ("secrets.key_file", 3),
        ("admin.token_file", 4),
        ("challenge.captcha.turnstile.secret_file", 5),
    ]


SCORED = f"{SITE}policy: {{import: [], rules: [{{name: harsh, action: %s, when: '%s'}}]}}\n"
BY_SCORE = "risk > 99.0"
HARSH = {
    "block": ("block", BY_SCORE, 1),
    "tarpit": ("tarpit", 'band == "certain" && clearance == "none"', 1),
    "decoy": ("decoy", f'client.rate("ip", "1m") > 60.0 || {BY_SCORE}', 1),
    "a question": ("challenge", BY_SCORE, 0),
    "more than a score": ("tarpit", f'{BY_SCORE} && request.path == "/trap"', 0),
}


@pytest.mark.parametrize(("action", "when", "found"), HARSH.values(), ids=HARSH)
def test_warns_of_rules_that_refuse_for_a_score_alone(tmp_path, action, when, found):
    path = tmp_path / "stile.yaml"
    path.write_text(SCORED % (action, when))

    warned = [
        (each.path, "score alone" in each.message, each.place.line)
        for each in warnings(str(path), NOW)
        if each.kind.severity is not Severity.NOTE
    ]

    assert warned == [("policy.rules[0].when", True, SITE.count("\n") + 1)] * found


RULE = "policy: {import: [], rules: [{name: spent, action: %s, when: '%s'}]}\n"
BY_ACCOUNT = 'client.rate("account", "1m") > 30.0'
UNWISE = {
    "a cookie alone": ("{cookie: uid}", RULE % ("throttle", BY_ACCOUNT), 1),
    "counted otherwise": ("{cookie: uid}", RULE % ("block", 'client.distinct("account", "paths") > 9.0'), 1),
    "the storefront's word": ("{response_header: X-Account}", RULE % ("throttle", BY_ACCOUNT), 0),
    "both": ("{cookie: uid, response_header: X-Account}", RULE % ("throttle", BY_ACCOUNT), 0),
    "a rule that lets pass": ("{cookie: uid}", RULE % ("allow", BY_ACCOUNT), 0),
    "another identity": ("{cookie: uid}", RULE % ("block", 'client.rate("ip", "1m") > 30.0'), 0),
}


@pytest.mark.parametrize(("account", "policy", "found"), UNWISE.values(), ids=UNWISE)
def test_warns_of_rules_that_turn_away_whom_a_cookie_names(tmp_path, account, policy, found):
    path = tmp_path / "stile.yaml"
    path.write_text(f"sites: [{{upstreams: ['http://s:1'], account: {account}}}]\n{policy}")

    warned = [
        (each.path, "rule spent" in each.message)
        for each in warnings(str(path), NOW)
        if each.kind.id == "believed-cookie"
    ]

    assert (check(str(path)), warned) == ([], [("sites[0].account.cookie", True)] * found)


CHALLENGERS = {
    "not there": (None, "cannot read"),
    "no bundle": (b"{}", "not a usable model: a bundle has exactly the keys"),
    "truncated": (sealed()[:-9], "not a usable model: no JSON"),
    "no text": (b"\xff\xfe\xff", "not UTF-8"),
}


@pytest.mark.parametrize(("document", "said"), CHALLENGERS.values(), ids=CHALLENGERS)
def test_names_a_challenger_that_stile_would_run_without(tmp_path, document, said):
    path = tmp_path / "stile.yaml"
    path.write_text(f"{SITE}model:\n  challenger: next.json\n")
    if document is not None:
        (tmp_path / "next.json").write_bytes(document)

    (fault,) = check(str(path))

    assert (fault.path, fault.place.line, said in fault.message) == ("model.challenger", 3, True)
    assert load(str(path)).model_files.challenger == tmp_path / "next.json"


def test_says_nothing_of_a_sound_challenger(tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text(f"{SITE}model: {{challenger: next.json}}\n")
    (tmp_path / "next.json").write_bytes(sealed())

    assert check(str(path)) == []


def test_a_model_that_is_not_enabled_has_no_challenger(tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text(f"{SITE}model: {{enabled: false, challenger: next.json}}\n")

    assert check(str(path)) == []


SECRETS = {
    "the key": "secrets: {key_file: secret}\n",
    "the admin's token": "admin: {token_file: secret}\n",
    "the store's password": "state: {redis: 'redis://a', password_file: secret}\n",
    "a captcha's secret": "challenge: {captcha: {turnstile: {site_key: a, secret_file: secret}}}\n",
}


@pytest.mark.parametrize("section", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(("mode", "found"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)])
def test_warns_of_secrets_that_others_may_read(tmp_path, section, mode, found):
    (tmp_path / "secret").write_text("not for everybody")
    (tmp_path / "secret").chmod(mode)
    path = tmp_path / "stile.yaml"
    path.write_text(SITE + section)

    said = [(each.kind.id, each.place.line) for each in warnings(str(path), NOW)]

    assert said == [("readable-secret", SITE.count("\n") + 1)] * found


SHIPPED = {
    path.name: path.read_text("utf-8") for path in sorted(Path(config.__file__).parent.glob("shipped/*"))
}
NAMED = set(
    re.findall(
        r'(?:route (?:==|in) \[?|"[a-z0-9]+", )"([a-z_-]+)"|\broutes\.(\w+)', "".join(SHIPPED.values())
    )
)
ROUTES = ", ".join(f"{name}: {{match: [/{name}]}}" for name in sorted({*KNOWN_ROUTES, *map("".join, NAMED)}))


@pytest.mark.parametrize("name", SHIPPED)
def test_finds_nothing_in_a_shipped_file_as_if_it_were_the_operators(tmp_path, name):
    (tmp_path / name).write_text(SHIPPED[name])
    path = tmp_path / "stile.yaml"
    path.write_text(f"{SITE}routes: {{{ROUTES}}}\npolicy: {{import: [{name}, (stile)/verified-bots.yaml]}}\n")

    assert [str(each) for each in warnings(str(path), NOW)] == []


DOCS = Path(config.__file__).parents[1] / "docs"
EXAMPLES = re.findall(
    r"```yaml\n(sites:.*?|listen:.*?)```", (DOCS / "configuration.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize("text", EXAMPLES)
def test_finds_nothing_in_the_examples_of_the_docs(text):
    found = warnings("stile.yaml", NOW, lambda path: text if path == "stile.yaml" else read_file(path))

    assert [str(each) for each in found] == []


def test_finds_nothing_in_the_configuration_of_the_demo():
    assert warnings(str(DOCS.parent / "deploy" / "demo" / "stile.yaml"), NOW) == []
