"""Fixtures of the admin tests."""

import pytest
import requests

from proxy.events.decision_id import DecisionIds
from tests.support.admin import TOKEN, running_admin
from tests.support.events import a_decision, a_line, a_visit, an_outcome
from tests.support.requests import a_request

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def listener():
    with running_admin() as admin:
        yield admin


@pytest.fixture
def admin(listener):
    """The listener with workers, orders and facts as new."""
    fresh = type(listener)()
    listener.workers.workers[:] = fresh.workers.workers
    listener.orders.__dict__.update(fresh.orders.__dict__)
    listener.eraser.__dict__.update(fresh.eraser.__dict__)
    listener.parent.__dict__.update(fresh.parent.__dict__)
    listener.node = fresh.node
    return listener


@pytest.fixture
def ask(admin):
    """Ask the listener with the token."""
    with requests.Session() as session:
        session.headers.update(BEARER)

        def ask(method: str, path: str, **more):
            return session.request(method, admin.url + path, timeout=10, allow_redirects=False, **more)

        yield ask


@pytest.fixture
def browser(admin):
    """Ask the listener as a browser that has logged in."""
    with requests.Session() as session:

        def ask(method: str, path: str, **more):
            return session.request(method, admin.url + path, timeout=10, allow_redirects=False, **more)

        ask("POST", "/login", data={"token": TOKEN})
        ask.session = session
        yield ask


@pytest.fixture
def remember(admin):
    """Have a worker remember one decision; its id is returned."""
    ids = DecisionIds()

    def remember(
        *, worker: int = 0, address: str = "203.0.113.7", request=None, decision=None, **changes
    ) -> str:
        request = request or a_request("/product/17", address=address)
        decision = decision or a_decision(**changes)
        decision_id = ids.next(request.arrived)
        one = admin.workers.workers[worker]
        line = a_line(decision_id, visit=a_visit(request), decision=decision, privacy=one.privacy)
        one.recent.add(decision_id, line)
        one.counters.count("shop", decision, an_outcome())
        return decision_id

    return remember
