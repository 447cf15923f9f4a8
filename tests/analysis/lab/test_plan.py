"""Plans are dealt from a seed: every goal, every pace and both disguises of every family, an address each."""

import pytest

from analysis.lab.clients.order import PACES
from analysis.lab.families import FAMILIES, SHOPPERS
from analysis.lab.plan import plans_of

PLANS = plans_of(list(FAMILIES), 18, 1)
TOOLS = [name for name in FAMILIES if name != SHOPPERS]


def test_the_same_seed_plans_the_same_visits() -> None:
    assert plans_of(list(FAMILIES), 18, 1) == PLANS


def test_another_seed_plans_others() -> None:
    assert plans_of(list(FAMILIES), 18, 2) != PLANS


def test_no_address_and_no_network_is_used_twice() -> None:
    networks = {plan.address.rpartition(".")[0] for plan in PLANS}

    assert len(networks) == len(PLANS)


@pytest.mark.parametrize("family", TOOLS)
def test_a_family_has_every_goal_every_pace_and_both_disguises(family: str) -> None:
    orders = [plan.order for plan in PLANS if plan.order.family == family]

    assert {order.goal for order in orders} == set(FAMILIES[family].goals)
    assert {order.pace for order in orders} == set(PACES)
    assert sum(order.disguised for order in orders) * 2 == len(orders)


def test_people_have_every_errand_and_no_disguise() -> None:
    orders = [plan.order for plan in PLANS if plan.order.family == SHOPPERS]

    assert {order.goal for order in orders} == set(FAMILIES[SHOPPERS].goals)
    assert not any(order.disguised for order in orders)
