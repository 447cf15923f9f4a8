"""Web Bot Auth: a signed request is its signer's, where the signer is known and all that must be said is.

draft-ietf-webbotauth-httpsig-protocol on top of RFC 9421.
"""

from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_sf.types import Token

from detectors.identity.operators import SignedAgent
from detectors.request import Request
from detectors.value import value
from proxy.verify.message_signature import (
    BadSignatureError,
    Signature,
    base_of,
    check,
    dictionary_of,
    field_of,
    parsed,
    signatures_of,
)

TAG = "web-bot-auth"
LONGEST_S = 86_400  # the draft recommends no more than 24 hours
SKEW_S = 60  # clocks differ
MAX_NONCES = 50_000
MAX_NONCE_CHARS = 256
DIRECTORY = "directory"


@value
class SigningKey:
    """A key of a directory that was fetched over TLS, valid from `not_before` to `expires`, Unix seconds."""

    key: Ed25519PublicKey
    not_before: float
    expires: float


# By the host of the directory and the key's id, never by the id alone: a host vouches for its own keys only.
Keys = Mapping[tuple[str, str], SigningKey]


class Nonces:
    """What was said to be used once, and was. Only valid signatures are remembered, so nobody can fill it."""

    def __init__(self) -> None:
        self._spent: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def spend(self, host: str, key_id: str, nonce: str, until: float, now: float) -> bool:
        """True for the first who spends it."""
        mark = (host, key_id, nonce)
        if self._spent.get(mark, 0.0) > now:
            return False
        self._spent[mark] = until
        self._spent.move_to_end(mark)
        if len(self._spent) > MAX_NONCES:
            self._spent.popitem(last=False)
        return True


class WebBotAuth:
    """`agents` are the hosts that may sign and whom they speak for; `keys` are those of their directories."""

    def __init__(self, agents: Mapping[str, SignedAgent], keys: Keys, nonces: Nonces | None = None) -> None:
        self.agents = agents
        self.keys = keys
        self.nonces = nonces or Nonces()

    def signer_of(self, request: Request, authority: bytes, now: float) -> SignedAgent:
        """Who signed the request. Raises BadSignatureError where nobody whom we know did, or not validly.

        `authority` is the host of the request as it was sent, port included.
        """
        ours = [each for each in signatures_of(request) if each.parameters.get("tag") == TAG]
        if not ours:
            raise BadSignatureError("none with our tag")
        last: BadSignatureError | None = None
        for signature in ours:
            try:
                return self._signer(signature, request, authority, now)
            except BadSignatureError as fault:
                last = fault
        raise last or BadSignatureError("none with our tag")

    def _signer(self, signature: Signature, request: Request, authority: bytes, now: float) -> SignedAgent:
        _check_times(signature, now)
        if not (signature.covers("@authority") or signature.covers("@target-uri")):
            raise BadSignatureError("covers neither @authority nor @target-uri")
        host, key_id = agent_host(signature, request), signature.text("keyid")
        agent = self.agents.get(host)
        if agent is None:
            raise BadSignatureError("unknown signer")
        key = self.keys.get((host, key_id))
        if key is None:
            raise BadSignatureError("unknown key")
        if not key.not_before <= now + SKEW_S or now >= key.expires:
            raise BadSignatureError("the key is not valid now")
        check(signature, key.key, base_of(signature, request, authority))
        self._spend(signature, host, key_id, now)
        return agent

    def _spend(self, signature: Signature, host: str, key_id: str, now: float) -> None:
        """Last, after everything else held: a forged request must not use up somebody's nonce."""
        if "nonce" not in signature.parameters:
            return  # the draft requires none
        nonce = signature.text("nonce")
        if not nonce or len(nonce) > MAX_NONCE_CHARS:
            raise BadSignatureError("the nonce is empty or too long")
        if not self.nonces.spend(host, key_id, nonce, signature.seconds("expires") + SKEW_S, now):
            raise BadSignatureError("replayed")


def agent_host(signature: Signature, request: Request) -> str:
    """The host whose directory the signature names. Raises BadSignatureError.

    Signature-Agent is a dictionary, of which the covered member counts, or, in older drafts, one string.
    """
    whole = field_of(request, "signature-agent")
    if whole is None:
        raise BadSignatureError("no signature-agent")
    members = [dict(about) for name, about in signature.covered if name == "signature-agent"]
    if not members:
        raise BadSignatureError("signature-agent is not covered")
    if whole.startswith(b'"'):
        content, about = parsed(whole, "signature-agent", "item")
    else:
        content, about = _member(members, signature, request)
    if (
        not isinstance(content, str)
        or isinstance(content, Token)
        or str(about.get("type", DIRECTORY)) != DIRECTORY
    ):
        raise BadSignatureError("signature-agent is of a kind that we do not take")
    return origin_host(content)


def _member(
    members: list[dict[str, object]], signature: Signature, request: Request
) -> tuple[object, dict[str, object]]:
    known = dictionary_of(request, "signature-agent")
    keys = [str(about["key"]) for about in members if "key" in about]
    own = signature.label if signature.label in keys or not keys else keys[0]
    found = known.get(own) or (next(iter(known.values())) if not keys and len(known) == 1 else None)
    if found is None:
        raise BadSignatureError("signature-agent has no such member")
    content, about = found
    return content, about


def origin_host(url: str) -> str:
    """The host of an https origin, in lower case. Raises BadSignatureError for any other text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadSignatureError("signature-agent is no https origin") from None
    plain = parts.scheme == "https" and parts.hostname and parts.path in {"", "/"} and "@" not in parts.netloc
    if not plain or parts.query or parts.fragment or port not in {None, 443}:
        raise BadSignatureError("signature-agent is no https origin")
    return str(parts.hostname).lower()


def _check_times(signature: Signature, now: float) -> None:
    created, expires = signature.seconds("created"), signature.seconds("expires")
    if expires <= created or expires - created > LONGEST_S:
        raise BadSignatureError("holds for too long")
    if created > now + SKEW_S:
        raise BadSignatureError("from the future")
    if expires <= now - SKEW_S:
        raise BadSignatureError("expired")
