"""A step is one request as navigation: what kind of thing was asked for, and where it lies on the site."""

from enum import IntEnum
from functools import lru_cache
from zlib import crc32

from detectors.path import OWN_PREFIX, normal_path
from detectors.request import Request
from detectors.value import value


class Kind(IntEnum):
    """What sort of resource a request asks for, as far as its method and path tell."""

    PAGE = 0
    ASSET = 1
    IMAGE = 2
    API = 3
    OTHER = 4


PAGE, ASSET, IMAGE, API, OTHER = Kind

KIND_OF_EXTENSION = {
    **dict.fromkeys(("css", "js", "mjs", "map", "woff", "woff2", "ttf", "otf", "eot", "wasm"), ASSET),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp"), IMAGE),
    **dict.fromkeys(("htm", "html", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "do", "cgi"), PAGE),
    "json": API,
    **dict.fromkeys(("xml", "rss", "atom", "txt", "pdf", "zip", "gz", "mp3", "mp4", "webm", "exe"), OTHER),
    **dict.fromkeys(("webmanifest", "iso", "tar", "rpm", "deb", "jar", "doc", "xls", "mov", "avi"), OTHER),
}
ROBOTS = "/robots.txt"
FEEDS = ("/feed", "/feed/", "/rss", "/rss/", "/atom", "/atom/")
API_PREFIXES = ("/api/", "/graphql", "/wp-json/", "/rest/", "/ajax/")
LONGEST_CACHED_PATH = 256  # so that hostile long paths cannot fill the memory through the memo
DEPTH_CAP = 16
DIGITS = "0123456789"
CONNECT = "CONNECT"  # how HTTP/2 opens a WebSocket (RFC 8441)
MOST_DIGITS = 15
Place = tuple[Kind, int, int | None, int]


@value
class Step:
    """One request as navigation; equal for a live request and for its line in an access log.

    `path_hash` has 32 bits and is stable between processes and machines. `number` is the numeric id that
    ends the path (`/product/17`, `/red-shoe-17.html`). `depth` counts path segments, at most 16. The one fact
    that an access log cannot give is Sec-Fetch-Dest or X-Requested-With, which tell a script's call from a
    page.
    """

    kind: Kind
    path_hash: int
    number: int | None
    depth: int
    has_referrer: bool
    has_query: bool
    is_post: bool
    is_head: bool
    is_robots: bool


def step_of(request: Request) -> Step:
    """The step that `request` takes. O(1): the cost does not grow with the request beyond its path."""
    path, fields = request.path, request.fields
    take = _remembered if len(path) <= LONGEST_CACHED_PATH else _step
    by_script = fields.get(b"sec-fetch-dest") == b"empty" or b"x-requested-with" in fields
    upgrade = fields.get(b"upgrade")  # the first request of a WebSocket reads no page (RFC 6455 section 4.1)
    opens_socket = upgrade is not None and upgrade.strip().lower() == b"websocket"
    method = CONNECT if opens_socket else request.method
    return take(path, method, fields.get(b"referer", b"") != b"", request.query != "", by_script)


def referrer_of(request: Request) -> int:
    """The `path_hash` of the path in a request's Referer; 0 where it has none.

    The host plays no part, for an access log does not know its own: a page of another site with the path of
    one that was visited here looks like that.
    """
    referrer = request.fields.get(b"referer", b"")
    if b"?" in referrer:  # events hide queries, so their length must not matter
        referrer = referrer[: referrer.index(b"?")]
    if not 0 < len(referrer) <= LONGEST_CACHED_PATH:
        return 0
    return _path_hash_in(referrer)


def hash_of(path: str) -> int:
    """What `path_hash` is for this path, and `referrer_of` for a referrer with it."""
    # CRC alone is linear: paths that differ in a counter would fill the sketch too evenly (1,420 for 500).
    return crc32(path.encode("utf-8", "surrogateescape")) * 0x9E3779B1 & 0xFFFFFFFF


@lru_cache(maxsize=4096)
def _path_hash_in(referrer: bytes) -> int:
    scheme, separator, rest = referrer.partition(b"://")
    if not separator or not scheme.isalpha():
        return 0
    _, slash, path = rest.partition(b"#")[0].partition(b"?")[0].partition(b"/")
    return hash_of(normal_path(slash + path) if slash else "/")


def _step(path: str, method: str, has_referrer: bool, has_query: bool, by_script: bool) -> Step:
    kind, path_hash, number, depth = _place(path)
    is_own = path.startswith(OWN_PREFIX)  # an answer to a challenge reads no page of the shop
    is_post = method == "POST" and not is_own
    if is_own or (method != "GET" and not is_post):
        kind = OTHER
    if kind is PAGE and by_script:
        kind = API
    is_head, is_robots = method == "HEAD", path == ROBOTS
    return Step(kind, path_hash, number, depth, has_referrer, has_query, is_post, is_head, is_robots)


def _place(path: str) -> Place:
    plain = path.rstrip("/") if path.endswith("/") else path
    stem, dot, extension = plain[plain.rfind("/") + 1 :].rpartition(".")
    kind = KIND_OF_EXTENSION.get(extension.lower()) if dot and plain is path else None
    if not dot or (kind is None and not extension.isalpha()):
        stem = extension
    if kind is None:
        kind = API if path.startswith(API_PREFIXES) else OTHER if path.endswith(FEEDS) else PAGE
    digits = stem[len(stem.rstrip(DIGITS)) :][-MOST_DIGITS:]
    return kind, hash_of(path), int(digits) if digits else None, min(plain.count("/"), DEPTH_CAP)


_remembered = lru_cache(maxsize=4096)(_step)
