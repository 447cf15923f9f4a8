"""Which storefront gets the next request, and how long a failed one is left alone."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable

from config.settings import Upstream, UpstreamLimits
from proxy.faults import UpstreamFault
from proxy.upstream import UpstreamConnection

MAX_IDLE = 512  # per storefront and worker
Report = Callable[[str, str, str], None]  # event name, upstream, reason


class Origin:
    """One storefront address: its idle connections, its load and its health."""

    __slots__ = ("ejected_until", "failures", "idle", "name", "outstanding", "retired", "tls", "upstream")

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.name = f"{upstream.scheme}://{upstream.host}:{upstream.port}"
        self.tls = ssl.create_default_context() if upstream.scheme == "https" else None
        self.idle: deque[UpstreamConnection] = deque()
        self.outstanding = 0
        self.failures = 0
        self.ejected_until = 0.0
        self.retired = False

    def take_idle(self) -> UpstreamConnection | None:
        """The connection used last, as the storefront is least likely to have dropped it."""
        idle = self.idle
        while idle:
            connection = idle.pop()
            if not connection.closed:
                self.outstanding += 1
                connection.in_use = True
                return connection
        return None

    def released(self, connection: UpstreamConnection) -> None:
        """See `proxy.upstream.Owner`."""
        self.outstanding -= 1
        connection.in_use = False
        self.failures = 0
        self.ejected_until = 0.0
        if connection.reusable and not self.retired and not connection.closed and len(self.idle) < MAX_IDLE:
            self.idle.append(connection)
        else:
            connection.abort()

    def lost(self, connection: UpstreamConnection) -> None:
        """See `proxy.upstream.Owner`."""
        if connection.in_use:
            connection.in_use = False
            self.outstanding -= 1
        elif connection in self.idle:
            self.idle.remove(connection)


class Pool:
    """Least-outstanding balancing over the storefronts of one site, with passive health."""

    def __init__(self, upstreams: tuple[Upstream, ...], limits: UpstreamLimits, report: Report) -> None:
        self.origins = [Origin(upstream) for upstream in upstreams]
        self.limits = limits
        self._report = report
        self._turn = 0

    def choose(self, now: float, tried: frozenset[str] = frozenset()) -> Origin | None:
        """The healthy origin with the least outstanding requests; where all are ejected, the one due first.

        A site is never refused for bad health alone: where all are ejected, the next request is the probe.
        """
        if not tried and len(self.origins) == 1:
            return self.origins[0]
        left = [origin for origin in self.origins if origin.name not in tried]
        if len(left) <= 1:
            return left[0] if left else None
        self._turn += 1
        turn = self._turn % len(left)
        rotated = left[turn:] + left[:turn]
        healthy = [origin for origin in rotated if origin.ejected_until <= now]
        if healthy:
            return min(healthy, key=lambda origin: origin.outstanding)
        return min(rotated, key=lambda origin: origin.ejected_until)

    def failed(self, origin: Origin, now: float, reason: str) -> None:
        """Leave a failed origin alone for a while, twice as long each time."""
        origin.failures += 1
        pause = min(self.limits.eject_s * 2 ** min(origin.failures - 1, 16), self.limits.max_eject_s)
        if origin.ejected_until <= now:
            self._report("upstream.ejected", origin.name, reason)
        origin.ejected_until = now + pause

    async def open(self, origin: Origin) -> UpstreamConnection:
        """A new connection. Raises UpstreamFault: 504 on time-out, 502 otherwise."""
        loop = asyncio.get_running_loop()
        upstream = origin.upstream
        origin.outstanding += 1
        try:
            async with asyncio.timeout(self.limits.connect_timeout_s):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(origin),
                    upstream.host,
                    upstream.port,
                    ssl=origin.tls,
                    server_hostname=upstream.host if origin.tls else None,
                )
        except TimeoutError:
            origin.outstanding -= 1
            raise UpstreamFault(504, f"{origin.name}: connecting timed out") from None
        except (OSError, ssl.SSLError) as error:
            origin.outstanding -= 1
            raise UpstreamFault(502, f"{origin.name}: {error}") from None
        except asyncio.CancelledError:
            origin.outstanding -= 1
            raise
        return connection

    def close_idle(self, before: float) -> None:
        """Close what was idle since `before`."""
        for origin in self.origins:
            stale = [connection for connection in origin.idle if connection.last_used < before]
            for connection in stale:
                connection.abort()

    def close(self) -> None:
        """Close every idle connection; those in use end with their request."""
        for origin in self.origins:
            origin.retired = True
        self.close_idle(float("inf"))
