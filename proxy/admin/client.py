"""What the command line asks of a running gateway, by way of its admin listener."""

import re
from ipaddress import ip_address
from time import gmtime, strftime
from typing import Any
from urllib.parse import quote

import aiohttp
from orjson import dumps, loads

from proxy.admin.explain import explained, listed
from proxy.faults import OwnFault

TIMEOUT_S = 10.0
RELOAD_TIMEOUT_S = 90.0
FORGET_TIMEOUT_S = 600.0  # a store of many millions of keys is looked through twice
LISTED = 20
# Such as 10.0.0.0/8 or 203.0.113.777: taken for an account, it would be forgotten in vain.
NEARLY_AN_ADDRESS = re.compile(
    r"[0-9]+(\.[0-9]*)+([/:].*)?|\[?[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}\]?([/%:].*)?"
)

Body = dict[str, Any]


async def explain(address: str, token: str, what: str, *, color: bool = False) -> str:
    """One decision by its id, or the latest ones of an IP address, as text for a terminal."""
    try:
        client = str(ip_address(what))
    except ValueError:
        return explained(
            await _call(address, token, "GET", f"/api/decisions/{quote(what, safe='')}"), color=color
        )
    found = await _call(address, token, "GET", f"/api/decisions?limit={LISTED}&ip={quote(client, safe='')}")
    events = found["decisions"]
    if not events:
        raise OwnFault(f"no worker remembers a decision about {client}; older ones are in the event log")
    return listed(events, color=color) + "\n" + explained(events[0], color=color)


async def ban(address: str, token: str, key: str, ttl: str, reason: str, *, allow: bool = False) -> str:
    """Ban an address, a network or a session; with `allow`, let it pass instead. `ttl` as 30m, 1h or 7d."""
    body = {"key": key, "ttl": ttl, "reason": reason, "allow": allow}
    given = await _call(address, token, "POST", "/api/bans", body)
    return f"{given['key']} {'passes' if allow else 'is banned'} for {ttl}{_reach(given)}"


async def unban(address: str, token: str, key: str) -> str:
    """Lift the ban or the pass of a key."""
    given = await _call(address, token, "DELETE", f"/api/bans/{quote(key, safe='')}")
    return f"{given['key']} is under no order any more{_reach(given)}"


async def set_mode(address: str, token: str, mode: str, site: str = "", ttl: str = "") -> str:
    """Put a site, or all of them, into `monitor`, `enforce` or `allow-all`; `configured` lifts that again."""
    body = {"mode": mode, "site": site or None, "ttl": ttl or None}
    given = await _call(address, token, "POST", "/api/mode", body)
    until = given.get("until")
    end = "" if until is None else f" until {strftime('%Y-%m-%d %H:%M UTC', gmtime(until))}"
    return f"{site or 'every site'}: {mode}{end}{_reach(given)}"


async def reload(address: str, token: str) -> str:
    """Read the configuration again. Raises OwnFault with all that is wrong."""
    return _put(await _call(address, token, "POST", "/api/reload", {}, timeout_s=RELOAD_TIMEOUT_S))


async def roll_back(address: str, token: str, version: str) -> str:
    """Put an earlier configuration in force; the one before where `version` is empty."""
    body = {"version": version}
    return _put(await _call(address, token, "POST", "/api/rollback", body, timeout_s=RELOAD_TIMEOUT_S))


async def versions(address: str, token: str) -> str:
    """The configurations that are kept, the latest first, with what each of them changed."""
    found = await _call(address, token, "GET", "/api/versions")
    lines = []
    for kept in found["versions"]:
        since = strftime("%Y-%m-%d %H:%M:%S UTC", gmtime(kept["since"]))
        mark = "*" if kept["version"] == found["in_force"] else " "
        lines += [f"{mark} {kept['version']}  {since}  by {kept['cause']}"]
        lines += [f"    {change}" for change in kept["changes"]]
    return "\n".join(_harmless(line) for line in lines)


def _put(given: Body) -> str:
    """What a reload or a rollback did."""
    version, workers = given["version"], f"{given['workers']} of {given['workers_expected']} workers"
    if version == given["previous"]:
        return f"version {version} stays in force; nothing differs"
    told = [f"version {version} in place of {given['previous']}, on {workers}", *given["changes"]]
    return "\n".join(_harmless(line) for line in told)


def _harmless(line: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


async def forget(address: str, token: str, what: str, *, account: bool | None = None) -> str:
    """Erase an IP address or an account everywhere; `account` None tells them apart by their looks."""
    kind = "account" if is_account(what, account=account) else "ip"
    given = await _call(address, token, "POST", "/api/forget", {kind: what}, timeout_s=FORGET_TIMEOUT_S)
    keys = "1 key" if given["erased"] == 1 else f"{given['erased']} keys"
    told = (
        f"{kind} {given['forgotten']} is forgotten: {keys} erased, {given['processes']} processes confirmed"
    )
    return f"{told}; an order about it stays, see: stile unban" if given["ordered"] else told


def is_account(what: str, *, account: bool | None) -> bool:
    """Whether an account is meant, and no address. Raises OwnFault for what looks like neither."""
    try:
        what.encode()
    except UnicodeEncodeError:
        raise OwnFault("what to forget is not UTF-8; name the account by the user.hash of an event") from None
    if account is not None or _is_address(what):
        return bool(account)
    if NEARLY_AN_ADDRESS.fullmatch(what):
        raise OwnFault(f"{what[:80]} is not one address; if it is an account, add --account")
    return True


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _reach(given: Body) -> str:
    return "" if given["everywhere"] else " (on this node only: the shared state is away)"


async def _call(
    address: str,
    token: str,
    method: str,
    path: str,
    body: Body | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
) -> Body:
    base = address if "://" in address else f"http://{address}"
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    url = base.rstrip("/") + path
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(
                method, url, headers=headers, data=None if body is None else dumps(body)
            ) as response,
        ):
            answer = loads(await response.read())
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise OwnFault(
            f"the admin listener at {base} does not answer: {fault or type(fault).__name__}"
        ) from None
    except ValueError:
        raise OwnFault(f"{base} does not answer like an admin listener of Stile") from None
    if response.status >= 400:
        raise OwnFault(str(answer.get("detail", f"the admin listener answered {response.status}")))
    return dict(answer)
