"""The bots whose identity matters most, named by us; the package crawler-user-agents names all others."""

from detectors.value import value


@value
class KnownBot:
    """`pattern` finds the bot in a user agent. `name` is also its key in ranges.json and operators.py."""

    name: str
    category: str
    pattern: str


# Googlebot's ranges cover what Google calls its common crawlers; AdsBot and Mediapartners come from others.
KNOWN_BOTS = (
    KnownBot(
        "googlebot",
        "search",
        r"Googlebot(?:-Image|-News|-Video|-Mobile)?/|Storebot-Google|Google-InspectionTool|GoogleOther",
    ),
    KnownBot("adsbot-google", "advertising", r"AdsBot-Google"),
    KnownBot("mediapartners-google", "advertising", r"Mediapartners-Google"),
    KnownBot("google-agent", "ai-assistant", r"Google-Agent"),
    KnownBot("bingbot", "search", r"bingbot/"),
    KnownBot("applebot", "search", r"Applebot/"),
    KnownBot("duckduckbot", "search", r"DuckDuckBot"),
    KnownBot("duckassistbot", "ai-assistant", r"DuckAssistBot"),
    KnownBot("baiduspider", "search", r"Baiduspider"),
    KnownBot("seznambot", "search", r"SeznamBot/"),
    KnownBot("petalbot", "search", r"PetalBot"),
    KnownBot("amazonbot", "search", r"Amazonbot"),
    KnownBot("pinterestbot", "social-preview", r"Pinterestbot"),
    KnownBot("yandexbot", "search", r"yandex\.com/bots"),
    KnownBot("qwantbot", "search", r"help\.qwant\.com/bot|Qwantbot"),
    KnownBot("mojeekbot", "search", r"MojeekBot/"),
    KnownBot("kagibot", "search", r"Kagibot/|kagi\.com/bot"),
    KnownBot("marginalia", "search", r"search\.marginalia\.nu"),
    KnownBot("oai-searchbot", "ai-search", r"OAI-SearchBot"),
    KnownBot("gptbot", "ai-training", r"GPTBot"),
    KnownBot("chatgpt-user", "ai-assistant", r"ChatGPT-User"),
    KnownBot("perplexitybot", "ai-search", r"PerplexityBot"),
    KnownBot("perplexity-user", "ai-assistant", r"Perplexity-?User"),
    KnownBot("claude-searchbot", "ai-search", r"Claude-SearchBot"),
    KnownBot("claude-user", "ai-assistant", r"Claude-User"),
    KnownBot("claudebot", "ai-training", r"[cC]laude[bB]ot|Claude-Web|anthropic-ai"),
    KnownBot("ccbot", "ai-training", r"CCBot"),
    KnownBot("internet-archive", "archive", r"archive\.org_bot|ia_archiver"),
    KnownBot("arquivo-pt", "archive", r"Arquivo-web-crawler"),
    KnownBot("wikimedia", "archive", r"Citoid/WMF|ZoteroTranslationServer/WMF"),
)

# Tools that name themselves and that the package does not list. Libraries that apps for people are built on
# (okhttp, CFNetwork, Dalvik, Dart, RestSharp, libsoup) are left out on purpose: behind them may be a shop's
# own app. The last block are those of Matomo's device-detector (libraries.yml) that only programs use.
LIBRARIES = (
    KnownBot("java", "library", r"^Java/"),
    KnownBot("jersey", "library", r"^Jersey/"),
    KnownBot("node", "library", r"^node$"),
    KnownBot("ruby", "library", r"^Ruby"),
    KnownBot("python", "library", r"^Python/"),
    KnownBot("deno", "library", r"^Deno/"),
    KnownBot("bun", "library", r"^Bun/"),
    KnownBot("got", "library", r"^got \("),
    KnownBot("undici", "library", r"undici"),
    KnownBot("guzzle", "library", r"GuzzleHttp"),
    KnownBot("postman", "library", r"PostmanRuntime"),
    KnownBot("insomnia", "library", r"insomnia/"),
    KnownBot("reqwest", "library", r"reqwest"),
    KnownBot("pycurl", "library", r"PycURL"),
    KnownBot("libcurl", "library", r"libcurl"),
    KnownBot("winhttp", "library", r"WinHttp"),
    KnownBot("lua-resty-http", "library", r"lua-resty-http"),
    KnownBot("faraday", "library", r"Faraday"),
    KnownBot("http_request", "library", r"HTTP_Request"),
    KnownBot("lwp-request", "library", r"lwp-request"),
    KnownBot("fasthttp", "library", r"fasthttp"),
    KnownBot("hyper", "library", r"^hyper/"),
    KnownBot("typhoeus", "library", r"Typhoeus"),
    KnownBot("urllib3", "library", r"python-urllib3/"),
    KnownBot("httplib2", "library", r"Python-httplib2"),
    KnownBot("xmlrpc", "library", r"Python-xmlrpc/"),
    KnownBot("http-tiny", "library", r"HTTP-Tiny/"),
    KnownBot("symfony", "library", r"Symfony HttpClient"),
    KnownBot("reactor-netty", "library", r"ReactorNetty/"),
    KnownBot("java-http-client", "library", r"Java-http-client/"),
    KnownBot("commons-httpclient", "library", r"Jakarta Commons-HttpClient"),
    KnownBot("scalaj-http", "library", r"scalaj-http/"),
    KnownBot("akka-http", "library", r"akka-http/"),
    KnownBot("babashka", "library", r"babashka\.http-client"),
    KnownBot("hackney", "library", r"^hackney/"),
    KnownBot("resty", "library", r"go-resty/"),
    KnownBot("req", "library", r"^req/v"),
    KnownBot("http-rb", "library", r"^http\.rb/"),
    KnownBot("rest-client", "library", r"^rest-client/"),
    KnownBot("superagent", "library", r"node-superagent/"),
    KnownBot("r-curl", "library", r"^r-curl/"),
    KnownBot("cpanel", "library", r"^Cpanel-HTTP-Client"),
    KnownBot("uclient-fetch", "library", r"uclient-fetch"),
)
# Words by which a bot that nobody has listed declares itself. CUBOT is a maker of phones.
DECLARED = KnownBot("declared", "other", r"\b(?!cubot)[\w.-]{0,32}?(?:bot|crawler|spider|scraper)(?![a-z])")
DECLARED_WORDS = ("bot", "crawler", "spider", "scraper")
