import pytest
from pydantic_core import PydanticCustomError

from config.decision import Action
from config.fault import ConfigFaults
from config.loader import load
from config.rate_limit import rate_limit
from tests.support.policies import a_policy

CONDITIONS = {
    "60/min per ip": 'client.rate("ip", "1m") > 60.0',
    "60 / 1m per ip": 'client.rate("ip", "1m") > 60.0',
    "60 requests/minute per ip": 'client.rate("ip", "1m") > 60.0',
    "5/10s per session": 'client.rate("session", "10s") > 5.0',
    "300 pages/10 min per session": 'client.page_rate("session", "10m") > 300.0',
    "60/h per ip, subnet": 'client.rate("ip", "1h") > 60.0 || client.rate("subnet", "1h") > 60.0',
    "20/day to login per account,account": 'client.rate("account", "1d", "login") > 20.0',
}


@pytest.mark.parametrize(("text", "condition"), CONDITIONS.items())
def test_a_rate_is_written_out(text, condition):
    assert rate_limit(text).condition == condition


BROKEN = {
    "often": "must be a rate such as 60/min per ip",
    "60/min": "must be a rate such as",
    "-1/min per ip": "must be a rate such as",
    "60/5min per ip": "counts are not kept for '5min'; there are 10s, 1m",
    "60/week per ip": "counts are not kept for 'week'",
    "60/min per sesion": "nobody is known as 'sesion'; did you mean 'session'?",
    "60/min per ip,": "nobody is known as ''",
    "60 pages/min to login per ip": "pages are not counted by route",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items())
def test_what_is_no_rate_is_explained(text, message):
    with pytest.raises(PydanticCustomError, match=message.replace("?", r"\?")):
        rate_limit(text)


RULES = {
    "alone": ("{name: a, limit: 60/min per ip}", 'client.rate("ip", "1m") > 60.0', Action.THROTTLE),
    "with a condition": (
        "{name: a, when: degraded || risk > 1.0, limit: 60/min per ip, action: block}",
        '(degraded || risk > 1.0) && (client.rate("ip", "1m") > 60.0)',
        Action.BLOCK,
    ),
}


@pytest.mark.parametrize(("rule", "when", "action"), RULES.values(), ids=RULES)
def test_a_limit_stands_for_a_condition(rule, when, action):
    policy = a_policy(rule)

    assert [(rule.when, rule.action) for rule in policy.rules] == [(when, action)]
    assert [limit.most for limit in policy.limits] == [60.0]


FAULTS = {
    "an unknown route": (
        "limit: 6/min to chekout per ip",
        ":5:24: policy.rules[0].limit: rate does not know",
    ),
    "a wrong window": ("limit: 6/5min per ip", ":5:24: policy.rules[0].limit: counts are not kept"),
    "a wrong condition beside it": (
        "{limit: 6/min per ip, when: degradd}",
        ":5:44: policy.rules[0].when: there is",
    ),
    "neither": ("action: block", ":5:7: policy.rules[0].when: this key is required"),
}


@pytest.mark.parametrize(("keys", "fault"), FAULTS.values(), ids=FAULTS)
def test_faults_stand_where_they_are(tmp_path, keys, fault):
    path = tmp_path / "stile.yaml"
    keys = keys if keys.startswith("{") else "{" + keys + "}"
    rule = "\n    - " + keys.replace("{", "{name: a, ", 1)
    path.write_text(f"sites:\n  - upstreams: [http://a]\npolicy:\n  rules:{rule}\n")

    with pytest.raises(ConfigFaults) as raised:
        load(str(path))

    assert fault in str(raised.value).replace(str(path), "")
