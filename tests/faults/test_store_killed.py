"""The store dies under load: no shopper notices, the log says so, and the supervisor starts another."""

import os
import signal
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from proxy.events.schema import event_schema
from tests.support.gateway import Event, Gateway
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.shoppers import Shoppers
from tests.support.upstream import OK, Upstream


def store_process(gateway: Gateway) -> int:
    """The process id of the embedded store."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(one) for one in children if b"store.sock" in Path(f"/proc/{one}/cmdline").read_bytes())


def degraded(event: Event) -> bool:
    return bool(event["stile"]["state"]["degraded"])


def open_site(upstream: Upstream) -> dict[str, Any]:
    """A site that judges and refuses nobody."""
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    return {"sites": [site]}


def test_a_store_that_is_killed_under_load_fails_nobody_and_comes_back(tmp_path: Path) -> None:
    with (
        Upstream((OK,)) as upstream,
        Gateway(tmp_path, upstream.address, open_site(upstream), workers=2) as gateway,
        Shoppers(gateway.port) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 100)
        os.kill(store_process(gateway), signal.SIGKILL)
        assert wait_until(lambda: any(map(degraded, gateway.events())), 10)
        assert wait_until(lambda: not any(map(degraded, gateway.events()[-20:])), 10)
        shoppers.go_home()
        visits = shoppers.visits
        events = gateway.events_within(len(visits))

        assert shoppers.failed() == []
        assert {event["event"]["id"] for event in events} == {visit.decision_id for visit in visits}
        assert len(events) == len(visits)


def test_every_event_line_of_a_mixed_day_is_valid(tmp_path: Path) -> None:
    validator = Draft202012Validator(event_schema(strict=True))
    with (
        Upstream((OK,)) as upstream,
        Gateway(tmp_path, upstream.address, open_site(upstream)) as gateway,
        Shoppers(gateway.port, count=2) as shoppers,
    ):
        assert shoppers.wait_for(lambda some: len(some.visits) > 50)
        for request in HOSTILE:
            with Line(gateway.port) as line:
                line.send(request)
                line.answer()
        shoppers.go_home()
        events = gateway.events_within(len(shoppers.visits) + len(HOSTILE))

        assert [error.message for event in events for error in validator.iter_errors(event)] == []
        assert len(events) == len(shoppers.visits) + len(HOSTILE)


HOSTILE = (
    b"GET / HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: \xff\xfe\x80<script>\r\n\r\n",
    b"GET /a%00b?q=%ff;rm%20-rf HTTP/1.1\r\nHost: shop.test\r\nReferer: http://\xf0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"BREW /pot HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    b"POST /.stile/answer HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /.stile/nothing HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: shop.test\r\n\r\n",
)
