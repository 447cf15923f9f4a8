"""The rungs of the ladder: what may be asked, from the least to the most."""

from enum import StrEnum

from detectors.visit import Level


class Rung(StrEnum):
    """One way to ask. `form` is for people whom the others fail: it counts for whatever was asked of them."""

    COOKIE = "cookie"
    RESOURCE = "resource"
    REFRESH = "refresh"
    FORM = "form"
    POW = "pow"
    BROWSER = "browser"
    TURNSTILE = "turnstile"
    HCAPTCHA = "hcaptcha"
    RECAPTCHA = "recaptcha"


LEVELS = {
    Rung.COOKIE: Level.COOKIE,
    Rung.RESOURCE: Level.RESOURCE,
    Rung.REFRESH: Level.REFRESH,
    Rung.FORM: Level.FORM,
    Rung.POW: Level.POW,
    Rung.BROWSER: Level.BROWSER,
    Rung.TURNSTILE: Level.CAPTCHA,
    Rung.HCAPTCHA: Level.CAPTCHA,
    Rung.RECAPTCHA: Level.CAPTCHA,
}
WITHOUT_SCRIPT = frozenset({Rung.COOKIE, Rung.RESOURCE, Rung.REFRESH})  # passed by asking for an address
CAPTCHAS = frozenset({Rung.TURNSTILE, Rung.HCAPTCHA, Rung.RECAPTCHA})
