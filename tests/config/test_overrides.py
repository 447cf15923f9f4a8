"""Rules for one route, for one site, or for all: the more special stand before the more general."""

from pathlib import Path

import pytest

from config.decision import Action, Mode
from config.fault import ConfigFaults
from config.loader import load
from config.settings import Config

COMMON = """\
routes:
  cart:
    match: ["POST /cart"]
    rules:
      - {name: cart-rule, when: degraded, action: throttle}
      - {name: cart-limit, limit: 9/min to cart per ip}
macros: {slow: 'client.rate("ip", "1m") < 30.0', mine: degraded}
policy:
  import: [more.yaml]
  without: [theirs-too]
  rules: [{name: common, when: macros.slow, action: allow}]
"""
MORE = """\
macros: {mine: "!degraded", near: request.country == "DE"}
rules:
  - {name: theirs, when: macros.mine && macros.near, action: challenge}
  - {name: theirs-too, when: degraded, action: block}
"""


def loaded(folder: Path, sites: str, more: str = "") -> Config:
    (folder / "more.yaml").write_text(MORE)
    (folder / "stile.yaml").write_text(f"sites:\n{sites}{COMMON}{more}")
    return load(str(folder / "stile.yaml"))


def names(config: Config, site: int = 0) -> list[str]:
    return [rule.name for rule in config.sites[site].policy.rules]


def a_site(policy: str = "") -> str:
    return f"  - upstreams: [http://a]\n{policy and f'    policy: {policy}' + chr(10)}"


ORDERS = {
    "the common policy": ("", ["cart-rule", "cart-limit", "common", "theirs"]),
    "in place of it": (
        "{import: [], rules: [{name: own, when: degraded, action: block}]}",
        ["cart-rule", "cart-limit", "own"],
    ),
    "before it": (
        "{inherit: true, rules: [{name: own, when: degraded, action: block}]}",
        ["cart-rule", "cart-limit", "own", "common", "theirs"],
    ),
    "before it, with more left out": (
        "{inherit: true, without: [theirs]}",
        ["cart-rule", "cart-limit", "common"],
    ),
}


@pytest.mark.parametrize(("policy", "order"), ORDERS.values(), ids=ORDERS)
def test_the_more_special_stands_first(tmp_path, policy, order):
    assert names(loaded(tmp_path, a_site(policy))) == order


def test_a_rule_of_a_route_is_about_that_route_alone(tmp_path):
    rules = loaded(tmp_path, a_site()).sites[0].policy.rules

    assert [(rule.when, rule.action, rule.ruleset) for rule in rules[:2]] == [
        ('(request.route == "cart") && (degraded)', Action.THROTTLE, "routes.cart"),
        (
            '(request.route == "cart") && (client.rate("ip", "1m", "cart") > 9.0)',
            Action.THROTTLE,
            "routes.cart",
        ),
    ]


def test_an_operators_macro_stands_in_for_an_imported_one(tmp_path):
    loaded(tmp_path, a_site())
    path = tmp_path / "stile.yaml"
    path.write_text(path.read_text().replace("mine: degraded", "mine: degradd"))

    with pytest.raises(ConfigFaults, match=r"stile\.yaml:\d+:\d+: macros\.mine: there is no 'degradd'"):
        load(str(path))


MODES = {
    "neither": ("", "", Mode.MONITOR),
    "the common one": ("mode: enforce\n", "", Mode.ENFORCE),
    "the site's": ("mode: enforce\n", "    mode: monitor\n", Mode.MONITOR),
}


@pytest.mark.parametrize(("common", "own", "mode"), MODES.values(), ids=MODES)
def test_a_site_without_a_mode_has_the_common_one(tmp_path, common, own, mode):
    assert loaded(tmp_path, a_site() + own, common).sites[0].mode is mode


def test_only_a_site_can_inherit(tmp_path):
    (tmp_path / "stile.yaml").write_text("sites:\n  - upstreams: [http://a]\npolicy:\n  inherit: true\n")

    with pytest.raises(ConfigFaults, match=r"4:12: policy\.inherit: goes into the policy of a site"):
        load(str(tmp_path / "stile.yaml"))
