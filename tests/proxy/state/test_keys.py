from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.state.keys import (
    ACCOUNT,
    ASN,
    FINGERPRINT,
    IDENTITY_OF,
    SESSION,
    SLOTS,
    SUBNET,
    TAG_TEXTS,
    TAGS,
    TLS,
    VISITOR,
    Names,
    identity_of,
    ip_key,
    key_of,
    order_key,
)
from proxy.state.slots import slot_of

ADDRESSES = {
    "an IPv4 address is itself": ("203.0.113.7", "203.0.113.7"),
    "an IPv6 address is its /64": ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    "a mapped address is the IPv4 one": ("::ffff:203.0.113.7", "203.0.113.7"),
    "a zone is no part of the client": ("fe80::1%eth0", "fe80::/64"),
    "what is no address is its own key": ("not:an:address", "not:an:address"),
}
ORDERS = {
    "an address": ("203.0.113.7", "203.0.113.7"),
    "an IPv6 address in full": ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
    "host bits are cleared": ("10.1.2.3/8", "10.0.0.0/8"),
    "a /32 is one address": ("203.0.113.7/32", "203.0.113.7"),
    "a /128 is the client that it belongs to": ("2001:db8::1/128", "2001:db8::/64"),
    "a wide IPv6 prefix": ("2001:db8::1/32", "2001:db8::/32"),
    "a session": ("s=abc", "s=abc"),
    "a slash that is no prefix": ("a/b", "a/b"),
}
IDENTITIES = {
    "an address": (ip_key("203.0.113.7", "shop"), "ip"),
    "an IPv6 address": (ip_key("2001:db8::1", "shop"), "ip"),
    "a session": (key_of("shop", SESSION, "abc"), "session"),
    "a visitor without a cookie": (key_of("shop", VISITOR, "203.0.113.7~0a0b0c0d"), "session"),
    "a subnet": (key_of("shop", SUBNET, "203.0.113.0/24"), "subnet"),
    "a network": (key_of("shop", ASN, "64496"), "asn"),
    "a fingerprint": (key_of("shop", FINGERPRINT, "0123456789ab"), "fingerprint"),
    "a TLS fingerprint": (key_of("shop", TLS, "t13d1516h2_8daaf6152771_b186095e22b6"), "tls"),
    "an account": (key_of("shop", ACCOUNT, "89abcdef"), "account"),
}
SECRET, OTHER_SECRET = b"a secret of this node's cluster!", b"another secret altogether, as long"
HOUR = 3600.0
NOW = 1_790_000_000.0

addresses = st.ip_addresses().map(str)
keys = st.one_of(
    st.builds(ip_key, addresses, st.just("shop")),
    st.builds(key_of, st.just("shop"), st.sampled_from(sorted(IDENTITY_OF)), st.text(min_size=1)),
)


def names(secret: bytes = SECRET, rotation_s: float | None = None, now: float = NOW) -> Names:
    named = Names("stile:", secret, rotation_s)
    named.turn(now)
    return named


@pytest.mark.parametrize(("address", "key"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_has_one_client_key(address, key):
    assert ip_key(address) == key


@pytest.mark.parametrize(("text", "key"), ORDERS.values(), ids=ORDERS)
def test_equal_orders_have_equal_keys(text, key):
    assert order_key(text) == key


def test_the_same_address_is_another_client_on_another_site():
    found = {ip_key("203.0.113.7"), ip_key("203.0.113.7", "shop"), ip_key("203.0.113.7", "blog")}

    assert len(found) == 3


@pytest.mark.parametrize("mark", IDENTITY_OF)
def test_nothing_else_equals_an_address(mark):
    assert key_of("shop", mark, "203.0.113.7") != ip_key("203.0.113.7", "shop")


@pytest.mark.parametrize(("key", "identity"), IDENTITIES.values(), ids=IDENTITIES)
def test_a_key_tells_its_site_and_identity(key, identity):
    assert identity_of(key) == ("shop", identity)


def test_no_two_marks_begin_alike():
    assert len({mark[:2] for mark in IDENTITY_OF}) == len(IDENTITY_OF) == 7


def test_a_name_carries_prefix_hash_tag_and_sixteen_characters():
    name = names().of("shop/203.0.113.7")
    tag, _, hashed = name.removeprefix(b"stile:{").partition(b"}")

    assert (name.startswith(b"stile:{"), tag in TAG_TEXTS, len(hashed)) == (True, True, 16)


@given(addresses)
def test_a_name_does_not_tell_the_address(address):
    name = names().of(ip_key(address, "shop"))
    forms = [address.encode(), ip_address(address).packed, ip_address(address).packed.hex().encode()]

    assert not any(form in name for form in forms)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8))
