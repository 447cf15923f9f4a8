"""A signature is taken where all of it holds, and refused for each thing that does not."""
# ruff: noqa: E501  signatures do not break

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as some

from detectors.identity.operators import SignedAgent
from proxy.verify.key_directory import thumbprint
from proxy.verify.message_signature import BadSignatureError, base_of, check, signatures_of
from proxy.verify.web_bot_auth import Nonces, SigningKey, WebBotAuth
from tests.support.requests import a_request
from tests.support.signing import AUTHORITY, SigningBot, signed_request

NOW = 1_790_000_000.0
HOST = "bot.example.org"
ACME = SignedAgent("acme-agent", "ai-assistant")
BOT, OTHER = SigningBot(), SigningBot()


def verifier(bot: SigningBot = BOT, **changes: float) -> WebBotAuth:
    key = SigningKey(bot.key.public_key(), changes.get("not_before", 0.0), changes.get("expires", NOW + 1e6))
    return WebBotAuth({HOST: ACME, "other.example.org": SignedAgent("other", "seo")}, {(HOST, bot.id): key})


LEGACY = '"https://bot.example.org"'
TAKEN = {
    "the draft's form": BOT.headers(NOW),
    "the older draft's form": BOT.headers(NOW, agent=LEGACY, covered='"@authority" "signature-agent"'),
    "without a nonce": BOT.headers(NOW, nonce=""),
    "with more covered": BOT.headers(
        NOW,
        covered='"@authority" "@method" "@path" "@query" "user-agent" "signature-agent";key="sig1"',
        contents={'"@method"': b"GET", '"@path"': b"/", '"@query"': b"?", '"user-agent"': b"Mozilla/5.0"},
    ),
    "with the whole target": BOT.headers(
        NOW,
        covered='"@target-uri" "signature-agent";key="sig1"',
        contents={'"@target-uri"': b"http://shop.example.com/"},
    ),
    "by a clock that is half a minute ahead": BOT.headers(NOW + 30),
    "a day long": BOT.headers(NOW, lifetime_s=86_400),
}


@pytest.mark.parametrize("fields", TAKEN.values(), ids=TAKEN)
def test_a_valid_signature_names_its_signer(fields: dict[bytes, bytes]) -> None:
    assert verifier().signer_of(signed_request(fields), AUTHORITY, NOW) == ACME


def by_hmac() -> dict[bytes, bytes]:
    """Signed with the public key as if it were a shared secret."""
    fields = BOT.headers(NOW, alg="hmac-sha256")
    secret = BOT.key.public_key().public_bytes_raw()
    parameters = fields[b"Signature-Input"].removeprefix(b"sig1=")
    base = b'"@authority": shop.example.com\n"signature-agent";key="sig1": "https://bot.example.org"\n'
    mac = hmac.new(secret, base + b'"@signature-params": ' + parameters, hashlib.sha256).digest()
    return {**fields, b"Signature": b"sig1=:" + base64.b64encode(mac) + b":"}


