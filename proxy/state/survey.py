"""Before anybody is served: which store is it, and does it let us do what we need?

A store that is away is a warning, for it may come back. One that is too old or forbids what we need will not
get better by itself, so it is a fault, with its cure.
"""

import asyncio
import re
import time
from statistics import median
from uuid import uuid4

from config.where import StoreKind, Where
from detectors.value import value
from proxy.faults import OwnFault
from proxy.state.link import Link, Reply, Script, StoreFault, Word
from proxy.state.store_fault import Trouble

BOUND_S = 1.2
PINGS = 5
PROBE_MS = 10_000
OLDEST = {"redis": (6, 2), "valkey": (7, 2)}
MUST_BE = {
    "cluster": "is a Redis Cluster: begin the address with redis+cluster://",
    "sentinel": "is a Sentinel: write redis+sentinel://HOST:PORT/SERVICE",
}
NEEDED = (
    *("PING", "INFO", "TIME", "EVAL", "EVALSHA", "GET", "MGET", "SET", "DEL"),
    *("HGET", "HGETALL", "HSET", "HINCRBY", "HDEL", "PUBLISH", "SUBSCRIBE"),
)
SCRIPTED = {"EVAL", "EVALSHA"}
NEEDED_IN_A_CLUSTER = ("CLUSTER|SLOTS", "CLUSTER|INFO")

# What our own scripts use beyond commands: a server that speaks Redis may not have all of it.
PROBE = Script("""
redis.call('SET', KEYS[1], struct.pack('<I4', bit.bor(1, redis.call('TIME')[1] % 2)), 'PX', ARGV[1])
return cjson.encode({#redis.call('GET', KEYS[1])})
""")


@value
class Survey:
    """What was found. `fault` says why the store cannot be used now; empty where it can.

    `eviction` is what a full store does where that takes orders and spent challenges as well; else empty.
    """

    server: str
    version: str
    mode: str
    latency_ms: float
    clock_skew_s: float
    fault: str = ""
    eviction: str = ""


@value
class Missing:
    """One thing that the store forbids or does not have: what we say, and the cure as an ACL rule."""

    what: str
    rule: str


def acl_line(prefix: str, kind: StoreKind, user: str = "stile") -> str:
    """The command that makes a user who may do what Stile needs, and nothing else."""
    words = (*NEEDED, *(NEEDED_IN_A_CLUSTER if kind is StoreKind.CLUSTER else ()))
    commands = " ".join(f"+{word.lower()}" for word in words)
    return f"ACL SETUSER {user} on >PASSWORD resetkeys ~{prefix}* resetchannels &{prefix}* -@all {commands}"


async def survey(where: Where, prefix: str, *, embedded: bool = False) -> Survey:
    """Look at a store, within 1.2 s. Raises OwnFault where it is of no use to us, ever."""
    link = Link(where)
    try:
        async with asyncio.timeout(BOUND_S):
            return await _survey(link, where, prefix, embedded)
    except StoreFault as fault:
        _raise_if_final(fault, where)
        return _nothing(where, str(fault))
    except TimeoutError:
        return _nothing(where, f"no answer within {BOUND_S:g} s")
    finally:
        await link.close()


async def _survey(link: Link, where: Where, prefix: str, embedded: bool) -> Survey:
    facts = _facts(await link.call("INFO", "server"))
    server = "valkey" if "valkey_version" in facts else facts.get("server_name", "redis")
    version = facts.get(f"{server}_version") or facts.get("redis_version", "")
    _check_version(where, server, version)
    kind = facts.get("redis_mode") or facts.get("server_mode", "standalone")  # the latter is Valkey's word
    if where.kind is StoreKind.SINGLE and kind in MUST_BE:
        raise OwnFault(f"state.redis: {where} {MUST_BE[kind]}")
    latency_s = await _latency(link)
    skew_s = 0.0 if embedded else await _skew(link)
    fault = "" if embedded else await _dry_run(link, where, prefix)
    mode = "embedded" if embedded else str(where.kind)
    latency_ms, skew_s = round(latency_s * 1000, 2), round(skew_s, 3) + 0.0
    return Survey(server, version, mode, latency_ms, skew_s, fault, await _eviction(link))


async def _eviction(link: Link) -> str:
    """The policy of a server that evicts what has no lifetime; INFO tells it where CONFIG is forbidden."""
    policy = _facts(await link.call("INFO", "memory")).get("maxmemory_policy", "")
    return policy if policy.startswith("allkeys-") else ""


def _nothing(where: Where, fault: str) -> Survey:
    return Survey("", "", str(where.kind), 0.0, 0.0, fault)


def _facts(reply: Reply) -> dict[str, str]:
    lines = reply.decode("utf-8", "replace").split("\r\n") if isinstance(reply, bytes) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _check_version(where: Where, server: str, version: str) -> None:
    numbers = tuple(int(number) for number in re.findall(r"[0-9]+", version)[:2])
    oldest = OLDEST.get(server)
    if oldest is not None and numbers < oldest:
        needed = ".".join(map(str, oldest))
        raise OwnFault(
            f"state.redis: {where} is {server} {version}; Stile needs {server} {needed} or later: update it, "
            "or leave state.redis out for a private store"
        )


