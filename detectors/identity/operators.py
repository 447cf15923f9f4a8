"""How the operators of bots say that their bots can be known: by address, by host name, by signature."""

from collections.abc import Mapping
from types import MappingProxyType

from detectors.value import value


@value
class Operator:
    """What one bot's operator publishes, as `documented` says.

    `ranges` are addresses of one list, the first that answers counts. `suffixes` are domains that the host
    names of the bot end in, whole labels in lower case. An address outside the list, or a host name outside
    the domains, disproves the name only where the operator says that all of the bot's addresses
    (`all_ranges`) or host names (`all_names`) are so.
    """

    documented: str
    ranges: tuple[str, ...] = ()
    all_ranges: bool = True
    suffixes: tuple[str, ...] = ()
    all_names: bool = False


@value
class SignedAgent:
    """Whom a key directory's host speaks for."""

    name: str
    category: str


GOOGLE = "https://developers.google.com/crawling/docs/crawlers-fetchers/verify-google-requests"
GOOGLE_LISTS = "https://developers.google.com/static/crawling/ipranges/"
OLD_GOOGLE_LISTS = "https://developers.google.com/static/search/apis/ipranges/"
OPENAI = "https://developers.openai.com/api/docs/bots"
PERPLEXITY = "https://docs.perplexity.ai/guides/bots"

# Google's fetchers that act for a user come from google.com and from gae.googleusercontent.com. The latter is
# left out: it is App Engine, which anybody may rent, and so is the rest of googleusercontent.com.
OPERATORS: Mapping[str, Operator] = MappingProxyType({
    "googlebot": Operator(
        GOOGLE,
        (f"{GOOGLE_LISTS}common-crawlers.json", f"{OLD_GOOGLE_LISTS}googlebot.json"),
        suffixes=("googlebot.com", "google.com"),
        all_names=True,
    ),
    "adsbot-google": Operator(
        GOOGLE,
        (f"{GOOGLE_LISTS}special-crawlers.json", f"{OLD_GOOGLE_LISTS}special-crawlers.json"),
        suffixes=("google.com", "googlebot.com"),
    ),
    "mediapartners-google": Operator(
        GOOGLE,
        (f"{GOOGLE_LISTS}special-crawlers.json", f"{OLD_GOOGLE_LISTS}special-crawlers.json"),
        suffixes=("google.com", "googlebot.com"),
    ),
    "google-agent": Operator(GOOGLE, (f"{GOOGLE_LISTS}user-triggered-agents.json",), all_ranges=False),
    "bingbot": Operator(
        "https://www.bing.com/webmasters/help/how-to-verify-bingbot-3905dc26",
        ("https://www.bing.com/toolbox/bingbot.json",),
        suffixes=("search.msn.com",),
        all_names=True,
    ),
    "applebot": Operator(
        "https://support.apple.com/en-us/119829",
        ("https://search.developer.apple.com/applebot.json",),
        suffixes=("applebot.apple.com",),
        all_names=True,
    ),
    "duckduckbot": Operator(
        "https://duckduckgo.com/duckduckgo-help-pages/results/duckduckbot",
        ("https://duckduckgo.com/duckduckbot.json",),
    ),
    "duckassistbot": Operator(
        "https://duckduckgo.com/duckduckgo-help-pages/results/duckassistbot",
        ("https://duckduckgo.com/duckassistbot.json",),
        all_ranges=False,
    ),
    "yandexbot": Operator(
        "https://yandex.com/support/webmaster/robot-workings/check-yandex-robots.html",
        suffixes=("yandex.ru", "yandex.net", "yandex.com"),
        all_names=True,
    ),
    "baiduspider": Operator(
        "https://help.baidu.com/question?prod_id=99&class=0&id=3001",
        suffixes=("baidu.com", "baidu.jp"),
        all_names=True,
    ),
    "seznambot": Operator(
        "https://napoveda.seznam.cz/en/seznambot-crawler", suffixes=("seznam.cz",), all_names=True
    ),
    "mojeekbot": Operator("https://www.mojeek.com/bot.html", suffixes=("mojeek.com",), all_names=True),
    "qwantbot": Operator("https://help.qwant.com/bot/"),
    "petalbot": Operator("https://webmaster.petalsearch.com/site/petalbot", suffixes=("petalsearch.com",)),
    "amazonbot": Operator("https://developer.amazon.com/amazonbot", suffixes=("crawl.amazonbot.amazon",)),
    "pinterestbot": Operator(
        "https://help.pinterest.com/en/business/article/pinterestbot", suffixes=("pinterest.com",)
    ),
    "ccbot": Operator(
        "https://commoncrawl.org/ccbot",
        ("https://index.commoncrawl.org/ccbot.json",),
        suffixes=("crawl.commoncrawl.org",),
    ),
    "gptbot": Operator(OPENAI, ("https://openai.com/gptbot.json",)),
    "oai-searchbot": Operator(OPENAI, ("https://openai.com/searchbot.json",)),
    "chatgpt-user": Operator(OPENAI, ("https://openai.com/chatgpt-user.json",), all_ranges=False),
    "perplexitybot": Operator(PERPLEXITY, ("https://www.perplexity.com/perplexitybot.json",)),
    "perplexity-user": Operator(
        PERPLEXITY, ("https://www.perplexity.com/perplexity-user.json",), all_ranges=False
    ),
})  # fmt: skip

# Hosts of key directories (Web Bot Auth) that are known to sign, and whom they speak for.
SIGNED_AGENTS: Mapping[str, SignedAgent] = MappingProxyType(
    {
        "chatgpt.com": SignedAgent("chatgpt-agent", "ai-assistant"),
        "agent.bot.goog": SignedAgent("google-agent", "ai-assistant"),
        "bot.duckduckgo.com": SignedAgent("duckduckbot", "search"),
    }
)
