"""An attempt to log in is a POST to the route of that name; what the storefront answers tells how it went."""

from detectors.request import Request

ROUTE = "login"
REFUSED = frozenset((401, 403, 422))


def is_login(request: Request) -> bool:
    """True for an attempt to log in."""
    return request.route == ROUTE and request.method == "POST"


def is_refused(request: Request, status: int) -> bool:
    """True for an attempt that the storefront refused."""
    return status in REFUSED and is_login(request)
