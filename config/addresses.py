"""Addresses to listen on and storefronts are read here; the message says what one looks like."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from config.settings import Upstream

PORTS = {"http": 80, "https": 443}


class AddressFault(ValueError):
    """Not an address; the text says what one looks like."""


def host_and_port(text: str) -> tuple[str, int]:
    """`host:port` or `[::1]:port`; port 0 lets the system choose. Raises AddressFault."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise AddressFault("must be host:port, for example 0.0.0.0:8080 or [::]:8080")
    if ":" in host and not bracketed:
        raise AddressFault(f"an IPv6 address stands in brackets: [{host}]:{port}")
    return host.strip("[]"), int(port)


def upstream_of(text: str) -> Upstream:
    """`http://host:port` or `https://host`. Raises AddressFault."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise AddressFault("must look like http://10.0.0.5:8000") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise AddressFault("must look like http://10.0.0.5:8000 or https://origin.example.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise AddressFault("takes a scheme, a host and a port only: no path, query or password")
    return Upstream(parts.scheme, parts.hostname, port if port is not None else PORTS[parts.scheme])


def host_of(text: str) -> str:
    """A host as requests name it, in lower case: `a.test`, `*.a.test` or `*`. Raises AddressFault."""
    host = text.lower()
    name = host.removeprefix("*.")
    if host == "*" or (host.startswith("[") and _is_address(host.strip("[]"))):
        return host
    if ":" in name and all(map(_is_label, name.replace(":", ".").split("."))):
        raise AddressFault("takes no port; every listener serves every site")
    if not all(map(_is_label, name.split("."))):
        raise AddressFault('must be a host name without port, such as shop.example.com or "*.example.com"')
    return host


def _is_label(label: str) -> bool:
    return label != "" and all(char.isalnum() or char in "-_" for char in label)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
