"""The files that a configuration names: whether they are there, and who else can read them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from config.bundles import usable
from config.checks.finding import KINDS, Finding
from config.checks.subject import Subject
from config.fault import Fault, dotted
from config.reading import Reader
from config.settings import Config
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath
from detectors.model.bundle import BundleFault

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def file_faults(config: Config, document: Document, read: Reader) -> Iterator[Fault]:
    """Files that are not there, and a challenger that cannot be used."""
    for key, file in (*files_of(config), *_captcha_secrets(config)):
        if not file.is_file():
            yield Fault(document.place(key), dotted(key), f"there is no file {file}")
    for key, message in _unusable_challenger(config, read):
        yield Fault(document.place(key), dotted(key), message)


def readable_secrets(subject: Subject) -> Iterator[Finding]:
    """Secrets that others on the machine may read."""
    for key, file in secrets_of(subject.config):
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
        except OSError:  # a fault of its own
            continue
        if mode & OTHERS:
            message = f"others on this machine may read {file} (mode {mode:04o}): chmod 600"
            yield Finding(KINDS["readable-secret"], subject.sources.document.place(key), dotted(key), message)


def secrets_of(config: Config) -> Iterator[tuple[KeyPath, Path]]:
    """Every file whose content nobody else may know, with the path of the key that names it."""
    for listener in config.listeners:
        for pair in listener.tls:
            yield (*pair.keys, "key"), pair.key
    if config.key_file:
        yield ("secrets", "key_file"), config.key_file
    if config.admin and config.admin.token_file:
        yield ("admin", "token_file"), config.admin.token_file
    yield from (each for each in store_files(config) if each[0][-1] in ("password_file", "key"))
    yield from _captcha_secrets(config)


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
