"""The captcha services: what their widgets load, and how their word is asked for.

Sources: Cloudflare's "Get started with Turnstile", hCaptcha's developer guide, Google's reCAPTCHA v2 guide.
All three speak the same: a form with secret, response and remoteip, answered by JSON with `success`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from challenges.rung import Rung
from detectors.value import value


@value
class CaptchaService:
    """`script` is loaded by the page and defines `api` on the window; `origins` are what its CSP allows.

    `verify_url` takes the token; `name` is what people know it by.
    """

    name: str
    script: str
    api: str
    origins: tuple[str, ...]
    verify_url: str


CAPTCHA_PAGES: Mapping[Rung, CaptchaService] = MappingProxyType({
    Rung.TURNSTILE: CaptchaService(
        "Cloudflare Turnstile",
        "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit",
        "turnstile",
        ("https://challenges.cloudflare.com",),
        "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    ),
    Rung.HCAPTCHA: CaptchaService(
        "hCaptcha",
        "https://js.hcaptcha.com/1/api.js?render=explicit",
        "hcaptcha",
        ("https://hcaptcha.com", "https://*.hcaptcha.com"),
        "https://api.hcaptcha.com/siteverify",
    ),
    Rung.RECAPTCHA: CaptchaService(
        "reCAPTCHA",
        "https://www.google.com/recaptcha/api.js?render=explicit",
        "grecaptcha",
        ("https://www.google.com", "https://www.gstatic.com"),
        "https://www.google.com/recaptcha/api/siteverify",
    ),
})  # fmt: skip
