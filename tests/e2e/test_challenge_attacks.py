"""Attacks on challenges, over the wire and on two nodes: each is refused, told once, and slows nobody."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import pytest
from lxml import html

from tests.support.captcha_service import NO, WORDLESS, YES, CaptchaService
from tests.support.gateway import Event, Gateway
from tests.support.processes import wait_until
from tests.support.raw import Answer, Line
from tests.support.raw_visitor import FORM, JSON, RawVisitor, asked, right_answer, right_form
from tests.support.stores import a_server
from tests.support.upstream import OK, Upstream

RUNGS = ("cookie", "refresh", "form", "pow", "browser", "turnstile")
ROUNDS = 8
SLOWEST = 20.0  # times a good answer
pytestmark = pytest.mark.timeout(120)


class House:
    """Two nodes with one store, one key and two sites."""

    def __init__(self, folder: Path, upstream: Upstream, service: CaptchaService, store: str) -> None:
        self.upstream, self.service = upstream, service
        secret, key = folder / "secret", folder / "key"
        secret.write_text("s3cret", "ascii")
        key.write_bytes(bytes(range(48)))
        key.chmod(0o600)
        ask = [
            {"name": rung, "when": f'request.path.startsWith("/{rung}")', "action": "challenge", "ask": rung}
            for rung in RUNGS
        ]
        site = {"upstreams": [upstream.address], "mode": "enforce"}
        changes = {
            "trusted_proxies": ["127.0.0.0/8"],
            "state": {"redis": store},
            "secrets": {"key_file": str(key)},
            "policy": {"import": [], "rules": ask},
            "sites": [
                {**site, "name": "shop", "hosts": ["shop.test"]},
                {**site, "name": "blog", "hosts": ["blog.test"]},
            ],
            "challenge": {
                "pow_bits": 8,
                "form_wait": "1s",
                "refresh_wait": "1s",
                "captcha": {
                    "turnstile": {"site_key": "public", "secret_file": str(secret), "verify_url": service.url}
                },
                "captcha_timeout": "300ms",
                "captcha_fallback": "pow",
            },
        }
        self.nodes: list[Gateway] = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            self.nodes.append(Gateway(folder / name, upstream.address, changes))

    def visitor(self, address: str, node: int = 0, **facts: Any) -> RawVisitor:
        return RawVisitor(self.nodes[node].port, address, **facts)

    def events_of(self, answer: Answer) -> list[Event]:
        """The events that carry the answer's decision id, from whichever node."""
        (decision_id,) = (value.decode() for value in answer.values(b"stile-decision-id"))

        def found() -> list[Event]:
            return [
                event for node in self.nodes for event in node.events() if event["event"]["id"] == decision_id
            ]

        wait_until(lambda: bool(found()), 5.0)
        return found()

    def outcome(self, answer: Answer) -> tuple[str, str]:
        """How the one event of this answer tells it."""
        (event,) = self.events_of(answer)
        told = event["stile"]["challenge"]
        return told["outcome"], told.get("reason", "")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream((OK,)))
        service = stack.enter_context(CaptchaService())
        server = a_server(folder / "store")
        stack.callback(server.stop)
        house = House(folder, upstream, service, server.url)
        for node in house.nodes:
            stack.enter_context(node)
        yield house


_LAST = [0]


@pytest.fixture
def visitor(house: House) -> RawVisitor:
    """Somebody new, in a network of its own."""
    _LAST[0] += 1
    house.upstream.forget()
    house.service.script = (YES,)
    return house.visitor(f"10.7.{_LAST[0]}.9")


def reason_of(answer: Answer) -> str:
    return str(orjson.loads(answer.body)["reason"])


# Honest work passes.


@pytest.mark.parametrize("rung", ["pow", "browser"])
def test_honest_work_opens_the_page(house, visitor, rung):
    answer = visitor.solve(visitor.page(f"/{rung}"))

    assert (answer.status, visitor.ask("GET", f"/{rung}").status) == (204, 200)
    assert house.outcome(answer) == ("solved", "")


