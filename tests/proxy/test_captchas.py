"""A captcha service is believed where it says yes or no, and left alone where it says nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from challenges.rung import Rung
from config.challenges import ChallengeSection, settings_of
from config.settings import Captcha, ChallengeSettings
from proxy.captchas import FAILURES, MAX_ASKED, RESTS_S, Breaker, Captchas
from tests.support.captcha_service import NO, WORDLESS, YES, CaptchaService
from tests.support.stores import Clock
from tests.support.upstream import OK, Pause

SERVICE = Rung.TURNSTILE
BROKEN = WORDLESS["an error"]


def settings(url: str, secret_file: Path, timeout: str = "300ms") -> ChallengeSettings:
    section = ChallengeSection.model_validate({"captcha_timeout": timeout})
    return settings_of(section, {SERVICE: Captcha("site-key", secret_file, url)})


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("the-secret\n", "ascii")
    return file


@pytest.fixture
def service():
    with CaptchaService() as service:
        yield service


def asking(
    chosen: ChallengeSettings,
    work: Callable[[Captchas], Awaitable[Any]],
    clock: Callable[[], float] = lambda: 0.0,
) -> Any:
    """What `work` brings with these services."""

    async def run() -> Any:
        captchas = Captchas(chosen, clock)
        try:
            return await work(captchas)
        finally:
            await captchas.close()

    return asyncio.run(run())


def once(captchas: Captchas) -> Awaitable[bool | None]:
    return captchas.vouches(SERVICE, "token", "203.0.113.7")


SAID = {
    "yes": ((YES,), True),
    "no": ((NO,), False),
    "yes in two pieces": ((YES[:-6], Pause(0.05), YES[-6:]), True),
}


@pytest.mark.parametrize(("script", "word"), SAID.values(), ids=SAID)
def test_its_word_is_taken(service, secret_file, script, word):
    service.script = script

    assert asking(settings(service.url, secret_file), once) is word


@pytest.mark.parametrize("script", WORDLESS.values(), ids=WORDLESS)
def test_whatever_else_it_says_is_no_word(service, secret_file, script):
    service.script = script

    assert asking(settings(service.url, secret_file), once) is None


def test_it_is_told_the_secret_the_answer_and_the_address(service, secret_file):
    asking(settings(service.url, secret_file), once)

    assert service.asked == [{"secret": "the-secret", "response": "token", "remoteip": "203.0.113.7"}]


def test_a_redirect_takes_the_secret_nowhere(service, secret_file):
    service.script = WORDLESS["a redirect"]
    asking(settings(service.url, secret_file), once)

    assert len(service.asked) == 1


async def fails(captchas: Captchas, times: int) -> None:
    for _ in range(times):
        assert await once(captchas) is None


def test_after_three_failures_it_is_left_alone(service, secret_file):
    service.script = BROKEN

    async def work(captchas: Captchas) -> list[bool]:
        reachable = []
        for _ in range(FAILURES + 2):
            await fails(captchas, 1)
            reachable.append(captchas.reachable(SERVICE))
        return reachable

    assert asking(settings(service.url, secret_file), work) == [True, True, False, False, False]
    assert len(service.asked) == FAILURES


def test_a_word_in_between_forgives(service, secret_file):
    service.script, service.once = (YES,), [BROKEN, BROKEN, (NO,), BROKEN, BROKEN]

    async def work(captchas: Captchas) -> bool:
        for _ in range(5):
            await once(captchas)
        return captchas.reachable(SERVICE)

    assert asking(settings(service.url, secret_file), work) is True


@pytest.mark.parametrize(("script", "open_again"), [((YES,), True), (BROKEN, False)], ids=["well", "ill"])
def test_after_the_rest_one_question_tries_it(service, secret_file, script, open_again):
    service.script, clock = BROKEN, Clock()

    async def work(captchas: Captchas) -> bool:
        await fails(captchas, FAILURES)
        service.script = (Pause(0.1), *script)
        clock.pass_(RESTS_S)
        words = await asyncio.gather(*(once(captchas) for _ in range(5)))
        assert words.count(None) >= 4
        return captchas.reachable(SERVICE)

    assert asking(settings(service.url, secret_file), work, clock) is open_again
    assert len(service.asked) == FAILURES + 1


def test_a_trial_that_never_ends_does_not_close_the_service_for_ever():
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(0.0)

    assert [breaker.tries(now, 3.0) for now in (1.0, RESTS_S, RESTS_S + 1, RESTS_S + 3)] == [
        False,
        True,
        False,
        True,
    ]


SECRETS = {"missing": None, "empty": b"", "blank": b" \n", "not ascii": b"s\xc3\xa9cret"}


@pytest.mark.parametrize("content", SECRETS.values(), ids=SECRETS)
def test_without_a_secret_it_is_not_asked(service, tmp_path, content):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    async def work(captchas: Captchas) -> tuple[bool, bool | None]:
        return captchas.reachable(SERVICE), await once(captchas)

    assert asking(settings(service.url, file), work) == (False, None)
    assert service.asked == []


def test_a_service_that_nobody_set_up_is_not_asked(service, secret_file):
    async def work(captchas: Captchas) -> tuple[bool, bool | None]:
        return captchas.reachable(Rung.HCAPTCHA), await captchas.vouches(Rung.HCAPTCHA, "t", "")

    assert asking(settings(service.url, secret_file), work) == (False, None)


def test_a_reload_brings_a_new_secret_and_a_new_patience(service, secret_file):
    async def work(captchas: Captchas) -> list[bool | None]:
        words = [await once(captchas)]
        secret_file.write_text("another", "ascii")
        service.script = (Pause(0.3), YES)
        captchas.reload(settings(service.url, secret_file, "50ms"))
        words.append(await once(captchas))
        captchas.reload(settings(service.url, secret_file, "5s"))
        return [*words, await once(captchas)]

    assert asking(settings(service.url, secret_file), work) == [True, None, True]
    assert [form["secret"] for form in service.asked] == ["the-secret", "another", "another"]


def test_a_reload_does_not_wake_a_service_that_rests(service, secret_file):
    service.script, chosen = BROKEN, settings(service.url, secret_file)

    async def work(captchas: Captchas) -> bool:
        await fails(captchas, FAILURES)
        captchas.reload(chosen)
        return captchas.reachable(SERVICE)

    assert asking(chosen, work) is False


def test_its_cookies_are_not_kept(service, secret_file):
    service.script = (YES.replace(b"\r\n\r\n", b"\r\nSet-Cookie: spy=1\r\n\r\n", 1),)

    async def work(captchas: Captchas) -> None:
        await once(captchas)
        await once(captchas)

    asking(settings(service.url, secret_file), work)

    assert b"spy" not in b"".join(seen.raw for seen in service.seen)


def test_ok_is_no_word_at_all(service, secret_file):
    service.script = (OK,)

    assert asking(settings(service.url, secret_file), once) is None


def test_a_flood_of_answers_does_not_make_a_service_look_away(service, secret_file):
    # answered together they would queue for connections until their time is over, and open the breaker
    service.script = (Pause(0.1), NO)

    async def flood(captchas: Captchas) -> tuple[list[bool | None], bool]:
        said = await asyncio.gather(*(once(captchas) for _ in range(6 * MAX_ASKED)))
        return said, captchas.reachable(SERVICE)

    said, reachable = asking(settings(service.url, secret_file, "1s"), flood)

    assert (said.count(False), said.count(None), reachable) == (MAX_ASKED, 5 * MAX_ASKED, True)
