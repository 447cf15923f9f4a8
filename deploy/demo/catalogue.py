"""The whole range of goods, grown from one seed: every run of the shop sells exactly the same things."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SEED = 1897
PER_CATEGORY = 250
FIRST_NUMBER = 1000
PAGE_SIZE = 24


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the shop. `nouns` are what its products are called, cheapest first."""

    slug: str
    title: str
    blurb: str
    nouns: tuple[str, ...]
    materials: tuple[str, ...]
    lowest_cents: int
    highest_cents: int
    sizes_mm: tuple[int, int]
    weights_g: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Colour:
    """A finish, with the colour it has in pictures."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale. `rating` is in tenths of a star; prices are in cents."""

    number: int
    name: str
    category: Category
    colour: Colour
    material: str
    price_cents: int
    stock: int
    rating: int
    reviews: int
    width_mm: int
    height_mm: int
    weight_g: int

    @property
    def price(self) -> str:
        """The price as shoppers read it."""
        return f"€{self.price_cents / 100:,.2f}"

    @property
    def description(self) -> str:
        """Two sentences, the same each time."""
        use = USES[self.number % len(USES)]
        care = CARE[self.number * 7 % len(CARE)]
        return f"{self.material.capitalize()} in {self.colour.name.lower()}, {use}. {care}"


CATEGORIES = (
    Category("lamps", "Lamps", "Warm light for desks, bedsides and long evenings.",
             ("Clip Lamp", "Desk Lamp", "Reading Lamp", "Table Lamp", "Floor Lamp"),
             ("powder-coated steel", "turned ash", "spun aluminium"), 2900, 24900, (160, 900), (400, 5200)),
    Category("mugs", "Mugs & cups", "Thrown, glazed and fired to be used every day.",
             ("Espresso Cup", "Mug", "Tall Mug", "Breakfast Cup"),
             ("stoneware", "porcelain", "enamelled steel"), 900, 3900, (60, 130), (120, 480)),
    Category("chairs", "Chairs", "Seats that get better with the years.",
             ("Stool", "Folding Chair", "Dining Chair", "Armchair"),
             ("solid oak", "bent beech", "tubular steel"), 5900, 69900, (420, 960), (2800, 14000)),
    Category("backpacks", "Backpacks", "For the commute, the weekend and the long way round.",
             ("Day Pack", "Roll-top Pack", "Commuter Pack", "Trail Pack"),
             ("waxed canvas", "recycled nylon", "cotton duck"), 4900, 21900, (260, 620), (600, 1900)),
    Category("notebooks", "Notebooks", "Paper that takes ink without complaint.",
             ("Pocket Notebook", "Notebook", "Sketchbook", "Ledger"),
             ("thread-bound paper", "linen-covered board", "recycled card"), 600, 3400, (90, 300), (90, 820)),
    Category("planters", "Planters", "Homes for ferns, figs and forgotten succulents.",
             ("Pot", "Planter", "Window Box", "Standing Planter"),
             ("terracotta", "glazed clay", "fibre cement"), 1200, 14900, (110, 800), (300, 11000)),
    Category("throws", "Throws", "Wool and cotton against draughty corners.",
             ("Lap Blanket", "Throw", "Bedspread"),
             ("lambswool", "brushed cotton", "merino wool"), 3900, 22900, (900, 2200), (700, 2900)),
    Category("kettles", "Kettles", "From the first cup to the last.",
             ("Travel Kettle", "Stove Kettle", "Gooseneck Kettle"),
             ("brushed steel", "enamelled steel", "copper"), 3400, 18900, (150, 300), (500, 1600)),
    Category("clocks", "Clocks", "Quiet movements, plain faces.",
             ("Alarm Clock", "Mantel Clock", "Wall Clock"),
             ("anodised aluminium", "walnut", "moulded birch"), 2400, 17900, (80, 400), (150, 2100)),
    Category("vases", "Vases", "For one stem or a whole hedge.",
             ("Bud Vase", "Vase", "Tall Vase"),
             ("mouth-blown glass", "stoneware", "smoked glass"), 1600, 12900, (70, 480), (180, 3400)),
    Category("cushions", "Cushions", "Feather and wool, in covers that come off.",
             ("Seat Pad", "Cushion", "Floor Cushion", "Bolster"),
             ("washed linen", "corduroy", "boiled wool"), 1900, 11900, (350, 900), (300, 2400)),
    Category("tents", "Tents", "Shelter that packs small and stands firm.",
             ("Tarp", "Bivouac Tent", "Ridge Tent", "Dome Tent"),
             ("ripstop nylon", "cotton canvas", "recycled polyester"),
             7900, 59900, (1100, 3200), (900, 6800)),
)  # fmt: skip
CATEGORY_BY_SLUG = {category.slug: category for category in CATEGORIES}

