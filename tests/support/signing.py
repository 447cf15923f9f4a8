"""A bot that signs its requests (RFC 9421, Web Bot Auth), built without the code that checks them."""

import base64
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from detectors.request import Request
from tests.support.requests import a_request

AUTHORITY = b"shop.example.com"
AGENT = "https://bot.example.org"


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class SigningBot:
    """One key and what it signs; `changes` of `headers` lie over a signature that would be taken."""

    def __init__(self, key: Ed25519PrivateKey | None = None) -> None:
        self.key = key or Ed25519PrivateKey.generate()
        self.x = base64url(self.key.public_key().public_bytes_raw())
        self.id = base64url(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'.encode()).digest())

    @property
    def jwk(self) -> dict[str, object]:
        """The public key as its directory lists it."""
        return {"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": self.x, "use": "sig"}

    def headers(
        self,
        now: float,
        *,
        authority: bytes = AUTHORITY,
        agent: str | None = f'sig1="{AGENT}"',
        covered: str = '"@authority" "signature-agent";key="sig1"',
        contents: Mapping[str, bytes] | None = None,
        lifetime_s: int = 60,
        age_s: int = 0,
        nonce: str = "bm9uY2U=",
        tag: str = "web-bot-auth",
        alg: str = "ed25519",
        key_id: str | None = None,
    ) -> dict[bytes, bytes]:
        """The three fields. `contents` are the values of further covered components."""
        created = int(now) - age_s
        parameters = f"({covered});created={created};expires={created + lifetime_s}"
        parameters += f';keyid="{self.id if key_id is None else key_id}";alg="{alg}";tag="{tag}"'
        if nonce:
            parameters += f';nonce="{nonce}"'
        known = {'"@authority"': authority, '"signature-agent";key="sig1"': f'"{AGENT}"'.encode()}
        known['"signature-agent"'] = (agent or "").encode()
        known |= dict(contents or {})
        lines = [name.encode() + b": " + known[name] for name in covered.split(" ") if name]
        base = b"\n".join([*lines, b'"@signature-params": ' + parameters.encode()])
        signature = base64.b64encode(self.key.sign(base)).decode()
        fields = {
            b"Signature-Input": f"sig1={parameters}".encode(),
            b"Signature": f"sig1=:{signature}:".encode(),
        }
        return fields if agent is None else {b"Signature-Agent": agent.encode(), **fields}


def signed_request(fields: Mapping[bytes, bytes], path: str = "/") -> Request:
    """A page load by a browser that carries `fields`."""
    headers = ((b"Host", AUTHORITY), (b"User-Agent", b"Mozilla/5.0"), *fields.items())
    return a_request(path, headers=headers)