def test_a_name_does_not_tell_the_account(account):
    assert account.encode() not in names().of(key_of("shop", ACCOUNT, account))


@given(keys)
def test_equal_secrets_call_a_client_by_the_same_name(key):
    assert names().of(key) == names().of(key)


DIFFERENT = {
    "another secret": names(OTHER_SECRET),
    "no secret": names(b""),
    "another period": names(rotation_s=HOUR, now=NOW + HOUR),
    "no rotation": names(),
}


@pytest.mark.parametrize("other", DIFFERENT.values(), ids=DIFFERENT)
def test_the_names_of_others_cannot_be_compared_with_ours(other):
    ours = names(rotation_s=HOUR)
    addresses = [f"10.0.{number >> 8}.{number & 255}" for number in range(1_000)]

    assert not {ours.of(address) for address in addresses} & {other.of(address) for address in addresses}


def test_within_a_period_names_stay():
    named = names(rotation_s=HOUR)
    first = named.of("shop/203.0.113.7")
    named.turn(NOW + 0.4 * HOUR - NOW % HOUR)

    assert named.of("shop/203.0.113.7") == first


def test_workers_of_one_period_agree_whenever_they_were_started():
    early, late = names(rotation_s=HOUR, now=NOW - 30 * HOUR), names(rotation_s=HOUR)
    early.turn(NOW)

    assert early.of("shop/203.0.113.7") == late.of("shop/203.0.113.7")


def test_without_rotation_time_changes_no_name():
    early, late = names(now=0.0), names()

    assert early.of("shop/203.0.113.7") == late.of("shop/203.0.113.7")


def test_all_visitors_of_an_address_can_be_found_by_its_hash():
    first, second = (names().of(key_of("shop", VISITOR, f"203.0.113.7~{agent}")) for agent in ("0a", "0b"))

    assert (first[:-2], first[-2:], second[-2:]) == (second[:-2], b"0a", b"0b")


@given(keys)
def test_the_tag_of_a_name_is_found_again(key):
    named = names()
    name = named.of(key)

    assert TAG_TEXTS[named.tag_of(name)] == name[name.index(b"{") + 1 : name.index(b"}")]


def test_a_key_of_our_own_lies_in_the_slot_of_its_clients():
    named = names()
    name = named.of("shop/203.0.113.7")

    assert slot_of(named.tagged(named.tag_of(name), "receipt:x")) == slot_of(name)


def test_names_spread_evenly_over_all_tags():
    named = names()
    found = [named.tag_of(named.of(f"10.0.{number >> 8}.{number & 255}")) for number in range(64_000)]
    counts = [found.count(tag) for tag in range(TAGS)]

    assert min(counts) > 850  # 1,000 expected, so this is five standard deviations away
    assert max(counts) < 1_150


@pytest.mark.parametrize("shards", [2, 3, 4, 8, 16, 64])
def test_every_shard_of_a_cluster_holds_its_share_of_the_tags(shards):
    slots = [slot_of(b"{%b}" % text) for text in TAG_TEXTS]
    shares = [0] * shards
    for slot in slots:
        shares[slot * shards // SLOTS] += 1

    assert {TAGS // shards, -(-TAGS // shards)} >= set(shares)
