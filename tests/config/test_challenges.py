"""The `challenge` section: what it becomes, and what it refuses."""

import pytest

from challenges.captchas import CAPTCHA_PAGES
from challenges.rung import CAPTCHAS, Rung
from config.decision import Band
from config.fault import ConfigFaults
from config.loader import load, read_file
from config.settings import Config

SITE = "sites: [{upstreams: [http://shop:8000]}]\n"
KEYS = "{site_key: public, secret_file: /run/secret}"


def loaded(text: str) -> Config:
    return load("stile.yaml", lambda path: SITE + text if path == "stile.yaml" else read_file(path))


def ladder(text: str) -> dict[Band | None, Rung]:
    return dict(loaded(text).sites[0].policy.ladder)


def test_most_are_asked_for_work_and_who_is_almost_certainly_a_bot_for_more():
    assert ladder("") == dict.fromkeys((None, *Band), Rung.POW) | {Band.CERTAIN: Rung.BROWSER}


def test_each_band_may_begin_elsewhere_and_no_risk_counts_as_trusted():
    found = ladder("challenge: {ladder: {trusted: cookie, high: form}}")

    assert (found[None], found[Band.TRUSTED], found[Band.HIGH]) == (Rung.COOKIE, Rung.COOKIE, Rung.FORM)


@pytest.mark.parametrize("service", sorted(CAPTCHAS))
def test_a_service_needs_two_keys_and_knows_its_address(service):
    captchas = loaded(f"challenge: {{captcha: {{{service}: {KEYS}}}}}").challenge.captchas

    assert (captchas[service].site_key, captchas[service].verify_url) == (
        "public",
        CAPTCHA_PAGES[service].verify_url,
    )


BROKEN = {
    "a captcha that is not set up": (
        "challenge: {ladder: {high: turnstile}}",
        "there is no challenge.captcha",
    ),
    "waits longer than a ticket": (
        "challenge: {form_wait: 5m}",
        "ticket_ttl must be more than twice the waits",
    ),
    "work longer than a ticket": (
        "challenge: {pow_budget: 5m}",
        "ticket_ttl must be more than twice the waits and pow_budget",
    ),
    "an answer that counts for no time": ("challenge: {clearance_ttl: 0s}", "must be 1s at least"),
    "a form that counts for no time": ("challenge: {form_ttl: 0s}", "must be 1s at least"),
    "a rule that asks and blocks": (
        "policy: {rules: [{name: r, when: 'true', action: block, ask: pow}]}",
        "policy.rules[0].ask: block asks nothing",
    ),
    "a rung that there is not": ("challenge: {ladder: {high: magic}}", "must be one of"),
    "an address that is none": (
        "challenge: {captcha: {turnstile: {site_key: a, secret_file: b, verify_url: 'ftp://x'}}}",
        "verify_url",
    ),
    "a rule that asks what is not set up": (
        "policy: {rules: [{name: r, when: 'true', action: challenge, ask: hcaptcha}]}",
        "there is no challenge.captcha.hcaptcha",
    ),
    "a fallback that cannot be relied upon": ("challenge: {captcha_fallback: turnstile}", "must be one of"),
}


@pytest.mark.parametrize(("text", "fault"), BROKEN.values(), ids=BROKEN)
def test_refuses_what_could_not_be_asked(text, fault):
    with pytest.raises(ConfigFaults) as caught:
        loaded(text)

    assert [one for one in caught.value.faults if fault in str(one)]
