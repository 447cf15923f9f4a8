"""Lists and keys come in by themselves; what is broken, shrunk or away changes nothing and is told once."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from config.bots import BotsSection, bots_of
from config.settings import Bots
from detectors.identity.operators import SignedAgent
from proxy.verify.book import Book
from proxy.verify.fetch import Fetched, FetchError
from proxy.verify.key_directory import BadDirectoryError, keys_of
from proxy.verify.published import FILE, read_published
from proxy.verify.refresher import Refresher
from tests.support.signing import SigningBot

NOW = 1_800_000_000.0
DAY = 86_400.0
LIST, MIRROR = "https://lists.example/googlebot.json", "https://mirror.example/partner.txt"
HOST = "bot.example.org"
BOT = SigningBot()
DIRECTORY = json.dumps({"keys": [BOT.jwk]}).encode()
GOOGLE = json.dumps({"prefixes": [{"ipv4Prefix": f"8.8.{n}.0/25"} for n in range(60)]}).encode()


class Internet:
    """Answers by address, or does not; remembers what it was asked."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def get(self, url: str, **_: object) -> Fetched:
        self.asked.append(url)
        if url not in self.answers:
            raise FetchError("no route")
        return Fetched(self.answers[url], "application/json")


def settings() -> Bots:
    bots = bots_of(BotsSection.model_validate({}))
    return replace(
        bots,
        lists={"googlebot": ("https://old.example/gone.json", LIST)},
        agents={HOST: SignedAgent("acme", "ai-assistant")},
    )


class House:
    """A refresher, a book, and a clock that is set by hand."""

    def __init__(self, folder: Path, answers: dict[str, bytes]) -> None:
        self.now = NOW
        self.bots = settings()
        self.internet = Internet(answers)
        self.path = folder / FILE
        self.refresher = Refresher(
            self.path,
            lambda: self.bots,
            public=self.internet,  # type: ignore[arg-type]
            mirror=self.internet,  # type: ignore[arg-type]
            clock=lambda: self.now,
        )

    def round(self) -> list[str]:
        """One round; the names of what was logged."""
        with structlog.testing.capture_logs() as lines:
            asyncio.run(self.refresher.round())
        return [line["event"] for line in lines]

    def book(self) -> Book:
        """What a worker knows now."""
        book = Book(self.path, self.bots, lambda: self.now)
        book.read()
        return book


WELL_KNOWN = f"https://{HOST}/.well-known/http-message-signatures-directory"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, {LIST: GOOGLE, WELL_KNOWN: DIRECTORY})


def test_what_is_published_comes_to_the_workers(house: House) -> None:
    house.round()
    book = house.book()

    assert len(book.ranges["googlebot"].starts) == 60
    assert book.ranges["googlebot"].published
    assert (HOST, BOT.id) in book.keys
    assert house.path.stat().st_mode & 0o777 == 0o600


def test_it_is_fetched_again_when_it_is_due_and_not_before(house: House) -> None:
    house.round()
    house.now += 3000
    asked = len(house.internet.asked)
    house.round()

    assert len(house.internet.asked) == asked
    house.now += DAY
    house.round()
    assert len(house.internet.asked) == asked + 3


BROKEN = {
    "away": None,
    "nothing": b'{"prefixes": []}',
    "everything": b'["0.0.0.0/0"]',
    "shrunk": b'["8.8.1.0/25"]',
    "grown": json.dumps([f"8.{n >> 8}.{n & 255}.0/25" for n in range(5000)]).encode(),
    "a page": b"<html>",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_broken_list_leaves_the_last_good_one(house: House, answer: bytes | None) -> None:
    house.round()
    house.internet.answers.pop(LIST)
    if answer is not None:
        house.internet.answers[LIST] = answer
    house.now += DAY
    house.round()

    assert len(house.book().ranges["googlebot"].starts) == 60
    assert "googlebot" in read_published(house.path).faults


def test_a_site_without_internet_is_told_once(tmp_path: Path) -> None:
    house = House(tmp_path, {})
    said = [house.round()]
    for _ in range(50):
        house.now += 3600
        said.append(house.round())

    assert said[0] == ["bots.refresh_failed"]
    assert not any(said[1:])


def test_and_told_when_it_works_again(house: House) -> None:
    answers, house.internet.answers = house.internet.answers, {}
    house.round()
    house.internet.answers = answers
    house.now += 3600

    assert house.round() == ["bots.refreshed"]


def test_an_old_list_verifies_and_accuses_nobody(house: House) -> None:
    house.round()
    house.now += 31 * DAY
    ranges = house.book().ranges["googlebot"]

    assert ranges.starts
    assert not ranges.published


def test_old_keys_count_no_more(house: House) -> None:
    house.round()
    house.now += DAY + 1

    assert not house.book().keys


def test_nothing_is_fetched_where_the_operator_said_so(house: House) -> None:
    house.bots = replace(house.bots, refresh_s=None, agents={})
    house.round()

    assert house.internet.asked == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2}', '{"version": 1, "lists": {"googlebot": 3}}']
)
def test_a_broken_file_is_none(house: House, text: str) -> None:
    house.path.write_text(text)
    book = house.book()

    assert book.ranges["googlebot"].starts  # the snapshot's
    house.round()
    assert len(house.book().ranges["googlebot"].starts) == 60


WITH_TIME = b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "' + BOT.jwk["x"].encode() + b'", %b}]}'
KEYS = {
    "no JSON": b"{",
    "no keys": b'{"keys": []}',
    "no list": b'{"keys": 1}',
    "a shared secret": b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
    "another curve": b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]}',
    "for encryption": json.dumps({"keys": [{**BOT.jwk, "use": "enc"}]}).encode(),
    "under another's name": json.dumps({"keys": [{**BOT.jwk, "kid": SigningBot().id}]}).encode(),
    "a short key": b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}',
    "too many": json.dumps({"keys": [BOT.jwk] * 51}).encode(),
    "half a character": b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "\\ud800"}]}',
    "valid for a number that is none": WITH_TIME % b'"nbf": NaN',
    "valid from the end of time": WITH_TIME % b'"nbf": 1e999',
    "valid until before all time": WITH_TIME % b'"exp": -Infinity',
    "valid from what no clock shows": WITH_TIME % (b'"nbf": 1' + b"0" * 400),
    "in brackets without end": b"[" * 60_000,
}


@pytest.mark.parametrize("body", KEYS.values(), ids=KEYS)
def test_a_directory_without_usable_keys_is_refused(body: bytes) -> None:
    with pytest.raises(BadDirectoryError):
        keys_of(body)


STRANGE = {"half a character": KEYS["half a character"], "no number": KEYS["valid for a number that is none"]}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_a_strange_directory_takes_nothing_else_with_it(house: House, body: bytes) -> None:
    house.internet.answers[WELL_KNOWN] = body
    house.round()

    assert len(house.book().ranges["googlebot"].starts) == 60
    assert set(read_published(house.path).faults) == {HOST}


def test_whatever_a_fetch_raises_the_others_are_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = house.internet.get

    async def failing(url: str, **about: object) -> Fetched:
        if url == WELL_KNOWN:
            raise RuntimeError("a fault of a library")
        return await get(url, **about)

    monkeypatch.setattr(house.internet, "get", failing)
    house.round()

    assert len(house.book().ranges["googlebot"].starts) == 60
