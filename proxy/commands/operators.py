"""Verbs that speak to a running gateway, by way of its admin listener."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from proxy.commands.ending import fail

Address = Annotated[str, typer.Option("--admin", envvar="STILE_ADMIN", help="Address of the admin listener.")]
TokenFile = Annotated[Path, typer.Option(envvar="STILE_TOKEN_FILE", help="File with the admin token.")]
Ask = Callable[[str, str], Awaitable[str]]
ADMIN = "127.0.0.1:9090"
TOKEN_FILE = Path(".stile/admin.token")  # where a gateway started in this folder keeps it


def on_admin(admin: str, token_file: Path, ask: Ask) -> None:
    """Put one question to the admin listener and print its answer."""
    import asyncio

    from proxy.admin.token import admin_token
    from proxy.faults import OwnFault

    try:
        typer.echo(asyncio.run(_asked(ask, admin, admin_token(token_file, token_file.parent))))
    except OwnFault as fault:
        fail(f"stile: {fault}")


async def _asked(ask: Ask, admin: str, token: str) -> str:
    return await ask(admin, token)


def ban(
    key: Annotated[str, typer.Argument(help="An address, a network or a session.")],
    ttl: Annotated[str, typer.Option("--for", help="How long: 30m, 1h, 7d.")] = "1h",
    reason: Annotated[str, typer.Option(help="Why; shown in events.")] = "",
    allow: Annotated[bool, typer.Option("--allow", help="Let it pass instead; beats every ban.")] = False,
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Ban a client on every node at once."""
    from proxy.admin import client

    on_admin(admin, token_file, lambda at, token: client.ban(at, token, key, ttl, reason, allow=allow))


def unban(
    key: Annotated[str, typer.Argument(help="What was banned or let pass.")],
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Lift a ban or a pass."""
    from proxy.admin import client

    on_admin(admin, token_file, lambda at, token: client.unban(at, token, key))


def forget(
    what: Annotated[str, typer.Argument(help="An address, or an account: its name or its hash in events.")],
    account: Annotated[
        bool | None, typer.Option("--account/--ip", help="What it is, where its looks do not tell.")
    ] = None,
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Erase all that every node remembers of somebody; bans and log files stay."""
    from proxy.admin import client

    on_admin(admin, token_file, lambda at, token: client.forget(at, token, what, account=account))


def reload(admin: Address = ADMIN, token_file: TokenFile = TOKEN_FILE) -> None:
    """Read the configuration again: exit 0 with what changed, or 1 with every fault and nothing changed."""
    from proxy.admin import client

    on_admin(admin, token_file, client.reload)


def versions(admin: Address = ADMIN, token_file: TokenFile = TOKEN_FILE) -> None:
    """The last configurations that were in force, and what each of them changed."""
    from proxy.admin import client

    on_admin(admin, token_file, client.versions)


def rollback(
    version: Annotated[str, typer.Argument(help="One of `stile versions`; the one before without it.")] = "",
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Put an earlier configuration in force, until the next reload."""
    from proxy.admin import client

    on_admin(admin, token_file, lambda at, token: client.roll_back(at, token, version))


def mode(
    wanted: Annotated[
        str, typer.Argument(help="monitor, enforce, allow-all, or configured to lift an order.")
    ],
    site: Annotated[str, typer.Option(help="One site; all without it.")] = "",
    ttl: Annotated[
        str, typer.Option("--for", help="How long; until lifted without it, allow-all for 1h.")
    ] = "",
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Act on decisions, only write them down, or let every request pass unjudged."""
    from proxy.admin import client

    on_admin(admin, token_file, lambda at, token: client.set_mode(at, token, wanted, site, ttl))
