"""Policies for tests, loaded as operators load them."""

from functools import cache

from config.loader import load, read_file
from config.policy import Policy

SHIPPED_RULES = "[(stile)/verified-bots.yaml, (stile)/ai-crawlers.yaml, (stile)/default.yaml]"


@cache
def a_policy(*rules: str, shipped: bool = False, model: bytes | None = None) -> Policy:
    """The policy of `rules` in YAML flow style, and of the shipped ones where asked for."""
    text = (
        f"sites: [{{upstreams: ['http://shop:8000']}}]\n"
        f"policy: {{import: {SHIPPED_RULES if shipped else '[]'}, rules: [{', '.join(rules)}]}}\n"
        f"model: {{enabled: {str(model is not None).lower()}, path: model.json}}\n"
    )

    def read(path: str) -> str:
        if path == "model.json" and model is not None:
            return model.decode()
        return text if path == "stile.yaml" else read_file(path)

    return load("stile.yaml", read).sites[0].policy
