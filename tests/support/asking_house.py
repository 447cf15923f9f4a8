"""One worker in this process that asks, below each rung's own path, for that rung; what its events say."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from challenges.rung import CAPTCHAS, Rung
from tests.support.inner_worker import an_inner_worker
from tests.support.raw import Answer
from tests.support.raw_visitor import RawVisitor
from tests.support.stores import eventually
from tests.support.upstream import OK, Upstream

RULES = [
    {
        "name": str(rung),
        "when": f'request.path.startsWith("/{rung}")',
        "action": "challenge",
        "ask": str(rung),
    }
    for rung in Rung
]


class House:
    """One worker in this process, and what its events say."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self._file = port, folder / "events.jsonl"

    async def ask(self, method: str, target: str, *given: bytes, **more: bytes) -> Answer:
        """One request by a new visitor."""
        return await asyncio.to_thread(RawVisitor(self.port).ask, method, target, *given, **more)

    async def challenge(self) -> dict[str, Any]:
        """What the one event tells of a challenge."""
        assert await eventually(lambda: self._file.exists() and bool(self._file.read_bytes()))
        (event,) = [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]
        return dict(event["stile"].get("challenge", {}))


@asynccontextmanager
async def a_house(folder: Path, **challenge: str) -> AsyncIterator[House]:
    """Captcha services are set up without their secrets; `pow` stands in for them."""
    captcha = {
        str(service): {"site_key": "k", "secret_file": str(folder / "missing")} for service in CAPTCHAS
    }
    changes = {
        "policy": {"import": [], "rules": RULES},
        "challenge": {"pow_bits": 8, "captcha": captcha, "captcha_fallback": "pow", **challenge},
    }
    with Upstream((OK,)) as upstream:
        async with an_inner_worker(folder, upstream.address, changes) as (_, _, port):
            yield House(port, folder)


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test that waits, and the worker that it waits for, on one loop."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run
