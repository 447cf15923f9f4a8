"""A storefront that dies takes nobody along, and is welcome back within two seconds."""

import time
from pathlib import Path

from tests.support.gateway import Gateway
from tests.support.shoppers import Shoppers
from tests.support.upstream import OK, Do, Upstream

OUTAGE_S = 1.5
RECOVERY_S = 2.0
MONITOR = {"policy": {"import": [], "rules": []}}


def behind(upstreams: list[str]) -> dict[str, object]:
    """A site that allows everything, in front of these storefronts."""
    sites = [
        {"name": "shop", "hosts": ["*"], "upstreams": upstreams, "mode": "monitor", "session_cookie": False}
    ]
    return {**MONITOR, "sites": sites}


def test_a_storefront_killed_and_revived_under_load_costs_only_the_time_that_it_was_down(
    tmp_path: Path,
) -> None:
    with (
        Upstream() as upstream,
        Gateway(tmp_path, upstream.address, behind([upstream.address])) as gateway,
        Shoppers(gateway.port) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 20)
        killed = time.monotonic()
        upstream.stop()
        time.sleep(OUTAGE_S)
        revived = time.monotonic()
        upstream.start()
        time.sleep(RECOVERY_S + 0.5)
        shoppers.go_home()

        failed = shoppers.failed()
        assert {visit.status for visit in failed} <= {502, 503, 504}, [one.trouble for one in failed]
        assert all(visit.decision_id for visit in failed)
        assert all(visit.began >= killed - 1 for visit in failed)
        assert [visit for visit in failed if visit.began > revived + RECOVERY_S] == []
        assert max(visit.took for visit in shoppers.visits) < 5
        assert len(shoppers.since(revived + RECOVERY_S)) > 10


def test_another_storefront_takes_over(tmp_path: Path) -> None:
    with (
        Upstream() as first,
        Upstream() as second,
        Gateway(tmp_path, first.address, behind([first.address, second.address])) as gateway,
        Shoppers(gateway.port) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 40)
        assert first.seen
        assert second.seen
        first.stop()
        moment = time.monotonic()
        assert shoppers.wait_for(lambda some: len(some.since(moment + 0.2)) > 50)
        shoppers.go_home()

        assert [visit for visit in shoppers.failed() if visit.began > moment + 0.2] == []


def test_a_kept_connection_that_died_is_replaced_for_a_request_that_may_be_repeated(tmp_path: Path) -> None:
    with (
        Upstream() as upstream,
        Gateway(tmp_path, upstream.address, behind([upstream.address])) as gateway,
        Shoppers(gateway.port, count=1) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 3)
        upstream.once = [(Do.RESET,)]
        assert shoppers.wait_for(lambda some: not upstream.once and len(some.visits) > 10)
        shoppers.go_home()

        assert shoppers.failed() == []


def test_an_order_is_never_sent_twice(tmp_path: Path) -> None:
    from tests.support.raw import Line

    order = b"POST /order HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\n\r\nok"
    with (
        Upstream() as upstream,
        Gateway(tmp_path, upstream.address, behind([upstream.address])) as gateway,
        Line(gateway.port) as line,
    ):
        upstream.once = [(OK,), (Do.RESET,)]
        line.send(order)
        first = line.answer()
        line.send(order)
        second = line.answer()

        assert first is not None
        assert second is not None
        assert (first.status, second.status, len(upstream.seen)) == (200, 502, 2)
