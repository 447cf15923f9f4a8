"""A misled client walks the maze or meets another server; a throttled one learns when to return."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.decision import Action, Mode
from config.judge import judge
from detectors.visit import Level
from proxy.decoy import led_on
from tests.support.gateway import Gateway
from tests.support.policies import a_policy
from tests.support.processes import wait_until
from tests.support.raw import Answer, Line
from tests.support.rules import a_first_visit
from tests.support.upstream import OK, Upstream
from tests.support.visits import NOW

RULES = [
    {"name": "partner", "when": 'request.header("X-Partner") == "yes"', "action": "allow"},
    {"name": "misled", "when": 'request.path == "/trap"', "action": "decoy"},
    {
        "name": "slow",
        "when": 'client.rate("ip", "1m") > 5.0 && request.path == "/fast"',
        "action": "throttle",
    },
    {"name": "later", "when": 'request.path == "/later"', "action": "throttle"},
    {"name": "no", "when": 'request.path == "/no"', "action": "block"},
]
POLICY = {"import": [], "rules": RULES}
BROWSER = (
    b"Host: shop.test\r\nAccept: text/html\r\nAccept-Language: en\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
)
LINK = re.compile(rb'href="(/[^"]+-[0-9a-f]{16})"')


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream((OK,)) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with Gateway(folder, upstream.address, {"policy": POLICY, "trusted_proxies": ["127.0.0.0/8"]}) as running:
        yield running


def ask(gateway: Gateway, path: str | bytes, more: bytes = b"") -> Answer:
    target = path if isinstance(path, bytes) else path.encode()
    with Line(gateway.port) as line:
        line.send(b"GET " + target + b" HTTP/1.1\r\n" + BROWSER + more + b"\r\n")
        answer = line.answer()
    assert answer is not None
    return answer


def event_of(gateway: Gateway, answer: Answer) -> dict[str, Any]:
    wanted = answer.values(b"stile-decision-id")[0].decode()
    found: list[dict[str, Any]] = []

    def written() -> bool:
        found[:] = [event for event in gateway.events() if event["event"]["id"] == wanted]
        return found != []

    assert wait_until(written, 5.0)
    return found[0]


def test_who_follows_a_link_of_the_maze_stays_in_it(gateway, upstream):
    upstream.forget()
    first = ask(gateway, "/trap")
    second = ask(gateway, LINK.findall(first.body)[3])
    third = ask(gateway, LINK.findall(second.body)[5])

    assert [each.values(b"stile-mitigated") for each in (first, second, third)] == [[b"decoy"]] * 3
    assert len({first.body, second.body, third.body}) == 3
    assert upstream.seen == []
    followed = event_of(gateway, third)
    assert (followed["event"]["action"], followed["rule"]["name"]) == ("decoy", "maze")


def test_whom_a_rule_lets_pass_is_not_led_on(gateway, upstream):
    link = LINK.findall(ask(gateway, "/trap").body)[0]
    upstream.forget()

    assert ask(gateway, link, b"X-Partner: yes\r\n").values(b"stile-mitigated") == []
    assert len(upstream.seen) == 1


LED_ON = {
    "nothing against it": ((), Mode.ENFORCE, True, Action.DECOY),
    "an address outside": ((), Mode.ENFORCE, False, Action.ALLOW),
    "monitor mode": ((), Mode.MONITOR, True, Action.ALLOW),
    "a rule that lets pass": (("allow",), Mode.ENFORCE, True, Action.ALLOW),
    "a question": (("challenge",), Mode.ENFORCE, True, Action.DECOY),
}


@pytest.mark.parametrize(("actions", "mode", "follows", "action"), LED_ON.values(), ids=LED_ON)
def test_a_rule_that_lets_pass_and_monitor_mode_end_the_maze(actions, mode, follows, action):
    rules = [f"{{name: it, when: 'true', action: {each}}}" for each in actions]
    decision = judge(a_first_visit(), a_policy(*rules), mode, NOW)

    assert led_on(decision, follows).action is action


def test_a_plain_limit_is_told_with_the_refusal(gateway):
    answers = [ask(gateway, "/fast", b"X-Forwarded-For: 203.0.113.77\r\n") for _ in range(40)]
    answer = answers[-1]
    wait_s = int(answer.values(b"retry-after")[0])

    assert answer.status == 429
    assert answer.values(b"ratelimit-policy") == [b'"address";q=5;w=60']
    assert answer.values(b"ratelimit") == [b'"address";r=0;t=%d' % wait_s]
    assert answer.values(b"cache-control") == [b"no-store"]
    assert 1 <= wait_s <= 120


def test_where_no_limit_is_known_no_number_is_made_up(gateway):
    answer = ask(gateway, "/later")

    assert (answer.status, answer.values(b"retry-after")) == (429, [b"30"])
    assert answer.values(b"ratelimit") + answer.values(b"ratelimit-policy") == []


def test_a_program_gets_problem_details_with_the_same_fields(gateway):
    answer = ask(gateway, "/later", b"X-Requested-With: XMLHttpRequest\r\n")

    assert answer.values(b"content-type") == [b"application/problem+json"]
    assert json.loads(answer.body)["decision_id"].encode() == answer.values(b"stile-decision-id")[0]


@pytest.mark.parametrize("more", [b"", b"X-Requested-With: XMLHttpRequest\r\n"], ids=["page", "program"])
def test_a_block_is_never_stored_or_indexed_and_names_its_decision(gateway, more):
    answer = ask(gateway, "/no", more)

    assert answer.status == 403
    assert answer.values(b"stile-mitigated") == [b"block"]
    assert answer.values(b"cache-control") == [b"no-store"]
    assert answer.values(b"x-robots-tag") == [b"noindex"]
    assert event_of(gateway, answer)["event"]["action"] == "block"


def test_the_operator_s_own_decoy_stands_in_for_the_storefront(upstream: Upstream, tmp_path: Path):
    with Upstream((OK,)) as decoy:
        changes = {
            "policy": POLICY,
            "mitigation": {"decoy": {"upstream": decoy.address}},
        }
        with Gateway(tmp_path, upstream.address, changes) as gateway:
            upstream.forget()
            answer = ask(gateway, "/trap")
            decoy.stop()
            without = ask(gateway, "/trap")
            decoy.start()

        assert (answer.status, answer.values(b"stile-mitigated")) == (200, [b"decoy"])
        assert (upstream.seen, len(decoy.seen)) == ([], 1)
        assert b"X-Stile-Decision-Id: " + answer.values(b"stile-decision-id")[0] in decoy.seen[0].raw
        assert (without.status, len(LINK.findall(without.body)) > 7) == (200, True)


@pytest.mark.parametrize("action", ["tarpit", "decoy"])
@pytest.mark.parametrize("level", [Level.NONE, Level.BROWSER])
def test_the_way_out_is_real(action, level):
    policy = a_policy(f"{{name: it, when: 'true', action: {action}}}")
    visit = replace(a_first_visit(), clearance=level)

    done = judge(visit, policy, Mode.ENFORCE, NOW).action
    assert done is (Action(action) if level is Level.NONE else Action.ALLOW)
