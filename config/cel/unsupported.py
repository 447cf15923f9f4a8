"""Part of CEL has no place in rules; where such a part stands is told by its node."""


class Unsupported(Exception):
    """This part of CEL has no place in rules."""

    def __init__(self, node: int, message: str) -> None:
        super().__init__(message)
        self.node = node
