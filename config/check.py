"""What `stile check` reports: every fault, every file that is named in vain, and what is sound but unwise."""

import re
from collections.abc import Iterator
from pathlib import Path

from config.build_policy import OPERATOR
from config.bundles import usable
from config.decision import Action
from config.fault import ConfigFaults, Fault, dotted, in_order
from config.loader import load
from config.reading import Reader, Recorder, read_file
from config.rule import Rule
from config.settings import Config
from config.yaml_tree import Document, parse
from config.yaml_tree import Path as KeyPath
from detectors.model.bundle import BundleFault

HARD = frozenset((Action.TARPIT, Action.DECOY, Action.BLOCK))
_ASKS_ACCOUNTS = re.compile(r"""client\.\w+\(\s*["']account["']""")


def check(path: str, read: Reader = read_file) -> list[Fault]:
    """All faults of the configuration at `path`; empty where it can be used."""
    texts = Recorder(read)
    try:
        config = load(path, texts)
    except ConfigFaults as found:
        return list(found.faults)
    document = parse(path, texts(path))
    missing = [
        Fault(document.place(key), dotted(key), f"there is no file {file}")
        for key, file in (*files_of(config), *_captcha_secrets(config))
        if not file.is_file()
    ]
    unusable = [
        Fault(document.place(key), dotted(key), message)
        for key, message in _unusable_challenger(config, texts)
    ]
    return in_order([*missing, *unusable])


def _captcha_secrets(config: Config) -> Iterator[tuple[KeyPath, Path]]:
    """Stile runs without these, and asks `captcha_fallback` instead: nobody sets up a service for that."""
    for service, captcha in config.challenge.captchas.items():
        yield ("challenge", "captcha", str(service), "secret_file"), captcha.secret_file


def _unusable_challenger(config: Config, read: Reader) -> Iterator[tuple[KeyPath, str]]:
    """Stile runs without its challenger, so loading does not ask whether it is sound."""
    file = config.model_files.challenger
    if file is None:
        return
    try:
        usable(read(str(file)).encode("utf-8", "surrogatepass"))
    except BundleFault as fault:
        yield ("model", "challenger"), f"not a usable model: {fault}"
    except UnicodeDecodeError:
        yield ("model", "challenger"), f"{file} is not UTF-8"
    except (OSError, ValueError) as error:
        yield ("model", "challenger"), f"cannot read {file}: {getattr(error, 'strerror', None) or error}"


def warnings(path: str, read: Reader = read_file) -> list[Fault]:
    """What the configuration at `path`, which has no faults, makes possible against its operator's wish."""
    texts = Recorder(read)
    config = load(path, texts)
    document = parse(path, texts(path))
    unfair = [
        Fault(
            document.place(key),
            dotted(key),
            f"rule {rule.name} would {rule.action} for a score alone, which meets people too: name what "
            "they did as well, or use action: challenge",
        )
        for key, rule in _refusals_by_score(config)
    ]
    return in_order([*unfair, *_cookie_warnings(config, document)])


def _refusals_by_score(config: Config) -> Iterator[tuple[KeyPath, Rule]]:
    """The operator's rules that hold up or turn away whoever has a high risk, each once, with its place."""
    policies = {site.policy.name: site.policy for site in config.sites}
    for place, site in enumerate(config.sites):
        policy = policies.pop(site.policy.name, None)
        if policy is None:
            continue
        path: KeyPath = ("policy",) if policy.name == "policy" else ("sites", place, "policy")
        own = [rule for rule in policy.rules if rule.ruleset == OPERATOR]
        for number, rule in enumerate(own):
            if rule.score_alone and rule.action in HARD:
                yield (*path, "rules", number, "when"), rule


def _cookie_warnings(config: Config, document: Document) -> list[Fault]:
    return [
        Fault(
            document.place(key),
            dotted(key),
            f"anybody can send this cookie, and rule {rule} acts on accounts: unless its value is a secret "
            "that nobody can guess, a stranger can use up a customer's limit; response_header is safe",
        )
        for key, rule in _believed_cookies(config)
    ]


def _believed_cookies(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Cookies that alone say who is logged in, each with the first rule that turns accounts away."""
    for place, site in enumerate(config.sites):
        if site.account is None or not site.account.cookie or site.account.response_header:
            continue
        for rule in site.policy.rules:
            if rule.action is not Action.ALLOW and _ASKS_ACCOUNTS.search(rule.when):
                yield ("sites", place, "account", "cookie"), rule.name
                break


def files_of(config: Config) -> Iterator[tuple[KeyPath, Path]]:
    """Every file that must exist before Stile starts, with the path of the key that names it."""
    for listener in config.listeners:
        for pair in listener.tls:
            yield (*pair.keys, "certificate"), pair.certificate
            yield (*pair.keys, "key"), pair.key
    yield from store_files(config)
    if config.key_file:
        yield ("secrets", "key_file"), config.key_file
    if config.admin and config.admin.token_file:
        yield ("admin", "token_file"), config.admin.token_file
    # GeoIP databases are left out: without them Stile runs, and says so


def store_files(config: Config) -> Iterator[tuple[KeyPath, Path]]:
    """The files that are needed to enter the store."""
    state = config.state
    if state.password_file:
        yield ("state", "password_file"), state.password_file
    if state.redis:
        tls = state.redis.tls
        for name, file in (("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key)):
            if file:
                yield ("state", "tls", name), file
