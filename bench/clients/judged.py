"""One first request, judged by the policy as it is shipped, in enforce mode."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from analysis.wilson import wilson
from bench.clients.people import Headers
from config.decision import Action, Decision, Mode
from config.judge import judge
from config.loader import load
from config.policy import Policy
from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.request import Request
from detectors.visit import Visit

NOW = 1_790_000_000.0
ADDRESS = "203.0.113.7"


@dataclass(slots=True)
class Share:
    """How many of `all` were challenged, and by which evidence."""

    all: int = 0
    asked: int = 0
    by: dict[str, int] = field(default_factory=dict)

    def add(self, decision: Decision) -> None:
        """Count one first request."""
        self.all += 1
        if decision.action is not Action.ALLOW:
            self.asked += 1
            ids = "+".join(sorted(item.id for item in decision.evidence if item.log_odds > 0))
            self.by[ids] = self.by.get(ids, 0) + 1

    @property
    def rate(self) -> float:
        """The share of the challenged."""
        return self.asked / self.all if self.all else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95 %."""
        return wilson(self.asked, self.all)


def shipped_policy(folder: Path) -> Policy:
    """The policy of a site that says nothing about policy."""
    file = folder / "shipped.yaml"
    site = {"hosts": ["*"], "upstreams": ["http://127.0.0.1:9"], "mode": "enforce"}
    file.write_text(yaml.safe_dump({"state": {"directory": str(folder / "state")}, "sites": [site]}), "utf-8")
    return load(str(file)).sites[0].policy


def first_request(headers: Headers, scheme: str = "https", path: str = "/") -> Request:
    """A page load with these headers; `http` is also what arrives behind a front that ended TLS silently."""
    fields: dict[bytes, bytes] = {}
    for name, content in headers:
        fields.setdefault(name.lower(), content)
    return Request(
        "GET", path.encode(), path, "", "shop.example.com", scheme, "1.1", headers, fields, ADDRESS, NOW
    )  # fmt: skip


def judged(request: Request, policy: Policy) -> Decision:
    """What the policy says to somebody whom nobody has seen before."""
    ip, session = Client(f"ip={ADDRESS}", NOW), Client("s=new", NOW)
    step = step_of(request)
    for client in (ip, session):
        client.arrive(step, NOW)
    return judge(Visit(replace(request, arrived=NOW), ip, session, step=step), policy, Mode.ENFORCE, NOW)
