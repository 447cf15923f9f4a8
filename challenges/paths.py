"""The addresses below Stile's own prefix that challenges use."""

from urllib.parse import parse_qs

from detectors.path import OWN_PREFIX

ANSWER = OWN_PREFIX + "answer"  # answers are posted here
PASS = OWN_PREFIX + "pass"  # who comes here answers by coming
CLEARANCE = OWN_PREFIX + "clearance"  # says whether a clearance is held
CHALLENGE = OWN_PREFIX + "challenge"  # a challenge on a page of its own
STYLE = OWN_PREFIX + "seen.css"  # what a page shows: fetching it leaves a mark
IMAGE = OWN_PREFIX + "seen.gif"


def pass_address(sealed: str) -> str:
    """Where a ticket without script is answered; the ticket is base64url, so nothing needs escaping."""
    return f"{PASS}?ticket={sealed}"


def ticket_in(query: str) -> str:
    """The ticket in the query of such an address, or nothing. Raises ValueError for a flood of fields."""
    return parse_qs(query, max_num_fields=4).get("ticket", [""])[0]
