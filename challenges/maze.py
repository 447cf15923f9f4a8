"""An endless catalogue of nothing: every page follows from a key and its address, and nothing is stored.

A link of the maze carries a code over itself, so that any worker of any node tells one from every other
address, and nobody comes into the maze but by its links.
"""

from collections.abc import Iterator
from hashlib import blake2s, shake_256
from hmac import compare_digest

from detectors.value import value

PERIOD_S = 30 * 86_400.0  # a page reads the same for so long
CODE_BYTES = 8
LEAST_LINKS, MOST_LINKS = 8, 12
PARAGRAPHS, SENTENCES = 3, 4


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_FOLDERS = _words(
    "archive, atelier, bazaar, collection, depot, gallery, lookbook, pantry, range, shelf, studio, workshop"
)
_QUALITIES = _words(
    "balanced, broad, bright, calm, careful, compact, curved, deep, durable, dusky, faded, fine, firm, "
    "folded, gentle, glazed, handy, heavy, hollow, knotted, layered, light, little, long, lucid, mild, "
    "narrow, patient, plain, polished, quiet, round, rugged, simple, slender, smooth, soft, solid, "
    "spare, steady, striped, tall, thick, tidy, twofold, warm, woven"
)
_MATERIALS = _words(
    "bamboo, beech, birch, brass, canvas, cedar, clay, copper, cork, cotton, felt, flax, glass, hemp, "
    "jute, leather, linen, maple, marble, paper, pewter, pine, rattan, slate, steel, stone, tin, "
    "velvet, walnut, willow, wool"
)
_THINGS = _words(
    "basket, bench, blanket, bottle, bowl, box, bracket, brush, bucket, button, cabinet, candle, chair, "
    "chest, clock, cover, cup, curtain, cushion, desk, drawer, easel, frame, garland, hammock, handle, "
    "hook, jar, kettle, ladder, lamp, lantern, latch, mirror, mug, napkin, parasol, pillow, pitcher, "
    "plate, pocket, pouch, rack, ribbon, rug, saddle, shelf, spoon, stool, table, teapot, tray, trunk, "
    "tumbler, vase, wagon, wreath"
)
_DEEDS = _words(
    "belongs beside, carries, comes before, complements, follows, frames, gathers, goes with, holds, "
    "keeps, leans on, lifts, looks past, matches, meets, mirrors, protects, recalls, rests on, "
    "shelters, softens, steadies, suits, surrounds"
)
_SHAPES = (
    "The {} {} {} a {} {}.",
    "Every {} {} {} the {} {}.",
    "In the evening the {} {} {} another {} {}.",
    "Now and then a {} {} {} some {} {}.",
)


_PRODUCT = (_QUALITIES, _QUALITIES, _MATERIALS, _THINGS)
_CLAUSE = (_QUALITIES, _THINGS, _DEEDS, _QUALITIES, _THINGS)
DICE = len(_PRODUCT) * (1 + MOST_LINKS) + PARAGRAPHS * SENTENCES * (1 + len(_CLAUSE)) + 1


@value
class Page:
    """One page of the maze: its title and its body in HTML."""

    title: str
    body: str


class Maze:
    """Makes pages of every site from one secret of at least 16 bytes."""

    __slots__ = ("_folders", "_key")

    def __init__(self, secret: bytes) -> None:
        self._key = blake2s(secret, person=b"maze").digest()
        self._folders: dict[str, str] = {}

    def holds(self, site: str, path: str) -> bool:
        """True where `path` is a link that the maze of this site has made."""
        folder = self._folders.get(site) or self._folder(site)
        if not path.startswith(folder):
            return False
        name, _, code = path[len(folder) :].rpartition("-")
        return compare_digest(code.encode("utf-8", "surrogateescape"), self._code(site, name).encode("ascii"))

    def page(self, site: str, path: str, now: float) -> Page:
        """The page at any address of the site; the same for PERIOD_S, and for every node with this secret."""
        text = f"page\n{int(now / PERIOD_S)}\n{site}\n{path}".encode("utf-8", "surrogateescape")
        dice = iter(shake_256(blake2s(text, key=self._key).digest()).digest(DICE))
        title = _name(dice).capitalize()
        paragraphs = [" ".join([_sentence(dice) for _ in range(SENTENCES)]) for _ in range(PARAGRAPHS)]
        count = LEAST_LINKS + next(dice) % (MOST_LINKS - LEAST_LINKS + 1)
        links = [self._link(site, _name(dice)) for _ in range(count)]
        return Page(title, f"<p>{'</p><p>'.join(paragraphs)}</p><ul>{''.join(links)}</ul>")

    def _link(self, site: str, words: str) -> str:
        name = words.replace(" ", "-")
        address = f"{self._folder(site)}{name}-{self._code(site, name)}"
        return f'<li><a href="{address}" rel="nofollow">{words}</a></li>'

    def _folder(self, site: str) -> str:
        folder = self._folders.get(site)
        if folder is None:
            digest = self._digest("folder", site, "")
            folder = f"/{_FOLDERS[digest[0] % len(_FOLDERS)]}-{digest[1:3].hex()}/"
            self._folders[site] = folder
        return folder

    def _code(self, site: str, name: str) -> str:
        return self._digest("link", site, name).hex()

    def _digest(self, purpose: str, site: str, name: str) -> bytes:
        text = f"{purpose}\n{site}\n{name}".encode("utf-8", "surrogateescape")
        return blake2s(text, key=self._key, digest_size=CODE_BYTES).digest()


def _name(dice: Iterator[int]) -> str:
    """Four words that could be a product."""
    return " ".join([words[next(dice) % len(words)] for words in _PRODUCT])


def _sentence(dice: Iterator[int]) -> str:
    shape = _SHAPES[next(dice) % len(_SHAPES)]
    return shape.format(*[words[next(dice) % len(words)] for words in _CLAUSE])
