"""Certificates by name, their renewal, and what is said of those that cannot be used."""

import os
import shutil
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from config.fault import ConfigFaults
from config.loader import load
from proxy.tls.certificates import Certificates
from tests.support.certificates import Authority, Kind, Pair

SPOT = ("127.0.0.1", 8443)
SITES = "sites: [{upstreams: ['http://127.0.0.1:1']}]\n"


def certificates_of(folder: Path, *pairs: Pair) -> Certificates:
    """The certificates of a listener with these, as `stile.yaml` in `folder` names them."""
    lines = "".join(f"        - {{certificate: {pair.certificate}, key: {pair.key}}}\n" for pair in pairs)
    text = f"listen:\n  - address: 127.0.0.1:8443\n    tls:\n      certificates:\n{lines}{SITES}"
    file = folder / "stile.yaml"
    file.write_text(text)
    return Certificates(load(str(file)), str(file), text)


def renewed(certificates: Certificates, folder: Path) -> None:
    """What SIGHUP does."""
    file = folder / "stile.yaml"
    certificates.renew(load(str(file)), str(file), file.read_text())


def served(context: ssl.SSLContext) -> bytes:
    """The certificate that a client of `context` gets, in DER form."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = context.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server)
    for side in (theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    found = theirs.getpeercert(binary_form=True)
    assert found is not None
    return found


def der(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())


CHOICES = {
    "its name": ("a.example", "a"),
    "another's name": ("b.example", "b"),
    "a name below a wildcard": ("www.b.example", "b"),
    "two below it": ("x.www.b.example", "a"),
    "a name that one holds itself though a wildcard covers it": ("own.b.example", "c"),
    "nobody's": ("z.example", "a"),
    "none": ("", "a"),
    "a dot": (".", "a"),
}


@pytest.mark.parametrize(("asked", "name"), CHOICES.values(), ids=CHOICES)
def test_a_client_gets_the_certificate_for_its_name(tmp_path: Path, asked: str, name: str) -> None:
    authority = Authority(tmp_path)
    pairs = {
        "a": authority.give("a", names=("a.example",)),
        "b": authority.give("b", names=("b.example", "*.b.example")),
        "c": authority.give("c", names=("OWN.b.example",)),
    }
    certificates = certificates_of(tmp_path, *pairs.values())

    assert served(certificates.context_for(SPOT, asked)) == der(pairs[name])


def test_of_two_for_one_name_the_first_counts(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second = (authority.give(one, names=("a.example",)) for one in ("first", "second"))

    assert served(certificates_of(tmp_path, first, second).context_for(SPOT, "a.example")) == der(first)


def test_an_old_certificate_is_known_by_its_common_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, old = authority.give("first", names=("x",)), authority.give("old.example", names=None)

    assert served(certificates_of(tmp_path, first, old).context_for(SPOT, "old.example")) == der(old)


@pytest.mark.parametrize("kinds", [(Kind.EC, Kind.EC), (Kind.RSA, Kind.EC), (Kind.EC, Kind.RSA)])
def test_a_renewed_certificate_is_the_only_one_that_is_served(
    tmp_path: Path, kinds: tuple[Kind, Kind]
) -> None:
    authority = Authority(tmp_path)
    live = authority.give("live", kind=kinds[0])
    certificates = certificates_of(tmp_path, live)
    fresh = authority.give("fresh", kind=kinds[1])
    shutil.copy(fresh.certificate, live.certificate)
    shutil.copy(fresh.key, live.key)

    renewed(certificates, tmp_path)

    assert served(certificates.context_for(SPOT, "")) == der(fresh)


BROKEN = {
    "no certificate": ("certificate", "holds no certificate in PEM form"),
    "no key": ("key", "holds no private key in PEM form"),
    "another's key": ("key", "is not the key of"),
    "an encrypted key": ("key", "is encrypted"),
    "a missing key": ("key", "there is no file"),
    "a missing certificate": ("certificate", "there is no file"),
    "a folder": ("certificate", "cannot read"),
}


def break_it(pair: Pair, other: Pair, way: str) -> None:
    """Do to the files what `way` says."""
    if way == "no certificate":
        pair.certificate.write_text("soon")
    elif way == "no key":
        pair.key.write_bytes(os.urandom(100))
    elif way == "another's key":
        shutil.copy(other.key, pair.key)
    elif way == "an encrypted key":
        pair.key.write_bytes(encrypted(pair.key.read_bytes()))
    elif way == "a missing key":
        pair.key.unlink()
    else:
        pair.certificate.unlink()
        if way == "a folder":
            pair.certificate.mkdir()


def encrypted(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


@pytest.mark.parametrize("way", BROKEN)
def test_a_broken_one_is_named_and_the_old_one_stays(tmp_path: Path, way: str) -> None:
    authority = Authority(tmp_path)
    first, second, other = (authority.give(name) for name in ("first", "second", "other"))
    certificates = certificates_of(tmp_path, first, second)
    before = served(certificates.context_for(SPOT, ""))
    break_it(second, other, way)

    with pytest.raises(ConfigFaults) as caught:
        renewed(certificates, tmp_path)

    key, words = BROKEN[way]
    column = 25 if key == "certificate" else 25 + len(str(second.certificate)) + 7
    assert len(caught.value.faults) == 1
    told = str(caught.value.faults[0])
    assert told.startswith(f"{tmp_path}/stile.yaml:6:{column}: listen[0].tls.certificates[1].{key}: ")
    assert words in told
    assert served(certificates.context_for(SPOT, "")) == before


def test_all_that_are_broken_are_named_at_once(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pairs = [authority.give(name) for name in ("first", "second")]
    for pair in pairs:
        pair.key.write_text("")

    with pytest.raises(ConfigFaults) as caught:
        certificates_of(tmp_path, *pairs)

    assert [fault.path for fault in caught.value.faults] == [
        "listen[0].tls.certificates[0].key",
        "listen[0].tls.certificates[1].key",
    ]