def test_patience_opens_the_page(house, visitor):
    page = visitor.page("/form?a=b")
    time.sleep(1.1)
    answer = visitor.fill_in(page)

    assert (answer.status, answer.values(b"location")) == (303, [b"/form?a=b"])
    assert visitor.ask("GET", "/form?a=b").status == 200


def test_a_cookie_that_comes_back_opens_the_page(visitor):
    sent = visitor.ask("GET", "/cookie?a=b")
    passed = visitor.ask("GET", sent.values(b"location")[0].decode())

    assert (sent.status, passed.status, passed.values(b"location")) == (303, 303, [b"/cookie?a=b"])
    assert visitor.ask("GET", "/cookie?a=b").status == 200


# One answer is one pass.


def test_an_answer_is_spent_once_also_on_two_nodes_at_the_same_moment(house, visitor):
    for _ in range(ROUNDS):
        page = visitor.copy().page("/pow")
        sent, start = right_answer(page), threading.Barrier(4)

        def post(node: int, sent: Mapping[str, object] = sent, start: threading.Barrier = start) -> Answer:
            other = house.visitor(visitor.address, node)
            start.wait()
            return other.post(sent)

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(post, (0, 1, 0, 1)))

        assert sorted(answer.status for answer in answers) == [204, 403, 403, 403]
        assert sorted(house.outcome(answer) for answer in answers) == [("replayed", "")] * 3 + [
            ("solved", "")
        ]


def test_a_script_and_the_form_beside_it_are_one_pass(house, visitor):
    page = visitor.page("/pow")
    time.sleep(1.1)
    first, second = visitor.copy().fill_in(page), visitor.copy(port=house.nodes[1].port).solve(page)

    assert (first.status, second.status, reason_of(second)) == (303, 403, "replayed")


# Refusals: what is sent, and the reason that the event gives.

Attack = Callable[[House, RawVisitor], Answer]


def flipped(text: str, at: int = 40) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def with_ticket(change: Callable[[str], object]) -> Attack:
    def attack(_: House, visitor: RawVisitor) -> Answer:
        sent = right_answer(visitor.page("/pow"))
        return visitor.post({**sent, "ticket": change(str(sent["ticket"]))})

    return attack


def raw(body: bytes, content_type: bytes = JSON) -> Attack:
    return lambda _, visitor: visitor.ask("POST", "/.stile/answer", body, content_type)


def elsewhere(**facts: Any) -> Attack:
    def attack(_: House, visitor: RawVisitor) -> Answer:
        page = visitor.page("/pow")
        return visitor.copy(**facts).solve(page)

    return attack


def swapped_into_a_script(_: House, visitor: RawVisitor) -> Answer:
    page = visitor.page("/pow")
    return visitor.solve(page, ticket=right_form(page)["ticket"])


def swapped_into_a_form(_: House, visitor: RawVisitor) -> Answer:
    page = visitor.page("/pow")
    return visitor.fill_in(page, ticket=asked(page)["ticket"])


def swapped_into_an_address(_: House, visitor: RawVisitor) -> Answer:
    return visitor.ask("GET", f"/.stile/pass?ticket={asked(visitor.page('/pow'))['ticket']}")


def claims_less_work(_: House, visitor: RawVisitor) -> Answer:
    page = visitor.page("/pow")
    return visitor.solve(page, answer="." * 15, bits=0, rung="cookie", level=7)


def without_cookies(_: House, visitor: RawVisitor) -> Answer:
    page = visitor.page("/form")
    visitor.cookies.clear()
    time.sleep(1.1)
    return visitor.fill_in(page)


