"""The counters in Prometheus text. No label names a client, an address or a path."""

from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from proxy.admin.funnel_metrics import funnel_metrics
from proxy.admin.labelled import labelled
from proxy.admin.metrics import BOUNDS_S
from proxy.admin.model_figures import model_metrics
from proxy.admin.totals import Totals

GAUGES = {
    "connections": "Client connections that are open.",
    "tarpitted": "Clients that a tarpit holds, among these.",
    "clients": "Clients that the workers remember locally.",
    "events_queued": "Events that wait to be written.",
}


def exposition(
    totals: Totals,
    version: str,
    expected_workers: int,
    lists: Mapping[str, float] | None = None,
    allowed: Mapping[str, bool] | None = None,
) -> bytes:
    """All metrics as text; `lists` are the ages of published lists in seconds, by bot.

    `allowed` says of each site whether every request passes by order.
    """
    registry = CollectorRegistry()
    registry.register(_Figures(totals, version, expected_workers, lists or {}, allowed or {}))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(
        self,
        totals: Totals,
        version: str,
        expected_workers: int,
        lists: Mapping[str, float],
        allowed: Mapping[str, bool],
    ) -> None:
        self._allowed = allowed
        self._totals = totals
        self._lists = lists
        self._version = version
        self._expected_workers = expected_workers

    def collect(self) -> Iterator[Metric]:
        export = self._totals.export()
        yield InfoMetricFamily("stile_build", "The version that runs.", {"version": self._version})
        yield from _requests(export["requests"])
        yield from funnel_metrics(export)
        handshakes = CounterMetricFamily(
            "stile_tls_handshakes", "TLS handshakes by outcome.", labels=["outcome"]
        )
        for outcome, count in sorted(export["handshakes"].items()):
            handshakes.add_metric([outcome], count)
        yield handshakes
        yield labelled(
            "stile_bot_requests", "Requests of claimed bots.", ["status", "method"], export["bots"]
        )
        lookups = export["lookups"]
        yield labelled("stile_bot_lookups", "Host names and signatures.", ["method", "outcome"], lookups)
        yield from _lists(self._lists)
        passing = GaugeMetricFamily(
            "stile_allow_all", "1 while every request passes by order.", labels=["site"]
        )
        for site, every in sorted(self._allowed.items()):
            passing.add_metric([site], float(every))
        yield passing
        yield labelled(
            "stile_model_refused", "Replaced bundles that cannot be used.", ["role"], export["models_refused"]
        )
        yield labelled(
            "stile_model_agreement",
            "Pages by which of two models would stand above the line.",
            ["by", "above"],
            export["models_agreement"],
        )
        yield from model_metrics(self._totals.alive)
        yield _durations(export["durations"], export["duration_s"])
        yield CounterMetricFamily(
            "stile_upstream_failures", "Requests that a storefront failed.", export["upstream_failures"]
        )
        yield CounterMetricFamily(
            "stile_events_lost", "Events that could not be written.", export["events_lost"]
        )
        for name, help_text in GAUGES.items():
            yield GaugeMetricFamily(f"stile_{name}", help_text, self._totals.gauge(name))
        degraded = any(worker.get("degraded") for worker in self._totals.alive)
        yield GaugeMetricFamily("stile_state_degraded", "1 while a worker lacks the shared state.", degraded)
        yield GaugeMetricFamily("stile_workers", "Workers that answer.", len(self._totals.alive))
        yield GaugeMetricFamily("stile_workers_expected", "Workers that should.", self._expected_workers)


def _requests(rows: list[list[str]]) -> Iterator[Metric]:
    by_action: Counter[tuple[str, ...]] = Counter()
    by_band: Counter[tuple[str, ...]] = Counter()
    for site, action, mode, band, count in rows:
        by_action[site, action, mode] += int(count)
        by_band[site, band or "not_computed"] += int(count)
    requests = CounterMetricFamily("stile_requests", "Requests by action.", labels=["site", "action", "mode"])
    for key, total in sorted(by_action.items()):
        requests.add_metric(list(key), total)
    yield requests
    bands = CounterMetricFamily(
        "stile_requests_by_band", "Requests by band of risk.", labels=["site", "band"]
    )
    for key, total in sorted(by_band.items()):
        bands.add_metric(list(key), total)
    yield bands


def _lists(ages: Mapping[str, float]) -> Iterator[Metric]:
    """The labels are names from the configuration and from our own tables."""
    family = GaugeMetricFamily(
        "stile_bot_list_age_seconds", "How old a bot's published addresses are.", labels=["bot"]
    )
    for bot, age_s in sorted(ages.items()):
        family.add_metric([bot], age_s)
    yield family


def _durations(counts: list[int], total_s: float) -> Metric:
    buckets: list[tuple[str, float]] = []
    running = 0
    for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], counts or [0] * (len(BOUNDS_S) + 1), strict=True):
        running += count
        buckets.append((bound, running))
    return HistogramMetricFamily(
        "stile_request_duration_seconds", "From arrival to the last byte.", buckets=buckets, sum_value=total_s
    )
