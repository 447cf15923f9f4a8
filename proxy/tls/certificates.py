"""Certificates: loaded before anybody is served, chosen by name, renewed without closing a connection."""

import ssl
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from config.fault import ConfigFaults, Fault, Place, dotted
from config.loader import load as load_config
from config.reading import Reader, Recorder, read_file
from config.settings import Config, TlsFiles
from config.yaml_tree import parse
from detectors.value import value

Spot = tuple[str, int]  # host and port of a listener, as configured
Pair = tuple[Path, Path]


class CertificateFault(Exception):
    """A certificate or key cannot be used; `key` is the one of the configuration that names the file."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@value
class Certificate:
    """A context that serves one certificate, which holds the host names `names` and a key of this `kind`."""

    context: ssl.SSLContext
    names: frozenset[str]
    kind: str


def load(files: TlsFiles) -> Certificate:
    """Raises CertificateFault."""
    leaf = _leaf(files.certificate)
    _check_key(files.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _fill(context, files)
    return Certificate(context, frozenset(_names(leaf)), type(leaf.public_key()).__name__)


def _fill(context: ssl.SSLContext, files: TlsFiles) -> None:
    try:
        context.load_cert_chain(files.certificate, files.key, password="")  # never ask at a terminal
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateFault("key", f"{files.key} is not the key of {files.certificate}") from None
        words = (error.reason or "unusable").replace("_", " ").lower()
        raise CertificateFault("certificate", f"{files.certificate}: {words}") from None
    except OSError as error:
        raise CertificateFault("certificate", f"{files.certificate}: {error.strerror}") from None


def _read(file: Path, key: str) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise CertificateFault(key, f"there is no file {file}") from None
    except OSError as error:
        raise CertificateFault(key, f"cannot read {file}: {error.strerror}") from None


def _leaf(file: Path) -> x509.Certificate:
    """The first certificate in `file`, which is the server's own."""
    try:
        return x509.load_pem_x509_certificates(_read(file, "certificate"))[0]
    except ValueError:
        raise CertificateFault("certificate", f"{file} holds no certificate in PEM form") from None


def _check_key(file: Path) -> None:
    try:
        load_pem_private_key(_read(file, "key"), None)
    except TypeError:
        raise CertificateFault(
            "key", f"{file} is encrypted, and nobody is asked for its passphrase"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateFault("key", f"{file} holds no private key in PEM form") from None


def _names(leaf: x509.Certificate) -> Iterable[str]:
    """The DNS names, lower case; the common name where there are none, as certificates of old had it."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        common = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(name.value).lower() for name in common]
    return [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]


class Certificates:
    """The certificates of all listeners, made before the workers are forked.

    So all workers hold the same session ticket keys, and a client may resume at any of them.
    """

    def __init__(self, config: Config, path: str, text: str) -> None:
        """`text` is the document at `path`. Raises ConfigFaults for every file that cannot be used."""
        self._held: dict[Pair, Certificate] = {}
        self._by_name: dict[Spot, dict[str, ssl.SSLContext]] = {}
        self._first: dict[Spot, ssl.SSLContext] = {}
        self.renew(config, path, text)

    def renew(self, config: Config, path: str, text: str) -> None:
        """Read all files again. Connections go on with what they have; all new ones meet the new.

        Raises ConfigFaults where one cannot be used; nothing has changed then.
        """
        fresh: dict[Pair, Certificate] = {}
        faults: list[Fault] = []
        for files in (each for listener in config.listeners for each in listener.tls):
            try:
                fresh.setdefault((files.certificate, files.key), load(files))
            except CertificateFault as fault:
                keys = (*files.keys, fault.key)
                place = parse(path, text).place(keys) if text else Place(path, 1, 1)
                faults.append(Fault(place, dotted(keys), str(fault)))
        if faults:
            raise ConfigFaults(faults)
        self._held = {pair: _in_place(self._held.get(pair), new, pair) for pair, new in fresh.items()}
        self._index(config)

    def _index(self, config: Config) -> None:
        self._by_name, self._first = {}, {}
        for listener in config.listeners:
            spot = listener.host, listener.port
            held = [self._held[files.certificate, files.key] for files in listener.tls]
            if held:
                self._first[spot] = held[0].context
                self._by_name[spot] = {
                    name: each.context for each in reversed(held) for name in each.names
                }  # of two for one name the first counts

    def context_for(self, spot: Spot, server_name: str) -> ssl.SSLContext:
        """The context for a client that asks `spot` for `server_name`, in lower case, perhaps empty."""
        names = self._by_name[spot]
        found = names.get(server_name)
        if found is None and server_name:
            found = names.get("*." + server_name.partition(".")[2])  # RFC 9525 section 6.3: one label only
        return self._first[spot] if found is None else found

    def serves(self, spot: Spot) -> bool:
        """Whether there is a certificate for this listener."""
        return spot in self._first


def certificate_faults(path: str, read: Reader = read_file) -> list[Fault]:
    """What is wrong with the certificates of the configuration at `path`, which has no faults itself."""
    texts = Recorder(read)
    config = load_config(path, texts)
    try:
        Certificates(config, path, texts(path))
    except ConfigFaults as found:
        return list(found.faults)
    return []


def _in_place(old: Certificate | None, new: Certificate, pair: Pair) -> Certificate:
    """`new`, in the context of `old` where that can be: tickets that it gave out go on opening sessions.

    A context holds one certificate for each kind of key, so a new kind would not take the old one's place.
    """
    if old is None or old.kind != new.kind:
        return new
    try:
        old.context.load_cert_chain(*pair, password="")
    except OSError:  # the files changed once more since they were read for `new`
        return new
    return Certificate(old.context, new.names, new.kind)
