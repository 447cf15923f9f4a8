"""What the command line asks of a running gateway, by way of its admin listener."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

import aiohttp
from orjson import dumps, loads

from proxy.admin.explain import explained, listed
from proxy.faults import OwnFault

TIMEOUT_S = 10.0
LISTED = 20

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
    """Put a site, or all of them, into `monitor` or `enforce`; `configured` lifts that again."""
    body = {"mode": mode, "site": site or None, "ttl": ttl or None}
    given = await _call(address, token, "POST", "/api/mode", body)
    return f"{site or 'every site'}: {mode}{_reach(given)}"


def _reach(given: Body) -> str:
    return "" if given["everywhere"] else " (on this node only: the shared state is away)"


async def _call(address: str, token: str, method: str, path: str, body: Body | None = None) -> Body:
    base = address if "://" in address else f"http://{address}"
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
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
