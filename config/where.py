"""Where the store is: the address is read here, and nothing that can be printed holds the password."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.fault import did_you_mean

PORT = 6379
SENTINEL_PORT = 26379
SHAPES = {
    "redis": "redis://cache:6379/0",
    "rediss": "rediss://cache:6379/0",
    "unix": "unix:///run/valkey.sock",
    "redis+sentinel": "redis+sentinel://one:26379,two:26379/shop",
    "rediss+sentinel": "rediss+sentinel://one:26379,two:26379/shop",
    "redis+cluster": "redis+cluster://one:6379,two:6379",
    "rediss+cluster": "rediss+cluster://one:6379,two:6379",
}
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:,@\s]+))(?::([0-9]{1,5}))?\Z")


class WhereFault(ValueError):
    """Not a store's address; the text says what one looks like."""


class StoreKind(StrEnum):
    """How a store is built up."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class Spot(NamedTuple):
    """Where one server listens. Port 0: `host` is the path of a unix socket."""

    host: str
    port: int

    def __str__(self) -> str:
        if not self.port:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class StoreTls:
    """PEM files: whom we trust (None: whom the system trusts), and who we are (None: nobody asks)."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A store's address. `spots` are one server, or the sentinels or nodes that are asked first.

    `service` is a sentinel's name for the store. As text it is the address without user and password.
    """

    kind: StoreKind
    spots: tuple[Spot, ...]
    service: str = ""
    database: int = 0
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    encrypted: bool = False
    tls: StoreTls = StoreTls()

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address. Raises WhereFault, which never repeats a password."""
        scheme = url.partition("://")[0]
        if scheme not in SHAPES or not url.startswith(f"{scheme}://"):
            advice = did_you_mean(f"{scheme}://", [f"{known}://" for known in SHAPES])
            raise WhereFault(
                f"must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://{advice}"
            )
        try:
            parts = urlsplit(url)
        except ValueError:  # its words may repeat the password
            raise WhereFault(f"must look like {SHAPES[scheme]}") from None
        entrance, _, hosts = parts.netloc.rpartition("@")
        username, _, password = entrance.partition(":")
        read = _READERS[scheme.partition("+")[2] or ("unix" if scheme == "unix" else "")]
        kind, spots, service, database = read(scheme, hosts, unquote(parts.path), _option(parts))
        return cls(
            kind,
            spots,
            service,
            database,
            unquote(username) or None,
            unquote(password) or None,
            encrypted=scheme.startswith("rediss"),
        )

    def with_password(self, password: str) -> Self:
        """The same place, entered with this password."""
        return replace(self, password=password)

    def with_tls(self, tls: StoreTls) -> Self:
        """The same place, with these certificates."""
        return replace(self, tls=tls)

    def __str__(self) -> str:
        if not self.spots[0].port:
            return f"unix://{self.spots[0].host}"
        scheme = "rediss" if self.encrypted else "redis"
        if self.kind is not StoreKind.SINGLE:
            scheme += f"+{self.kind}"
        tail = [part for part in (self.service, str(self.database or "")) if part]
        return "/".join([f"{scheme}://{','.join(map(str, self.spots))}", *tail])


Parts = tuple[StoreKind, tuple[Spot, ...], str, int]


def _single(scheme: str, hosts: str, path: str, option: str) -> Parts:
    spots = _spots(scheme, hosts, PORT)
    if len(spots) > 1:
        raise WhereFault(
            f"names one server; several are {SHAPES['redis+cluster']} or {SHAPES['redis+sentinel']}"
        )
    return StoreKind.SINGLE, spots, "", _database(scheme, path.strip("/") or option)


def _unix(scheme: str, hosts: str, path: str, option: str) -> Parts:
    if hosts or not path.strip("/"):
        raise WhereFault(f"must look like {SHAPES[scheme]}")
    return StoreKind.SINGLE, (Spot(path, 0),), "", _database(scheme, option)


def _sentinel(scheme: str, hosts: str, path: str, option: str) -> Parts:
    service, _, database = path.strip("/").partition("/")
    if not service:
        raise WhereFault(f"needs the name that the sentinels give the store: {SHAPES[scheme]}")
    return (
        StoreKind.SENTINEL,
        _spots(scheme, hosts, SENTINEL_PORT),
        service,
        _database(scheme, database or option),
    )


def _cluster(scheme: str, hosts: str, path: str, option: str) -> Parts:
    if _database(scheme, path.strip("/") or option):
        raise WhereFault("takes no database: a cluster has only the first")
    return StoreKind.CLUSTER, _spots(scheme, hosts, PORT), "", 0


_READERS: dict[str, Callable[[str, str, str, str], Parts]] = {
    "": _single,
    "unix": _unix,
    "sentinel": _sentinel,
    "cluster": _cluster,
}


def _spots(scheme: str, hosts: str, port: int) -> tuple[Spot, ...]:
    found = [_HOST.match(host) for host in hosts.split(",")]
    spots = tuple(Spot(each[1] or each[2], int(each[3] or port)) for each in found if each)
    if len(spots) != len(found) or not all(0 < spot.port < 65536 for spot in spots):
        raise WhereFault(
            f"must look like {SHAPES[scheme]}; in a password, write @ as %40, / as %2F and : as %3A"
        )
    return spots


def _option(parts: SplitResult) -> str:
    """The database of `?db=`, the only thing that stands there."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    database = options.pop("db", "")
    if options or parts.fragment:
        raise WhereFault(
            "takes no options but ?db=; certificates stand in state.tls, a password in state.password_file"
        )
    return database


def _database(scheme: str, text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise WhereFault(f"the database is a number: {SHAPES[scheme]}")
    return int(text or 0)
