"""Patience is proven by time: the form counts only when the wait is over."""


def seconds_left(issued: float, wait_s: float, now: float) -> float:
    """How long the sender still has to wait; 0 where the wait is over. A clock set back counts as no wait."""
    return max(0.0, min(wait_s, issued + wait_s - now))
