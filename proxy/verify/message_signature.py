"""HTTP Message Signatures (RFC 9421): which were sent, what exactly they cover, and whether one is valid."""

from collections.abc import Callable, Mapping
from typing import Any

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_sf.types import Token

from detectors.request import Request
from detectors.value import value

MAX_FIELD_BYTES = 4096  # a signature of ten components takes 400
MAX_LABELS = 4
MAX_COMPONENTS = 20
ED25519 = "ed25519"  # RFC 9421 section 3.3.6; HMAC (3.3.3) proves nothing where keys are public
SIGNATURE_BYTES = 64
DEFAULT_PORTS = {"https": b":443", "http": b":80"}


class BadSignatureError(Exception):
    """The signature is not taken, and why, in a few words that name no client."""


@value
class Signature:
    """One labelled signature. `covered` are component identifiers with their parameters.

    `parameters` holds created, expires, keyid, nonce, alg and tag; `line` is how all of it stands in the
    signature base (section 2.5).
    """

    label: str
    covered: tuple[tuple[str, tuple[tuple[str, object], ...]], ...]
    parameters: Mapping[str, object]
    line: str
    bytes: bytes

    def covers(self, component: str) -> bool:
        """True where the component is covered, whatever its parameters."""
        return any(name == component for name, _ in self.covered)

    def text(self, name: str) -> str:
        """A parameter that is a string; empty where it is absent. Raises BadSignatureError otherwise."""
        found = self.parameters.get(name, "")
        if not isinstance(found, str) or isinstance(found, Token):
            raise BadSignatureError(f"{name} is no string")
        return found

    def seconds(self, name: str) -> int:
        """A parameter that is a time in Unix seconds. Raises BadSignatureError where there is none."""
        found = self.parameters.get(name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise BadSignatureError(f"no {name}")
        return found


def field_of(request: Request, name: str) -> bytes | None:
    """All lines of a field as one value (section 2.1); None where it was not sent."""
    wanted = name.encode("latin-1", "replace")
    found = [content.strip(b" \t") for each, content in request.headers if each.lower() == wanted]
    return b", ".join(found) if found else None


def dictionary_of(request: Request, name: str) -> dict[str, Any]:
    """A field that is a dictionary (RFC 9651). Raises BadSignatureError where there is none."""
    found = field_of(request, name)
    if found is None:
        raise BadSignatureError(f"no {name}")
    if len(found) > MAX_FIELD_BYTES:
        raise BadSignatureError(f"{name} is too long")
    table: dict[str, Any] = parsed(found, name, "dictionary")
    return table


def parsed(text: bytes, name: str, kind: Any) -> Any:
    """A structured field of one kind. Raises BadSignatureError."""
    try:
        return http_sf.parse(text, tltype=kind)
    except (ValueError, RecursionError, OverflowError, IndexError, KeyError, TypeError):
        raise BadSignatureError(f"{name} cannot be read") from None


def signatures_of(request: Request) -> list[Signature]:
    """Every signature of the request. Raises BadSignatureError where the fields are not what they must be."""
    inputs, values = dictionary_of(request, "signature-input"), dictionary_of(request, "signature")
    if not inputs or len(inputs) > MAX_LABELS:
        raise BadSignatureError("too many signatures")
    return [_signature(label, member, values.get(label)) for label, member in inputs.items()]


def _signature(label: str, member: Any, found: Any) -> Signature:
    components, parameters = member
    if not isinstance(components, list) or found is None or not isinstance(found[0], bytes):
        raise BadSignatureError("signature and signature-input do not go together")
    if len(components) > MAX_COMPONENTS:
        raise BadSignatureError("too many components")
    covered = []
    for name, about in components:
        if not isinstance(name, str) or isinstance(name, Token):
            raise BadSignatureError("a component's name is no string")
        covered.append((name, tuple(about.items())))
    if len({str(each) for each in covered}) != len(covered):
        raise BadSignatureError("covers a component twice")  # section 2.5, step 2.1
    line = http_sf.ser({label: member}).partition("=")[2]
    return Signature(label, tuple(covered), parameters, line, found[0])


def base_of(signature: Signature, request: Request, authority: bytes) -> bytes:
    """What was signed (section 2.5). `authority` is as sent. Raises BadSignatureError for the unknown."""
    lines = [
        b"%b: %b" % (_identifier(name, about), _content(name, dict(about), request, authority))
        for name, about in signature.covered
    ]
    lines.append(b'"@signature-params": ' + signature.line.encode("ascii"))
    return b"\n".join(lines)


def check(signature: Signature, key: Ed25519PublicKey, base: bytes) -> None:
    """Raises BadSignatureError unless `key` made the signature over `base`."""
    if signature.text("alg") not in {"", ED25519}:
        raise BadSignatureError("alg is not ed25519")
    if len(signature.bytes) != SIGNATURE_BYTES:
        raise BadSignatureError("has not the size of an ed25519 signature")
    try:
        key.verify(signature.bytes, base)
    except InvalidSignature:
        raise BadSignatureError("does not match") from None


def _identifier(name: str, about: tuple[tuple[str, object], ...]) -> bytes:
    item: Any = (name, dict(about))
    text: str = http_sf.ser(item)
    return text.encode("ascii")


def _content(name: str, about: dict[str, object], request: Request, authority: bytes) -> bytes:
    if name.startswith("@"):
        derive = DERIVED.get(name)
        if derive is None or about:
            raise BadSignatureError("covers what we do not understand")
        return derive(request, _normal(authority, request.scheme))
    if name != name.lower() or about.keys() - {"key"}:
        raise BadSignatureError("covers what we do not understand")
    whole = field_of(request, name)
    if whole is None:
        raise BadSignatureError("covers a field that was not sent")
    if "key" not in about:
        if b"\n" in whole or b"\r" in whole:
            raise BadSignatureError("covers a broken field")
        return whole
    member = dictionary_of(request, name).get(str(about["key"]))
    if member is None:
        raise BadSignatureError("covers a member that was not sent")
    text: str = http_sf.ser({"x": member}).removeprefix("x").removeprefix("=")  # section 2.1.2
    return text.encode("ascii")


def _normal(authority: bytes, scheme: str) -> bytes:
    """Section 2.2.3: in lower case, without the scheme's own port."""
    return authority.lower().removesuffix(DEFAULT_PORTS.get(scheme, b":443"))


def _path(request: Request) -> bytes:
    return request.target.partition(b"?")[0] or b"/"


def _query(request: Request) -> bytes:
    return b"?" + request.target.partition(b"?")[2]


# Section 2.2. The target is in origin form, as Stile reads it.
DERIVED: Mapping[str, Callable[[Request, bytes], bytes]] = {
    "@method": lambda request, _: request.method.encode("ascii"),
    "@authority": lambda _, authority: authority,
    "@scheme": lambda request, _: request.scheme.encode("ascii"),
    "@target-uri": lambda request, authority: (
        request.scheme.encode("ascii") + b"://" + authority + request.target
    ),
    "@request-target": lambda request, _: request.target,
    "@path": lambda request, _: _path(request),
    "@query": lambda request, _: _query(request),
}
