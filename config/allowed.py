"""An order lets every request pass: nothing is judged, and the decision says until when."""

from datetime import UTC, datetime

from config.decision import Action, Decision, Mode
from detectors.identity.bot_claim import NO_CLAIM

RULE = "allow-all"
ORDERS = "orders"  # the ruleset of all that operators order while Stile runs


def allowed_by_order(until: float) -> Decision:
    """What happens to every request until then (Unix seconds)."""
    end = datetime.fromtimestamp(until, UTC)
    return Decision(
        action=Action.ALLOW,
        would_action=Action.ALLOW,
        mode=Mode.ALLOW_ALL,
        rule=RULE,
        ruleset=ORDERS,
        category="",
        reason=f"every request is allowed by order until {end:%H:%M} UTC",
        risk=None,
        band=None,
        evidence=(),
        bot=NO_CLAIM,
        fingerprint="",
    )
