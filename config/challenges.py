"""What visitors are asked: the `challenge` section, its captcha services, and what they become."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from challenges.captchas import CAPTCHA_PAGES
from challenges.rung import CAPTCHAS, Rung
from config.cel.rules import Ladder
from config.decision import Band
from config.sections import Section
from config.settings import Captcha, ChallengeSettings
from config.units import Duration

RungWord = Literal[
    "cookie", "resource", "refresh", "form", "pow", "browser", "turnstile", "hcaptcha", "recaptcha"
]
ServiceWord = Literal["turnstile", "hcaptcha", "recaptcha"]
SHORTEST_S = 1.0  # an answer that counts for no time is asked for ever


class LadderSection(Section):
    """What a challenge begins with in each band, where the rule does not say it."""

    trusted: RungWord = Field("pow", description="For risk in this band, or none.")
    low: RungWord = Field("pow", description="For risk in this band.")
    elevated: RungWord = Field("pow", description="For risk in this band.")
    high: RungWord = Field("pow", description="For risk in this band.")
    certain: RungWord = Field("browser", description="For risk in this band.")


class CaptchaSection(Section):
    """One captcha service: the two keys that it gave you."""

    site_key: str = Field(min_length=1, max_length=200, description="The public key, shown in the page.")
    secret_file: str = Field(description="File with the secret key.")
    verify_url: str | None = Field(
        None,
        pattern=r"^https?://[!-~]+$",
        description="Where answers are verified, in place of the service's own address.",
    )


class ChallengeSection(Section):
    """What visitors are asked, and for how long an answer counts."""

    ladder: LadderSection = Field(
        default_factory=lambda: LadderSection.model_validate({}),
        description="What a challenge begins with in each band.",
    )
    pow_bits: Annotated[int, Field(ge=8, le=24)] = Field(
        16,
        description="Leading zero bits of the proof of work; each one more doubles the work. 16 takes a "
        "phone six times slower than a desktop a quarter of a second; docs/challenges.md has the table.",
    )
    pow_budget: Duration = Field(
        "6s",  # type: ignore[assignment]  # defaults are written as operators write them
        description="How long a device works at most; then an eighth of the work will do.",
    )
    browser_limit: Annotated[float, Field(ge=0.5, le=20.0)] = Field(
        3.0,
        description="Log-odds of the page's probes from which on the `browser` rung refuses; 3 is 95 of 100.",
    )
    form_wait: Duration = Field("5s", description="How long the page without JavaScript asks to wait.")  # type: ignore[assignment]
    form_ttl: Duration = Field("30m", description="How long an answered form counts.")  # type: ignore[assignment]
    refresh_wait: Duration = Field("3s", description="How long `refresh` asks to wait.")  # type: ignore[assignment]
    ticket_ttl: Duration = Field("10m", description="How long a question may be answered.")  # type: ignore[assignment]
    clearance_ttl: Duration = Field("12h", description="How long an answer counts.")  # type: ignore[assignment]
    status: Literal[200, 403, 429, 503] = Field(
        403, description="HTTP status of the challenge page. 403 keeps it out of search indexes and caches."
    )
    captcha: dict[ServiceWord, CaptchaSection] = Field(
        default_factory=dict, description="Captcha services, by name, that rules and the ladder may ask."
    )
    captcha_timeout: Duration = Field("3s", description="Longest wait for a captcha service's word.")  # type: ignore[assignment]
    captcha_fallback: Literal["form", "pow", "browser"] = Field(
        "browser", description="What is asked while a captcha service cannot be reached."
    )

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if max(self.form_wait, self.refresh_wait, self.pow_budget) * 2 >= self.ticket_ttl:
            raise PydanticCustomError("waits", "ticket_ttl must be more than twice the waits and pow_budget")
        if min(self.form_ttl, self.clearance_ttl) < SHORTEST_S:
            raise PydanticCustomError("ttl", "form_ttl and clearance_ttl must be 1s at least")
        return self


def settings_of(section: ChallengeSection, captchas: Mapping[Rung, Captcha]) -> ChallengeSettings:
    """The section as it is used. `captchas` have their files found already."""
    return ChallengeSettings(
        pow_bits=section.pow_bits,
        pow_budget_s=section.pow_budget,
        browser_limit=section.browser_limit,
        form_wait_s=section.form_wait,
        form_ttl_s=section.form_ttl,
        refresh_wait_s=section.refresh_wait,
        ticket_ttl_s=section.ticket_ttl,
        clearance_ttl_s=section.clearance_ttl,
        status=section.status,
        captchas=captchas,
        captcha_timeout_s=section.captcha_timeout,
        captcha_fallback=Rung(section.captcha_fallback),
    )


def captcha_of(service: Rung, section: CaptchaSection, secret_file: Path) -> Captcha:
    """One service, with the address that it is known by where the operator names none."""
    return Captcha(section.site_key, secret_file, section.verify_url or CAPTCHA_PAGES[service].verify_url)


def ladder_of(section: LadderSection) -> Ladder:
    """What a challenge begins with, by band."""
    rungs: dict[Band | None, Rung] = {band: Rung(getattr(section, band)) for band in Band}
    return rungs | {None: rungs[Band.TRUSTED]}


def unknown_services(section: ChallengeSection) -> Iterator[tuple[str, Rung]]:
    """Captcha services that the ladder asks and that are not set up, by band."""
    for band in Band:
        rung = Rung(getattr(section.ladder, band))
        if rung in CAPTCHAS and rung not in section.captcha:
            yield band, rung