ATTACKS: dict[str, tuple[Attack, tuple[str, str]]] = {
    "a bit-flipped ticket": (with_ticket(flipped), ("failed", "forged")),
    "a truncated ticket": (with_ticket(lambda text: text[:-5]), ("failed", "forged")),
    "an oversized ticket": (with_ticket(lambda text: text * 9), ("failed", "forged")),
    "a ticket of lists": (with_ticket(lambda text: [[text]]), ("failed", "malformed")),
    "a ticket that is a number": (with_ticket(lambda _: 10**18), ("failed", "malformed")),
    "less work": (claims_less_work, ("failed", "wrong_answer")),
    "a ticket of another site": (elsewhere(host="blog.test"), ("failed", "other_site")),
    "a ticket of another browser": (elsewhere(agent=b"curl/8"), ("failed", "other_browser")),
    "a form's ticket in a script's answer": (swapped_into_a_script, ("failed", "other_way")),
    "a script's ticket in a form": (swapped_into_a_form, ("failed", "other_way")),
    "a script's ticket as an address": (swapped_into_an_address, ("failed", "other_way")),
    "a form without cookies": (without_cookies, ("failed", "no_cookies")),
    "no JSON": (raw(b"{"), ("failed", "malformed")),
    "deep JSON": (raw(b"[" * 10_000), ("failed", "malformed")),
    "no number": (raw(b'{"ticket": NaN, "answer": Infinity}'), ("failed", "malformed")),
    "a surrogate": (raw(b'{"ticket": "\\ud800", "answer": ""}'), ("failed", "malformed")),
    "no body": (raw(b""), ("failed", "malformed")),
    "another type": (raw(b"ticket=a", b"text/plain"), ("failed", "malformed")),
    "a megabyte": (raw(b'{"ticket": "' + b"x" * (1 << 20) + b'"}'), ("failed", "too_large")),
    "a megabyte of form": (raw(b"ticket=" + b"x" * (1 << 20), FORM), ("failed", "too_large")),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.values(), ids=ATTACKS)
def test_is_refused_and_told_in_one_event(house, visitor, attack, outcome):
    answer = attack(house, visitor)

    assert answer.status in {400, 403}
    assert b"stile_clearance" not in visitor.cookies
    assert house.outcome(answer) == outcome


# Cookies.

