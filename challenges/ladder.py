"""Every rung by its name. Who is not in this file is not asked."""

from collections.abc import Mapping
from types import MappingProxyType

from challenges.rung import CAPTCHAS, Rung
from challenges.rungs.browser import Browser
from challenges.rungs.captcha import Captcha
from challenges.rungs.challenge import Challenge
from challenges.rungs.cookie import Cookie
from challenges.rungs.form import Form
from challenges.rungs.pow import Pow
from challenges.rungs.refresh import Refresh
from challenges.rungs.resource import Resource

LADDER: Mapping[Rung, Challenge] = MappingProxyType({
    Rung.COOKIE: Cookie(),
    Rung.RESOURCE: Resource(),
    Rung.REFRESH: Refresh(),
    Rung.FORM: Form(),
    Rung.POW: Pow(),
    Rung.BROWSER: Browser(),
    **{service: Captcha(service) for service in CAPTCHAS},
})  # fmt: skip
