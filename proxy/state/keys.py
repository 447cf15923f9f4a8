"""One identity, one key: a client has the same name in every worker, on every node and in the store.

Inside a worker a key is readable text: the site, a slash, what kind of identity, and which. In the store it
is a keyed hash, so that whoever reads the store learns no address and no account.
"""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from detectors.identity.prefix import SUBSCRIBER_PREFIX, subscriber_of
from proxy.state.slots import SLOTS, slot_of

TAGS = 64  # hash tags: enough for the shards of any cluster, few enough that a batch shares one
NAME_BYTES = 12

SESSION, VISITOR, SUBNET, ASN, FINGERPRINT, TLS, ACCOUNT = "s=", "v=", "n=", "a=", "f=", "t=", "u="
IDENTITY_OF = {
    SESSION: "session",
    VISITOR: "session",
    SUBNET: "subnet",
    ASN: "asn",
    FINGERPRINT: "fingerprint",
    TLS: "tls",
    ACCOUNT: "account",
}


def ip_key(address: str, site: str = "") -> str:
    """The client key of an address: the IPv4 address itself, or the /64 that holds an IPv6 address.

    With `site`, the same address is another client on every site. Text that is no address is its own key.
    """
    key = subscriber_of(address)
    return f"{site}/{key}" if site else key


def key_of(site: str, mark: str, name: str) -> str:
    """The key of anything but an address: `mark` is one of the marks above."""
    return f"{site}/{mark}{name}"


def identity_of(key: str) -> tuple[str, str]:
    """The site of a client key, and what kind of identity it is, as rules name it."""
    site, _, rest = key.partition("/")
    return site, IDENTITY_OF.get(rest[:2], "ip")


def subject_of(key: str) -> str:
    """Whom a client key is about on any site: an address as `ip_key` calls it, else the mark and the name.

    A visitor without a cookie is about its address.
    """
    subject = key.partition("/")[2]
    return subject[len(VISITOR) :].partition("~")[0] if subject.startswith(VISITOR) else subject


def order_key(text: str) -> str:
    """The form in which orders about an IP, a CIDR or a session are kept: equal orders have equal keys.

    Host bits of a CIDR are cleared; a CIDR that is one client (IPv4 /32, IPv6 /64 and longer) is its key.
    """
    try:
        if "/" not in text:
            return ip_key(str(ip_address(text)))
        network = ip_network(text, strict=False)
    except ValueError:
        return text
    longest = 32 if network.version == 4 else SUBSCRIBER_PREFIX
    return ip_key(str(network.network_address)) if network.prefixlen >= longest else str(network)


class Names:
    """How clients are called in the store: `prefix`, a hash tag in braces, 16 characters of keyed hash.

    The hash is BLAKE2b (RFC 7693) under a key made of `secret` and, where names rotate, of the period: names
    of two periods cannot be linked without the secret. A visitor without a cookie (`v=address~agent`) is
    called by the hash of address and a shorter one of the agent, so that all of an address can be found.
    """

    __slots__ = ("_key", "_period", "_prefix", "_rotation_s", "_secret")

    def __init__(self, prefix: str, secret: bytes = b"", rotation_s: float | None = None) -> None:
        self._prefix = prefix.encode()
        self._secret = secret[:64]
        self._rotation_s = rotation_s
        self._period = -1
        self._key = self._key_of(0)

    def turn(self, now: float) -> None:
        """Call clients by the names of this time, in Unix seconds."""
        if self._rotation_s is not None and (period := int(now / self._rotation_s)) != self._period:
            self._period = period
            self._key = self._key_of(period)

    def of(self, key: str) -> bytes:
        """The name of a client in the store."""
        who, _, agent = key.partition("~")
        text = who.encode("utf-8", "surrogateescape")
        hashed = blake2b(text, digest_size=NAME_BYTES, key=self._key).digest()
        name = b"%b{%b}%b" % (self._prefix, TAG_TEXTS[hashed[0] % TAGS], urlsafe_b64encode(hashed))
        return name + agent.encode("utf-8", "surrogateescape") if agent else name

    def tag_of(self, name: bytes) -> int:
        """The index of a name's hash tag."""
        start = len(self._prefix) + 1
        return TAG_INDEX[name[start : name.index(b"}", start)]]

    def tagged(self, tag: int, name: str) -> bytes:
        """A key of our own that shares a tag with clients."""
        return b"%b{%b}%b" % (self._prefix, TAG_TEXTS[tag], name.encode())

    def _key_of(self, period: int) -> bytes:
        return blake2b(b"stile names %d" % period, digest_size=32, key=self._secret).digest()


def _even_tags() -> tuple[bytes, ...]:
    """Short texts whose slots lie one in each of `TAGS` equal parts, so that any cluster is filled evenly."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < TAGS:
        text = b"%x" % number
        found.setdefault(slot_of(text) * TAGS // SLOTS, text)
        number += 1
    return tuple(found[part] for part in range(TAGS))


TAG_TEXTS = _even_tags()
TAG_INDEX = {text: index for index, text in enumerate(TAG_TEXTS)}
