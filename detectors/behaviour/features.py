"""What the model sees: numbers from the Client alone, so that a log line trains what live requests meet.

No feature may have helped to write a training label (declared user agent, robots.txt, HEAD, style sheets and
scripts with a referrer): a model that learnt its own labels would look perfect and know nothing. So requests
for assets, robots.txt and HEAD enter no feature, also not through totals of requests, bytes or time.
"""

from math import sqrt

from detectors.behaviour.client import Client

SCHEMA = 3
RATIO_CAP = 50.0  # beyond it a ratio says nothing more, and a feature stays in the range that was trained


CARDS = {
    "pages": "Page requests so far.",
    "page_rate_1m": "Page requests in the last minute.",
    "page_rate_10m": "Page requests in the last ten minutes.",
    "page_rate_1h": "Page requests in the last hour.",
    "images_per_page": "Images asked for, per page. Browsers load them, crawlers of text do not.",
    "referrer_share": "Share of pages asked for with a referrer. People follow links.",
    "query_share": "Share of pages with a query string. Crawlers walk filters and sort orders.",
    "distinct_share": "Different pages, per page or call. People come back to a page, crawlers do not.",
    "mean_depth": "Mean number of path segments of pages. People start at the top.",
    "post_share": "POST requests, per page or call.",
    "call_share": "Calls (API paths, scripts' requests) among pages and calls.",
    "error_share": "4xx answers to pages and calls, per page or call. Scanners guess paths.",
    "number_share": "Pages or calls whose path ends in a number, per page or call.",
    "sequence_share": "Steps to a neighbouring number, per page or call. Sweeps count up.",
    "mean_gap_s": "Mean seconds between pages within the visit.",
    "gap_variation": "Deviation of these gaps over their mean: 0 is a machine's beat, -1 fewer than 3 gaps.",
    "longest_gap_s": "Longest gap within the visit in seconds. People stop to read.",
    "quick_share": "Gaps below a second, per gap. Nobody reads that fast; tabs opened together look so.",
    "alike_share": "Gaps between half and twice the mean of those before, per gap. Machines keep their pace.",
    "turned_share": "Pages on the path of the page before with a query: paging, filters, sort orders.",
    "followed_share": "Share of pages whose referrer names a page that this client visited before.",
}
FEATURES = tuple(CARDS)
SHARE = "0 to 1"
RANGES = {
    **dict.fromkeys(CARDS, SHARE),
    **dict.fromkeys(("pages", "page_rate_1m", "page_rate_10m", "page_rate_1h"), "0 and up"),
    "images_per_page": f"0 to {RATIO_CAP:.0f}",
    "mean_depth": "0 to 16",
    "mean_gap_s": "0 to 1,800",
    "gap_variation": f"-1, 0 to {RATIO_CAP:.0f}",
    "longest_gap_s": "0 to 1,800",
}
CHEAP_US = 0.05  # a division
COSTS_US = {
    **dict.fromkeys(CARDS, CHEAP_US),
    **dict.fromkeys(("page_rate_1m", "page_rate_10m", "page_rate_1h"), 0.3),
    "distinct_share": 0.35,
    "gap_variation": 0.3,
}


def features(client: Client, now: float) -> list[float]:
    """The numbers of `FEATURES` for `client` as it stands at `now`, its last request not yet answered."""
    pages = client.pages
    gaps = client.gaps
    page = pages or 1
    visited = pages + client.apis or 1
    mean_gap_s = client.gap_ms / (1000.0 * gaps) if gaps else 0.0
    return [
        float(pages),
        client.page_rate("1m", now),
        client.page_rate("10m", now),
        client.page_rate("1h", now),
        min(client.images / page, RATIO_CAP),
        client.referred / page,
        client.queries / page,
        min(client.distinct() / visited, 1.0),
        client.depth / page,
        min(client.posts / visited, 1.0),
        client.apis / visited,
        min(client.errors / visited, 1.0),
        client.numbers / visited,
        client.sequential / visited,
        mean_gap_s,
        gap_variation(client),
        client.longest_gap_ms / 1000.0,
        client.quick / (gaps or 1),
        client.alike / (gaps or 1),
        client.turned / page,
        client.followed / page,
    ]


def gap_variation(client: Client) -> float:
    """Standard deviation of the gaps between pages over their mean; -1 where fewer than 3 say too little."""
    gaps = client.gaps
    if gaps < 3 or not client.gap_ms:
        return -1.0
    mean_cs = client.gap_ms / (10.0 * gaps)
    return min(sqrt(max(client.gap_square / gaps - mean_cs * mean_cs, 0.0)) / mean_cs, RATIO_CAP)
