"""Who a user agent declares to be."""

import crawleruseragents
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from detectors.identity.bot_catalogue import NOT_BOTS, declared_bot
from detectors.identity.bot_claim import NO_CLAIM
from tests.support import header_sets as sets

DECLARED = {
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": ("googlebot", "search"),
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)": ("bingbot", "search"),
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)": ("yandexbot", "search"),
    "AdsBot-Google (+http://www.google.com/adsbot.html)": ("adsbot-google", "advertising"),
    "Mozilla/5.0 (compatible; GPTBot/1.1; +https://openai.com/gptbot)": ("gptbot", "ai-training"),
    "Mozilla/5.0 (compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot)": (
        "oai-searchbot",
        "ai-search",
    ),
    "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)": ("chatgpt-user", "ai-assistant"),
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)": ("claudebot", "ai-training"),
    "CCBot/2.0 (https://commoncrawl.org/faq/)": ("ccbot", "ai-training"),
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)": ("ahrefsbot", "seo"),
    "facebookexternalhit/1.1": ("facebookexternalhit", "social-preview"),
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)": ("uptimerobot", "monitoring"),
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)": (
        "internet-archive",
        "archive",
    ),
    "python-requests/2.34.2": ("python-requests", "library"),
    "Scrapy/2.19 (+https://scrapy.org)": ("scrapy", "library"),
    "curl/8.14.1": ("curl", "library"),
    "Wget/1.21.3": ("wget", "library"),
    "python-urllib3/2.5.0": ("urllib3", "library"),
    "HTTP-Tiny/0.088": ("http-tiny", "library"),
    "Java-http-client/17.0.15": ("java-http-client", "library"),
    "Symfony HttpClient/Curl": ("symfony", "library"),
    "http.rb/5.2.0": ("http-rb", "library"),
    "req/v3 (https://github.com/imroc/req)": ("req", "library"),
    "Go-http-client/1.1": ("go-http-client", "library"),
    "Python/3.11 aiohttp/3.14.5": ("aiohttp", "library"),
    "python-httpx/0.28.1": ("httpx", "library"),
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)": ("node-fetch", "library"),
    "axios/1.7.7": ("axios", "library"),
    "Java/17.0.11": ("java", "library"),
    "node": ("node", "library"),
    "price-spider/1.0": ("price-spider", "other"),
    "Mozilla/5.0 (compatible; AcmeBot/3.1; +https://acme.example/bot)": ("acmebot", "other"),
}
NOBODY = {
    "chrome": sets.CHROME_WINDOWS_UA.decode(),
    "safari": sets.IPHONE_UA.decode(),
    "a phone by Cubot": "Mozilla/5.0 (Linux; Android 13; CUBOT X50) AppleWebKit/537.36 Chrome/130.0.0.0",
    "an app": "okhttp/4.12.0",
    "cloudfront's visitors": "Amazon CloudFront",
    "lynx": "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8",
    "w3m": "w3m/0.5.3+git20230121",
    "nobody": "",
}


@pytest.mark.parametrize(("user_agent", "bot"), DECLARED.items(), ids=[bot[0] for bot in DECLARED.values()])
def test_a_declared_bot_is_named(user_agent, bot):
    claim = declared_bot(user_agent)

    assert (claim.name, claim.category) == bot


@pytest.mark.parametrize("user_agent", NOBODY.values(), ids=NOBODY)
def test_a_person_declares_nothing(user_agent):
    assert declared_bot(user_agent) is NO_CLAIM


def test_every_bot_of_the_list_is_known_by_its_own_examples():
    unknown = [
        example
        for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA
        for example in crawler["instances"]
        if crawler["pattern"] not in NOT_BOTS and declared_bot(example[:512]) is NO_CLAIM
    ]

    assert unknown == []


@given(some.text(max_size=512))
@example("bot" * 170)
@example("a" * 512)
def test_any_text_is_read_without_fault(user_agent):
    claim = declared_bot(user_agent)

    assert len(claim.name) <= 40
