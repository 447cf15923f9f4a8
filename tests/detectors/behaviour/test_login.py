"""An attempt to log in is told by route and method, its end by the storefront's answer."""

import pytest

from detectors.behaviour.login import is_login, is_refused
from tests.support.requests import a_request

ATTEMPTS = {
    "a form sent to the login route": (a_request(method="POST", route="login"), True),
    "the form itself": (a_request(method="GET", route="login"), False),
    "a form sent elsewhere": (a_request(method="POST", route="cart"), False),
    "a route that only begins so": (a_request(method="POST", route="login-help"), False),
    "a path without a route": (a_request("/login", method="POST"), False),
}
ANSWERS = {200: False, 302: False, 401: True, 403: True, 404: False, 422: True, 429: False, 500: False}


@pytest.mark.parametrize(("request_", "attempt"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempt_is_a_post_to_the_login_route(request_: object, attempt: bool) -> None:
    assert is_login(request_) is attempt  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "refused"), ANSWERS.items(), ids=map(str, ANSWERS))
def test_the_status_tells_whether_it_was_refused(status: int, refused: bool) -> None:
    assert is_refused(a_request(method="POST", route="login"), status) is refused


def test_a_refusal_of_anything_else_is_no_failed_login() -> None:
    assert not is_refused(a_request(method="GET", route="login"), 401)
