"""What Stile answers itself, below its own prefix: nothing of it reaches a storefront."""

import asyncio
import json
import time

import orjson
import pytest

from challenges.assets import ASSETS
from tests.support.asking_house import a_house, on_a_loop
from tests.support.raw import Line
from tests.support.raw_visitor import FORM, JSON, RawVisitor, right_answer

ANSWERED = {
    "an asset": ("GET", ASSETS["challenge.js"].path, b"", b"", 200),
    "an asset of another day": ("GET", "/.stile/assets/challenge.000000000000.js", b"", b"", 200),
    "no asset": ("GET", "/.stile/assets/other.000000000000.js", b"", b"", 404),
    "something shown": ("GET", "/.stile/seen.css", b"", b"", 200),
    "an image shown": ("HEAD", "/.stile/seen.gif", b"", b"", 200),
    "no clearance": ("GET", "/.stile/clearance", b"", b"", 404),
    "no such thing": ("GET", "/.stile/", b"", b"", 404),
    "answers are posted": ("GET", "/.stile/answer", b"", b"", 404),
    "nothing else is": ("POST", "/.stile/clearance", b"", b"", 405),
    "nor put": ("PUT", "/.stile/answer", b"", b"", 405),
    "a script's rubbish": ("POST", "/.stile/answer", b"{", JSON, 400),
    "a form's rubbish": ("POST", "/.stile/answer", b"x", FORM, 400),
    "an address without a ticket": ("GET", "/.stile/pass", b"", b"", 403),
}


@pytest.mark.parametrize(("method", "path", "body", "kind", "status"), ANSWERED.values(), ids=ANSWERED)
@on_a_loop
async def test_every_path_has_its_answer(tmp_path, method, path, body, kind, status):
    async with a_house(tmp_path) as house:
        answer = await house.ask(method, path, body, kind)

    assert answer.status == status


@on_a_loop
async def test_that_a_page_is_shown_stands_in_the_events(tmp_path):
    async with a_house(tmp_path) as house:
        await house.ask("GET", "/.stile/clearance?level=5&id=AAECAwQFBgcICQoLDA0ODw")
        told = await house.challenge()

    assert told == {"id": "AAECAwQFBgcICQoLDA0ODw", "kind": "", "outcome": "fetched"}


@pytest.mark.parametrize("id_", ["", "x", "%22%3E", "A" * 23, "AAECAwQFBgcICQoLDA0OD%0A"])
@on_a_loop
async def test_what_is_no_ticket_id_does_not(tmp_path, id_):
    async with a_house(tmp_path) as house:
        await house.ask("GET", "/.stile/clearance?level=5&id=" + id_)

        assert await house.challenge() == {}


@on_a_loop
async def test_a_refused_answer_names_the_reason_to_script_and_operator(tmp_path):
    async with a_house(tmp_path) as house:
        answer = await house.ask("POST", "/.stile/answer", b'{"ticket": "x", "answer": "y"}', JSON)
        told = await house.challenge()

    assert (json.loads(answer.body)["reason"], told["reason"], told["device"]) == (
        "forged",
        "forged",
        "desktop",
    )


@on_a_loop
async def test_an_answer_without_content_has_no_length(tmp_path):
    async with a_house(tmp_path) as house:
        visitor = RawVisitor(house.port)
        answer = await asyncio.to_thread(lambda: visitor.solve(visitor.page("/pow")))

    assert (answer.status, answer.values(b"content-length")) == (204, [])


HEAD = b"POST /.stile/answer HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: %b\r\nContent-Type: %b\r\n"


def slowly_answered(port: int) -> list[int]:
    """One good answer, and one that begins in time and ends when its ticket has expired."""
    visitor = RawVisitor(port, agent=b"Mozilla/5.0")
    sent = right_answer(visitor.page("/pow"))
    body = orjson.dumps(sent)
    with Line(port) as line:
        line.send(HEAD % (visitor.agent, JSON) + b"Content-Length: %d\r\n\r\n" % len(body) + body[:-1])
        good = visitor.post(sent)
        time.sleep(3.2)
        line.send(body[-1:])
        late = line.answer(b"POST")
    assert late is not None
    return [good.status, late.status]


@on_a_loop
async def test_a_slow_body_does_not_outlive_its_ticket_to_be_spent_twice(tmp_path):
    async with a_house(
        tmp_path, ticket_ttl="3s", pow_budget="1s", form_wait="1s", refresh_wait="1s"
    ) as house:
        assert await asyncio.to_thread(slowly_answered, house.port) == [204, 403]
