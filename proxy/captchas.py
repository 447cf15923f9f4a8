"""Asks captcha services for their word: briefly, and not at all while one does not answer."""

from collections.abc import Callable, Mapping

import aiohttp
from orjson import JSONDecodeError, loads

from challenges.rung import Rung
from config.settings import Captcha, ChallengeSettings
from proxy.logs import logger
from proxy.version import VERSION

MAX_ANSWER = 16 * 1024
FAILURES = 3  # in a row, after which a service rests
RESTS_S = 30.0
MAX_ASKED = 64  # questions at once: more would wait for each other, and look as if the service were away


class Breaker:
    """Open while a service is left alone. Times in seconds of any clock that only goes forward."""

    __slots__ = ("_failures", "_rests_until")

    def __init__(self) -> None:
        self._failures = 0
        self._rests_until = 0.0

    def closed(self, now: float) -> bool:
        """True where the service is not left alone."""
        return now >= self._rests_until

    def tries(self, now: float, for_s: float) -> bool:
        """True where the service may be asked; after a rest by one question alone, which has `for_s`."""
        if not self.closed(now):
            return False
        if self._failures >= FAILURES:
            self._rests_until = now + for_s
        return True

    def succeeded(self) -> None:
        """The service answered."""
        self._failures = 0
        self._rests_until = 0.0

    def failed(self, now: float) -> bool:
        """It did not; True where that opened the breaker."""
        self._failures += 1
        if self._failures < FAILURES:
            return False
        self._rests_until = now + RESTS_S
        return True


class Captchas:
    """The services of the configuration, for one worker."""

    def __init__(self, settings: ChallengeSettings, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._asked = 0
        self._breakers: dict[Rung, Breaker] = {}
        self._services: Mapping[Rung, Captcha] = {}
        self._secrets: dict[Rung, str] = {}
        self.reload(settings)

    def reload(self, settings: ChallengeSettings) -> None:
        """Use these services from now on. One whose secret cannot be read is not asked."""
        self._services, self._timeout_s = settings.captchas, settings.captcha_timeout_s
        self._breakers = {service: self._breakers.get(service, Breaker()) for service in self._services}
        self._secrets = {}
        for service, captcha in self._services.items():
            try:
                secret = captcha.secret_file.read_text("ascii").strip()
            except (OSError, UnicodeDecodeError) as error:
                logger().error("captcha.no_secret", service=service, error=str(error))
                continue
            if secret:
                self._secrets[service] = secret
            else:
                logger().error("captcha.no_secret", service=service, error="the file is empty")

    def reachable(self, service: Rung) -> bool:
        """True where the service can be asked now; else ask the visitor something else."""
        return service in self._secrets and self._breakers[service].closed(self._clock())

    async def vouches(self, service: Rung, token: str, address: str) -> bool | None:
        """Whether the service takes the token for good; None where it does not say."""
        secret = self._secrets.get(service)
        if secret is None or self._asked >= MAX_ASKED:
            return None
        if not self._breakers[service].tries(self._clock(), self._timeout_s):
            return None
        form = {"secret": secret, "response": token, "remoteip": address}
        self._asked += 1
        try:
            word = await self._ask(self._services[service].verify_url, form)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if self._breakers[service].failed(self._clock()):
                logger().warning(
                    "captcha.rests", service=service, seconds=RESTS_S, error=type(error).__name__
                )
            return None
        finally:
            self._asked -= 1
        self._breakers[service].succeeded()
        return word

    async def _ask(self, url: str, form: Mapping[str, str]) -> bool:
        """The `success` of a 200. Raises ValueError for any other answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": f"stile/{VERSION}"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        limit = aiohttp.ClientTimeout(total=self._timeout_s)
        async with self._session.post(url, data=form, allow_redirects=False, timeout=limit) as answer:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            body = b""
            async for piece in answer.content.iter_any():
                body += piece
                if len(body) > MAX_ANSWER:
                    raise ValueError("too large an answer")
        try:
            said = loads(body)
        except JSONDecodeError:
            raise ValueError("no JSON") from None
        match said:
            case {"success": bool(success)}:
                return success
        raise ValueError("no success in the answer")

    async def close(self) -> None:
        """Let go of connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