BROKEN = {
    "bit-flipped": lambda text: flipped(text.decode()).encode(),
    "truncated": lambda text: text[:-4],
    "oversized": lambda text: text * 12,
    "of bytes": lambda _: b"\xff\xfe",
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_changed_clearance_is_asked_again(visitor, change):
    visitor.solve(visitor.page("/pow"))
    assert visitor.ask("GET", "/pow").status == 200
    visitor.cookies[b"stile_clearance"] = change(visitor.cookies[b"stile_clearance"])

    assert visitor.ask("GET", "/pow").status == 403


@pytest.mark.parametrize("level", ["0", "-1", "1", "7", "99", "x", "1e9", "%00", "7" * 50])
def test_no_level_that_is_asked_about_makes_a_clearance(visitor, level):
    assert visitor.ask("GET", f"/.stile/clearance?level={level}").status == 404


@pytest.mark.parametrize("facts", [{"host": "blog.test"}, {"agent": b"curl/8"}], ids=["site", "browser"])
def test_a_clearance_is_of_no_use_elsewhere(visitor, facts):
    visitor.solve(visitor.page("/pow"))

    assert visitor.copy(**facts).ask("GET", "/pow").status == 403


def test_who_goes_back_and_forth_between_two_networks_is_asked_once_in_each(visitor):
    asked_at, here, there = [], visitor.address, f"2001:db8:{_LAST[0]}::7"
    for address in (here, there, here, there, here):
        visitor.address = address
        if visitor.ask("GET", "/pow").status == 403:
            asked_at.append(address)
            assert visitor.solve(visitor.page("/pow")).status == 204

    assert asked_at == [here, there]


# Ways back.

TARGETS = ["//evil.test/form", "/form/..//evil.test", "/form/%2e%2e//evil.test", "/form\\evil.test"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_pass_leads_to_this_site(visitor, target):
    answer = visitor.ask(
        "GET", "/.stile/challenge?ask=cookie&next=" + target, referer=b"http://shop.test" + target.encode()
    )
    passed = visitor.ask("GET", answer.values(b"location")[0].decode())
    (location,) = passed.values(b"location")

    assert passed.status == 303
    assert location.startswith(b"/")
    assert location[1:2] not in {b"/", b"\\"}


# Kept forms.

BODY = b"item=7&note=\xc3\xa9%0d%0a"


def kept(
    visitor: RawVisitor, path: str = "/pow/cart", body: bytes = BODY, content_type: bytes = FORM
) -> bytes:
    """What the page holds after a POST; the challenge is passed."""
    page = visitor.page(path, "POST", body, content_type)
    found = page.xpath("//input[@name='kept']/@value")
    assert visitor.solve(page).status == 204
    return str(found[0]).encode() if found else b""


def posted(house: House) -> list[bytes]:
    """The bodies that reached the storefront; a gateway also asks it for robots.txt."""
    return [seen.body for seen in house.upstream.seen if seen.raw.startswith(b"POST ")]


def arrived(house: House) -> tuple[bytes, list[bytes]]:
    """Body and content types of what reached the storefront last."""
    seen = next(each for each in reversed(house.upstream.seen) if each.raw.startswith(b"POST "))
    assert seen.head is not None
    return seen.body, seen.head.values(b"content-type")


def test_a_kept_form_reaches_the_storefront_as_it_was(house, visitor):
    sent = b"stile_kept=" + kept(visitor) + b"\r\n"
    answer = visitor.ask("POST", "/pow/cart", sent, b"text/plain")

    assert answer.status == 200
    assert arrived(house) == (BODY, [FORM])


def test_a_kept_form_of_another_site_gets_no_cookie_that_the_browser_had_held_back(house, visitor):
    # the page of ours sends it from this very site, where SameSite and Origin would say that all is well
    origin = b"https://evil.test"
    answer = visitor.ask("POST", "/pow/cart", BODY, FORM, origin=origin)
    page = html.fromstring(answer.body.decode())
    assert visitor.solve(page).status == 204
    visitor.cookies[b"login"] = b"anne"
    text = page.xpath("//input[@name='kept']/@value")[0].encode()
    visitor.ask("POST", "/pow/cart", b"stile_kept=" + text, b"text/plain", origin=b"http://shop.test")
    seen = next(each for each in reversed(house.upstream.seen) if each.raw.startswith(b"POST "))

    assert seen.head is not None
    assert seen.body == BODY
    assert (seen.head.values(b"cookie"), seen.head.values(b"origin")) == ([], [origin])


FORGERIES: dict[str, Callable[[RawVisitor, bytes], tuple[RawVisitor, str, bytes]]] = {
    "changed by a byte": lambda who, text: (who, "/pow/cart", flipped(text.decode()).encode()),
    "truncated": lambda who, text: (who, "/pow/cart", text[:-8]),
    "for another address": lambda who, text: (who, "/pow/pay", text),
    "made up": lambda who, _: (who, "/pow/cart", b64encode(b"item=8" * 20).rstrip(b"=")),
    "too long": lambda who, text: (who, "/pow/cart", text * 90),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_form_is_never_unlocked(house, visitor, forgery):
    who, path, text = forgery(visitor, kept(visitor))
    house.upstream.forget()
    answer = who.ask("POST", path, b"stile_kept=" + text, b"text/plain")
    bodies = posted(house)

    assert answer.status in {200, 413}
    assert BODY not in bodies
    assert all(body == b"stile_kept=" + text for body in bodies)


@pytest.mark.parametrize("facts", [{"host": "blog.test"}, {"agent": b"curl/8"}], ids=["site", "browser"])
def test_a_form_of_somebody_else_is_never_unlocked(house, visitor, facts):
    text, other = kept(visitor), visitor.copy(**facts)
    other.cookies.clear()
    assert other.solve(other.page("/pow/cart")).status == 204
    house.upstream.forget()
    other.ask("POST", "/pow/cart", b"stile_kept=" + text, b"text/plain")

    assert posted(house) == [b"stile_kept=" + text]


def test_a_form_that_is_too_large_is_not_kept_and_the_visitor_passes_all_the_same(visitor):
    assert kept(visitor, body=b"x" * 70_000) == b""
    assert visitor.ask("GET", "/pow/cart").status == 200


INJECTED = [FORM + end + b"X-Evil: 1" for end in (b"\r\n\t", b"\n", b"\r", b"\x00", b"\r\n ", b"\x0b")]


@pytest.mark.parametrize("content_type", INJECTED)
def test_no_line_end_in_a_content_type_reaches_the_storefront(house, visitor, content_type):
    answer = visitor.ask("POST", "/pow/cart", BODY, content_type)
    if b"stile-mitigated" in {name.lower() for name, _ in answer.fields} and answer.status == 403:
        text = kept(visitor, content_type=content_type)
        visitor.ask("POST", "/pow/cart", b"stile_kept=" + text, b"text/plain")

    assert not any(seen.head is None or seen.head.values(b"x-evil") for seen in house.upstream.seen)
    assert answer.status in {400, 403}


# Nobody loops.


def test_who_failed_twice_gets_the_form_which_counts_for_what_was_asked(visitor):
    for _ in range(2):
        assert visitor.solve(visitor.page("/browser"), answer="." * 15).status == 403
    page = visitor.page("/browser")
    assert not page.xpath("//*[@data-worker]")
    time.sleep(2.1)

    assert visitor.fill_in(page).status == 303
    assert visitor.ask("GET", "/browser").status == 200


# Captcha services.


def test_a_captcha_passes_on_the_services_word(house, visitor):
    page = visitor.page("/turnstile")
    house.service.script = (NO,)
    refused = visitor.post({"ticket": asked(page)["ticket"], "answer": "token"})
    house.service.script = (YES,)
    taken = visitor.post({"ticket": asked(page)["ticket"], "answer": "token"})

    assert (refused.status, reason_of(refused), taken.status) == (403, "refused_by_service", 204)
    assert visitor.ask("GET", "/turnstile").status == 200
    assert house.service.asked[-1] == {"secret": "s3cret", "response": "token", "remoteip": visitor.address}


def test_while_a_service_is_down_something_else_is_asked_and_counts_as_much(house, visitor):
    visitor = visitor.copy(port=house.nodes[1].port)
    house.service.script = WORDLESS["too slow"]
    sent = {"ticket": asked(visitor.page("/turnstile"))["ticket"], "answer": "token"}
    answers = [visitor.post(sent) for _ in range(3)]
    instead = visitor.page("/turnstile")

    assert [(answer.status, reason_of(answer)) for answer in answers] == [(503, "unavailable")] * 3
    assert (asked(instead)["level"], "service" in asked(instead)) == ("7", False)
    assert visitor.solve(instead).status == 204
    assert visitor.ask("GET", "/turnstile").status == 200


# Nothing is slow.

FLOOD = {
    "a megabyte": (b'{"ticket": "' + b"x" * (1 << 20) + b'"}', JSON),
    "a large form": (b"ticket=" + b"%41" * 20 + b"x" * 90_000, FORM),
    "an escaped form": (b"ticket=" + b"%41" * 30_000, FORM),
    "deep JSON": (b"[" * 16_000, JSON),
    "a forged ticket": (b'{"ticket": "' + b"A" * 4000 + b'", "answer": ""}', JSON),
    "many dots": (b'{"ticket": "A", "answer": "' + b"." * 15_000 + b'"}', JSON),
}


@pytest.mark.parametrize(("body", "content_type"), FLOOD.values(), ids=FLOOD)
def test_no_attack_takes_much_longer_than_a_good_answer_nor_stops_the_loop(visitor, body, content_type):
    good = []
    for _ in range(5):
        fresh = visitor.copy()
        sent = right_answer(fresh.page("/browser"))
        good.append(seconds(lambda fresh=fresh, sent=sent: fresh.post(sent)))
    bad: list[float] = []
    over = threading.Event()

    def attack() -> None:
        while not over.is_set():
            bad.append(seconds(lambda: visitor.copy().ask("POST", "/.stile/answer", body, content_type)))

    attacker = threading.Thread(target=attack)
    attacker.start()
    waited = [seconds(lambda: health(visitor.port)) for _ in range(25)]
    wait_until(lambda: len(bad) >= 10)
    over.set()
    attacker.join()

    assert len(bad) >= 10
    assert median(bad) <= SLOWEST * median(good)
    assert median(waited) <= SLOWEST * median(good)


def health(port: int) -> None:
    with Line(port) as line:
        line.send(b"GET /open HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
        answer = line.answer()
    assert answer is not None
    assert answer.status == 200


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