GOOD = BOT.headers(NOW)
REFUSED = {
    "expired": (BOT.headers(NOW, age_s=600), "expired"),
    "future-dated": (BOT.headers(NOW + 600), "from the future"),
    "for longer than a day": (BOT.headers(NOW, lifetime_s=86_401), "for too long"),
    "ends before it begins": (BOT.headers(NOW, lifetime_s=-5), "for too long"),
    "another authority": (BOT.headers(NOW, authority=b"victim.example.com"), "does not match"),
    "the authority is not covered": (BOT.headers(NOW, covered='"signature-agent";key="sig1"'), "neither"),
    "the agent is not covered": (BOT.headers(NOW, covered='"@authority"'), "not covered"),
    "no agent": (BOT.headers(NOW, agent=None, covered='"@authority"'), "no signature-agent"),
    "an unknown signer": (BOT.headers(NOW, agent='sig1="https://evil.example"'), "unknown signer"),
    "a known host with another's key": (
        BOT.headers(NOW, agent='sig1="https://other.example.org"'),
        "unknown key",
    ),
    "a wrong key id": (BOT.headers(NOW, key_id="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"), "unknown key"),
    "another key under the same id": (OTHER.headers(NOW, key_id=BOT.id), "does not match"),
    "HMAC": (by_hmac(), "alg"),
    "another tag": (BOT.headers(NOW, tag="payments"), "tag"),
    "a kind of agent that is not taken": (
        BOT.headers(
            NOW,
            agent='sig1="https://bot.example.org";type=jwks_uri',
            contents={'"signature-agent";key="sig1"': b'"https://bot.example.org";type=jwks_uri'},
        ),
        "kind",
    ),
    "an agent that is no origin": (BOT.headers(NOW, agent='sig1="https://bot.example.org/keys"'), "origin"),
    "an agent without TLS": (BOT.headers(NOW, agent='sig1="http://bot.example.org"'), "origin"),
    "an agent with a user": (BOT.headers(NOW, agent='sig1="https://bot.example.org@evil.example"'), "origin"),
    "an agent on another port": (BOT.headers(NOW, agent='sig1="https://bot.example.org:8443"'), "origin"),
    "an unknown component": (
        BOT.headers(
            NOW, covered='"@authority" "@status" "signature-agent";key="sig1"', contents={'"@status"': b"200"}
        ),
        "understand",
    ),
    "a covered field that was not sent": (
        BOT.headers(
            NOW, covered='"@authority" "x-gone" "signature-agent";key="sig1"', contents={'"x-gone"': b""}
        ),
        "not sent",
    ),
    "a component twice": (
        BOT.headers(NOW, covered='"@authority" "@authority" "signature-agent";key="sig1"'),
        "twice",
    ),
    "a changed signature": (
        {**GOOD, b"Signature": b"sig1=:" + base64.b64encode(bytes(64)) + b":"},
        "does not match",
    ),
    "a short signature": ({**GOOD, b"Signature": b"sig1=:AAAA:"}, "size"),
    "no signature": ({k: v for k, v in GOOD.items() if k != b"Signature"}, "no signature"),
    "another's label": ({**GOOD, b"Signature": GOOD[b"Signature"].replace(b"sig1", b"sig2")}, "together"),
    "garbage": ({**GOOD, b"Signature-Input": b"sig1=((("}, "cannot be read"),
    "bytes that are no text": ({**GOOD, b"Signature-Input": b"\xff\x00"}, "cannot be read"),
    "too long": ({**GOOD, b"Signature-Input": GOOD[b"Signature-Input"] + b";x=" + b"1" * 5000}, "too long"),
    "too many": (
        {**GOOD, b"Signature-Input": b", ".join(b"a%d=()" % place for place in range(9))},
        "too many",
    ),
}


