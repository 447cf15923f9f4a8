"""What one worker's gate works with: store, log, keys, ids, storefront pools. Made after the fork."""

import socket as sockets
from dataclasses import dataclass
from functools import lru_cache

from challenges.clearance import Clearances
from challenges.keyring import Keyring
from challenges.maze import Maze
from challenges.session import Sessions
from config.settings import Config, Site, Upstream
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from proxy.admin.metrics import Counters
from proxy.captchas import Captchas
from proxy.events.decision_id import DecisionIds
from proxy.events.recent import Recent
from proxy.events.sink import Sink
from proxy.geo import Geo
from proxy.logs import logger
from proxy.models.swap import ModelSwap
from proxy.models.watch import Watch
from proxy.pool import Pool
from proxy.robots.robots import Robots
from proxy.state.pace import limits_of
from proxy.state.store import Store
from proxy.state.table import ClientTable
from proxy.tarpit import Tarpit
from proxy.verify.verifier import Verifier


@dataclass(slots=True)
class Services:
    """Held by the gate; `reload` swaps what depends on the configuration."""

    config: Config
    store: Store
    clients: ClientTable[Client]
    crowds: ClientTable[Crowd]
    events: Sink
    recent: Recent
    counters: Counters
    keyring: Keyring
    sessions: Sessions
    clearances: Clearances
    ids: DecisionIds
    geo: Geo
    verifier: Verifier
    robots: Robots
    tarpit: Tarpit
    maze: Maze
    models: ModelSwap
    watch: Watch
    captchas: Captchas
    pools: dict[tuple[Upstream, ...], Pool]
    node: str
    address_key: bytes

    def pool_of(self, site: Site) -> Pool:
        """The connections to a site's storefronts."""
        pool = self.pools.get(site.upstreams)
        if pool is None:  # the request came before a reload that took its storefronts away
            pool = Pool(site.upstreams, self.config.upstream_limits, report)
            pool.close()
        return pool

    def reload(self, config: Config) -> None:
        """Keep pools whose storefronts and limits are the same; close the others."""
        old, limits = self.pools, config.upstream_limits
        self.pools = {}
        for upstreams in pooled(config):
            kept = old.get(upstreams)
            same = kept is not None and kept.limits == limits
            self.pools[upstreams] = kept if kept is not None and same else Pool(upstreams, limits, report)
        for upstreams, pool in old.items():
            if self.pools.get(upstreams) is not pool:
                pool.close()
        if config.geoip != self.config.geoip:
            self.geo.reload(config.geoip)
        self.models.reload(config)
        self.captchas.reload(config.challenge)
        self.robots.reload(config.robots)
        self.tarpit.settings = config.mitigation.tarpit
        if config.bots != self.config.bots:
            self.verifier.reload(config.bots)
        self.verifier.tell(config.sites)
        self.store.pace_by(limits_of((site.name, site.policy.limits) for site in config.sites))
        self.config = config

    def close_idle(self, now: float) -> None:
        """Let go of storefront connections that nobody used for a while."""
        before = now - self.config.upstream_limits.keep_alive_s
        for pool in self.pools.values():
            pool.close_idle(before)


def pooled(config: Config) -> list[tuple[Upstream, ...]]:
    """All that requests are sent to: the storefronts of each site, and what misleads."""
    decoy = config.mitigation.decoy
    return [*(site.upstreams for site in config.sites), *([decoy] if decoy else [])]


def report(event: str, upstream: str, reason: str) -> None:
    """What pools tell the operator."""
    logger().warning(event, upstream=upstream, reason=reason)


@lru_cache(maxsize=1)
def node_name() -> str:
    """How this machine calls itself."""
    return sockets.gethostname()