async def _latency(link: Link) -> float:
    times = []
    for _ in range(PINGS):
        asked = time.perf_counter()
        await link.call("PING")
        times.append(time.perf_counter() - asked)
    return median(times)


async def _skew(link: Link) -> float:
    """How many seconds the store's clock is ahead of ours."""
    asked = time.time()
    reply = await link.call("TIME")
    middle = (asked + time.time()) / 2
    seconds, micros = reply if isinstance(reply, list) else (b"0", b"0")
    return int(str(seconds, "ascii")) + int(str(micros, "ascii")) / 1e6 - middle  # type: ignore[arg-type]


async def _dry_run(link: Link, where: Where, prefix: str) -> str:
    """Do everything once on keys of our own, all in one go; why it cannot be done now, or ''."""
    probes = _probes(prefix, where.kind)
    results = await asyncio.gather(
        *[_tried(link, words) for words in probes], _subscribed(link, f"{prefix}probe")
    )
    faults = dict(zip([str(words[0]) for words in probes] + ["SUBSCRIBE"], results, strict=True))
    missing = {
        _missing(name, fault, prefix): None
        for name, fault in faults.items()
        if fault is not None and _is_final(name, fault)
    }
    if missing:
        _refuse(where, list(missing))
    return next((f"{name}: {fault}" for name, fault in faults.items() if fault is not None), "")


def _probes(prefix: str, kind: StoreKind) -> list[tuple[Word, ...]]:
    key = f"{prefix}probe:{uuid4().hex}"
    table = f"{key}:hash"
    probes: list[tuple[Word, ...]] = [
        ("SET", key, 1, "NX", "PX", PROBE_MS),
        ("GET", key),
        ("MGET", key),
        ("EVAL", PROBE.text, 1, key, PROBE_MS),
        ("EVALSHA", PROBE.sha, 1, key, PROBE_MS),
        ("DEL", key),
        ("HSET", table, "field", 1),
        ("HINCRBY", table, "field", 1),
        ("HGET", table, "field"),
        ("HGETALL", table),
        ("HDEL", table, "field"),
        ("PUBLISH", f"{prefix}probe", "probe"),
    ]
    return [*probes, ("CLUSTER", "INFO")] if kind is StoreKind.CLUSTER else probes


def _is_final(name: str, fault: StoreFault) -> bool:
    """True where this command will not be answered later either. What a script lacks is tried by itself."""
    if name in SCRIPTED and name.lower() not in str(fault).lower():
        return False
    return fault.trouble in {Trouble.FORBIDDEN, Trouble.UNKNOWN}


async def _tried(link: Link, words: tuple[Word, ...]) -> StoreFault | None:
    try:
        await link.call(*words)
    except StoreFault as fault:
        return None if fault.trouble is Trouble.NO_SCRIPT else fault  # where EVAL was refused, that is said
    return None


async def _subscribed(link: Link, name: str) -> StoreFault | None:
    channel = link.channel()
    try:
        await channel.subscribe(name)
    except StoreFault as fault:
        return fault
    finally:
        channel.close()
    return None


def _missing(name: str, fault: StoreFault, prefix: str) -> Missing:
    text = str(fault).lower()
    if fault.trouble is Trouble.UNKNOWN:
        return Missing(f"does not know {name}", "")
    if "access" in text and "channel" in text:
        return Missing(f"forbids the channels {prefix}*", f"&{prefix}*")
    if "access" in text and "key" in text:
        return Missing(f"forbids the keys {prefix}*", f"~{prefix}*")
    command = "CLUSTER|INFO" if name == "CLUSTER" else name
    return Missing(f"forbids {command}", f"+{command.lower()}")


def _refuse(where: Where, missing: list[Missing]) -> None:
    what = ", ".join(each.what for each in missing)
    rules = " ".join(each.rule for each in missing if each.rule)
    cure = (
        f"ACL SETUSER {where.username or 'default'} {rules}"
        if rules
        else "it must not be renamed or disabled"
    )
    raise OwnFault(f"state.redis: {where} {what}; cure: {cure}")


def _raise_if_final(fault: StoreFault, where: Where) -> None:
    """Raise OwnFault for what went wrong before the dry run and will not get better by itself."""
    text = str(fault)
    if "cluster support disabled" in text:
        raise OwnFault(f"state.redis: {where} is no cluster: begin the address with redis://") from None
    if fault.trouble is Trouble.UNKNOWN and where.kind is StoreKind.SENTINEL and "SENTINEL" in text.upper():
        raise OwnFault(f"state.redis: {where} is no Sentinel: begin the address with redis://") from None
    if fault.trouble is Trouble.FORBIDDEN:
        named = re.search(r"'([a-z|]+)'", text)
        command = named[1] if named else "ping"
        _refuse(where, [Missing(f"forbids {command.upper()}", f"+{command}")])
    if fault.trouble is Trouble.UNKNOWN:
        raise OwnFault(f"state.redis: {where}: {text}; it must not be renamed or disabled") from None