@pytest.mark.parametrize(("fields", "why"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_hold_is_refused(fields: dict[bytes, bytes], why: str) -> None:
    with pytest.raises(BadSignatureError, match=why):
        verifier().signer_of(signed_request(fields), AUTHORITY, NOW)


def test_a_nonce_counts_once() -> None:
    judge, request = verifier(), signed_request(BOT.headers(NOW))
    judge.signer_of(request, AUTHORITY, NOW)

    with pytest.raises(BadSignatureError, match="replayed"):
        judge.signer_of(request, AUTHORITY, NOW + 1)


def test_a_forged_request_uses_up_nobody_s_nonce() -> None:
    judge = verifier()
    with pytest.raises(BadSignatureError, match="does not match"):
        judge.signer_of(signed_request(OTHER.headers(NOW, key_id=BOT.id)), AUTHORITY, NOW)

    assert judge.signer_of(signed_request(BOT.headers(NOW)), AUTHORITY, NOW) == ACME


def test_nonces_are_bounded() -> None:
    nonces = Nonces()
    for number in range(60_000):
        nonces.spend("h", "k", str(number), NOW + 60, NOW)

    assert len(nonces._spent) == 50_000


@pytest.mark.parametrize(
    "authority", [b"victim.example.com", b"shop.example.com:8443", b"shop.example.com.evil.net"]
)
def test_a_signature_for_another_authority_is_refused(authority: bytes) -> None:
    with pytest.raises(BadSignatureError, match="does not match"):
        verifier().signer_of(signed_request(BOT.headers(NOW)), authority, NOW)


def test_case_and_the_scheme_s_own_port_make_no_other_authority() -> None:
    assert verifier().signer_of(signed_request(BOT.headers(NOW)), b"SHOP.example.com:80", NOW) == ACME


@pytest.mark.parametrize("change", [{"not_before": NOW + 600}, {"expires": NOW}])
def test_a_key_counts_while_its_directory_says_so(change: dict[str, float]) -> None:
    with pytest.raises(BadSignatureError, match="not valid now"):
        verifier(**change).signer_of(signed_request(BOT.headers(NOW)), AUTHORITY, NOW)


# The test key of RFC 9421 appendix B.1.4, and what others signed with it.
RFC_KEY = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
RFC_KEY_ID = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"


def rfc_key() -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(RFC_KEY + "="))


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    assert thumbprint(RFC_KEY) == RFC_KEY_ID  # RFC 8037 appendix A.3 computes it in the same way


def test_the_rfc_s_own_example_is_valid() -> None:
    """RFC 9421 appendix B.2.6."""
    headers = (
        (b"Host", b"example.com"),
        (b"Date", b"Tue, 20 Apr 2021 02:07:55 GMT"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"18"),
        (
            b"Signature-Input",
            (
                b'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;'
                b'keyid="test-key-ed25519"'
            ),
        ),
        (
            b"Signature",
            b"sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        ),
    )
    request = a_request("/foo", method="POST", query="param=Value&Pet=dog", headers=headers)
    (signature,) = signatures_of(request)

    check(signature, rfc_key(), base_of(signature, request, b"example.com"))


# Made by the reference implementation of the draft (github.com/cloudflare/web-bot-auth, its test vectors).
DRAFT = {
    "the authority alone": {
        b"Signature-Input": (
            b'sig1=("@authority");created=1735689600;keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";'
            b'alg="ed25519";expires=4889289600;nonce="zIW8+cdmA3vdYagbxojpONwa/l0EKJ/O3/wD486VvsQjO/RxPaSt6ZxvQaMcQz'
            b'NnqKN/mQ6hpGiFro2L2qkz5A==";tag="web-bot-auth"'
        ),
        b"Signature": b"sig1=:QKN4fTdIYfh82fvoZCQiQA1weuozfCS/Led2zTMbewMMqH8PI2Wsy/5c4ao6B6D09nraNQdBNOADg8aM1MqfCg==:",
    },
    "with the agent": {
        b"Signature-Agent": b'agent2="https://signature-agent.test"',
        b"Signature-Input": (
            b'sig2=("@authority" "signature-agent";key="agent2");created=1735689600;'
            b'keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";alg="ed25519";expires=4889289600;'
            b'nonce="n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==";'
            b'tag="web-bot-auth"'
        ),
        b"Signature": b"sig2=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanGdhEwYCCg==:",
    },
}


@pytest.mark.parametrize("fields", DRAFT.values(), ids=DRAFT)
def test_the_draft_s_examples_are_valid_signatures(fields: dict[bytes, bytes]) -> None:
    request = signed_request(fields)
    (signature,) = signatures_of(request)

    check(signature, rfc_key(), base_of(signature, request, b"example.com"))
    with pytest.raises(BadSignatureError, match="does not match"):
        check(signature, rfc_key(), base_of(signature, request, b"example.org"))


def test_but_they_hold_for_a_hundred_years_which_is_too_long() -> None:
    agents = {"signature-agent.test": ACME}
    keys = {("signature-agent.test", RFC_KEY_ID): SigningKey(rfc_key(), 0.0, 1e12)}

    with pytest.raises(BadSignatureError, match="for too long"):
        WebBotAuth(agents, keys).signer_of(signed_request(DRAFT["with the agent"]), b"example.com", NOW)


@given(
    some.dictionaries(
        some.sampled_from([b"Signature", b"Signature-Input", b"Signature-Agent"]),
        some.one_of(
            some.binary(max_size=200),
            some.sampled_from([b"a=1", b"a=(1 2)", b'a=("@path");tag="web-bot-auth"']),
        ),
    )
)
def test_anything_at_all_is_refused_in_words(fields: dict[bytes, bytes]) -> None:
    with pytest.raises(BadSignatureError):
        verifier().signer_of(signed_request(fields), AUTHORITY, NOW)
