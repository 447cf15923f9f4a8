"""Who is in the shop and what they carry: kept in memory, bounded, forgotten oldest first."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from deploy.demo.catalogue import Product

MAX_VISITORS = 10_000
MAX_PIECES = 20  # of one product; more is a hoarder, not a shopper
MAX_LINES = 50


@dataclass(slots=True)
class Visitor:
    """One browser. `basket` maps product numbers to pieces; `email` is empty until a login."""

    key: str = ""
    email: str = ""
    basket: dict[int, int] = field(default_factory=dict)

    @property
    def pieces(self) -> int:
        """How many things are in the basket."""
        return sum(self.basket.values())

    def put(self, product: Product, pieces: int) -> None:
        """Add pieces of a product, up to what one shopper may take."""
        if product.number not in self.basket and len(self.basket) >= MAX_LINES:
            return
        self.basket[product.number] = min(MAX_PIECES, self.basket.get(product.number, 0) + max(1, pieces))


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the cart."""

    product: Product
    pieces: int

    @property
    def cents(self) -> int:
        """Price of the whole row."""
        return self.product.price_cents * self.pieces


class Visitors:
    """Everybody who holds a session cookie of ours."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Visitor] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, key: str) -> Visitor:
        """The visitor of that cookie, or an empty-handed stranger."""
        visitor = self._known.get(key)
        if visitor is None:
            return Visitor()
        self._known.move_to_end(key)
        return visitor

    def remember(self, visitor: Visitor) -> None:
        """Give a stranger a key and keep the visitor; the longest unseen one makes room."""
        if not visitor.key:
            visitor.key = secrets.token_urlsafe(18)
        self._known[visitor.key] = visitor
        if len(self._known) > MAX_VISITORS:
            self._known.popitem(last=False)
