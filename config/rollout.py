"""A rule that acts for a part of its clients takes the same ones every time, and more as its share grows."""

from hashlib import blake2b

from detectors.identity.prefix import subscriber_of


def takes_part(rule: str, address: str, percent: float) -> bool:
    """Whether the client at `address` is among the `percent` for whom the rule of this name acts.

    Each rule has a part of its own, so that it is not the same people who meet every new rule first. It needs
    no key: who finds out their place can change it only by changing their address.
    """
    text = f"{rule} {subscriber_of(address)}".encode("utf-8", "surrogateescape")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") < percent / 100.0 * (1 << 64)
