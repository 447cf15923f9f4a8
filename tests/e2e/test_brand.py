"""A site's brand is on the pages that the gateway itself sends, each page with a nonce of its own."""

import re
import signal
from pathlib import Path

import requests

from tests.support.gateway import Gateway
from tests.support.processes import wait_until

BRAND = {
    "name": "Fenland Books",
    "colors": {"light": {"accent": "#0b6b53"}},
    "appeal": "https://fenland.example/review?reference={decision_id}",
}
CHANGES = {
    "pages": BRAND,
    "policy": {"import": [], "rules": [{"name": "no", "when": "true", "action": "block"}]},
    "sites": [{"hosts": ["*"], "upstreams": ["http://127.0.0.1:9"], "mode": "enforce"}],
}


def refused(gateway: Gateway) -> requests.Response:
    return requests.get(gateway.url + "/", headers={"Accept": "text/html"}, timeout=10)


def nonce_of(answer: requests.Response) -> str:
    found = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert found is not None
    return found[1]


def test_a_refusal_wears_the_brand_and_a_reload_changes_it(tmp_path: Path) -> None:
    with Gateway(tmp_path, "http://127.0.0.1:9", CHANGES) as gateway:
        first, second = refused(gateway), refused(gateway)
        decision = first.headers["Stile-Decision-Id"]

        assert f"https://fenland.example/review?reference={decision}" in first.text
        assert f'nonce="{nonce_of(first)}"' in first.text
        assert nonce_of(first) != nonce_of(second)

        gateway.document["pages"] = {**BRAND, "name": "Fenland Music"}
        gateway.write()
        gateway.program.signal(signal.SIGHUP)

        assert wait_until(lambda: "Fenland Music" in refused(gateway).text, 10)