COLOURS = (
    Colour("Moss", "#6b7f4e"), Colour("Slate", "#5c6b7a"), Colour("Clay", "#b5654a"),
    Colour("Ochre", "#c9973f"),
    Colour("Chalk", "#c9c4b8"), Colour("Ink", "#2f3a56"),
    Colour("Rust", "#994d2e"), Colour("Sea", "#3f7f86"),
    Colour("Plum", "#6d4460"), Colour("Fern", "#4a7a5a"),
    Colour("Sand", "#c2a679"), Colour("Charcoal", "#4a4a4d"),
)  # fmt: skip
SERIES = (
    "Alder", "Bramble", "Cairn", "Dunlin", "Eddy", "Farrow", "Gorse", "Heron", "Inlet", "Juniper", "Kestrel",
    "Linnet",
    "Marsh", "Nettle", "Orchard", "Pebble", "Quarry", "Rowan", "Sorrel", "Tarn", "Upland", "Vetch", "Wren",
    "Yarrow",
)  # fmt: skip
USES = (
    "made in small runs and finished by hand",
    "made for daily use and easy to repair",
    "a quiet piece that goes with what you already own",
    "built to be handed on",
    "light enough to carry, sturdy enough to keep",
    "drawn by our own workshop and tested in it for a year",
)
CARE = (
    "Wipe with a damp cloth; spare parts are kept for ten years.",
    "Each one differs a little from the next.",
    "Comes in a plain box that folds flat for reuse.",
    "Two-year guarantee, and a repair service after that.",
    "Packed without plastic.",
)


class Catalogue:
    """All products, by number, by shelf and by word."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self._by_number = {product.number: product for product in products}
        self._words = {p.number: f"{p.name} {p.material} {p.category.title}".lower() for p in products}
        self._shelves = {c.slug: tuple(p for p in products if p.category is c) for c in CATEGORIES}

    def product(self, number: int) -> Product | None:
        """The product of that number, if there is one."""
        return self._by_number.get(number)

    def shelf(self, slug: str, order: str = "") -> Sequence[Product]:
        """All products of a category, in house order or by `price` or `rating`."""
        return ordered(self._shelves.get(slug, ()), order)

    def search(self, query: str, order: str = "") -> Sequence[Product]:
        """Products that hold every word of the query; none for an empty one."""
        words = query.lower().split()[:8]
        if not words:
            return ()
        found = [p for p in self.products if all(word in self._words[p.number] for word in words)]
        return ordered(found, order)

    def related(self, product: Product) -> Sequence[Product]:
        """Four neighbours on the same shelf."""
        shelf = self._shelves[product.category.slug]
        place = shelf.index(product)
        return [shelf[(place + step) % len(shelf)] for step in (1, 5, 11, 17)]


def ordered(products: Sequence[Product], order: str) -> Sequence[Product]:
    """The same products, sorted as the shopper asked."""
    if order == "price":
        return sorted(products, key=lambda p: p.price_cents)
    if order == "rating":
        return sorted(products, key=lambda p: -p.rating)
    return products


def grow(seed: int = SEED) -> Catalogue:
    """Make the catalogue: PER_CATEGORY products on each shelf, numbers dealt out across shelves."""
    chance = Random(seed)
    numbers = list(range(FIRST_NUMBER, FIRST_NUMBER + PER_CATEGORY * len(CATEGORIES)))
    chance.shuffle(numbers)
    dealt = iter(numbers)
    products = [a_product(next(dealt), c, chance) for c in CATEGORIES for _ in range(PER_CATEGORY)]
    return Catalogue(products)


def a_product(number: int, category: Category, chance: Random) -> Product:
    """One product, whose price follows from what it is."""
    rank = chance.randrange(len(category.nouns))
    colour = chance.choice(COLOURS)
    span = category.highest_cents - category.lowest_cents
    share = (rank + chance.random()) / len(category.nouns)
    price = category.lowest_cents + int(span * share) // 100 * 100
    return Product(
        number=number,
        name=f"{chance.choice(SERIES)} {category.nouns[rank]}, {colour.name}",
        category=category,
        colour=colour,
        material=chance.choice(category.materials),
        price_cents=price,
        stock=chance.choice((0, 2, 5, 9, 14, 23, 40, 64)),
        rating=chance.randint(36, 50),
        reviews=chance.randint(3, 240),
        width_mm=chance.randrange(*category.sizes_mm, 5),
        height_mm=chance.randrange(*category.sizes_mm, 5),
        weight_g=chance.randrange(*category.weights_g, 10),
    )
