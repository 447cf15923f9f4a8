"""The uncertainty of a share."""

from math import sqrt


def wilson(hits: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval for `hits` of `trials`, at 95 % by default (E. B. Wilson, JASA 22, 1927)."""
    if not trials:
        return 0.0, 1.0
    share, weight = hits / trials, 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / weight
    half = z / weight * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, middle - half), min(1.0, middle + half)
