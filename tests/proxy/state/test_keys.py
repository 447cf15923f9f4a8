import pytest

from proxy.state.keys import ip_key, order_key, session_key, store_key

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


@pytest.mark.parametrize(("address", "key"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_has_one_client_key(address, key):
    assert ip_key(address) == key


@pytest.mark.parametrize(("text", "key"), ORDERS.values(), ids=ORDERS)
def test_equal_orders_have_equal_keys(text, key):
    assert order_key(text) == key


def test_the_same_address_is_another_client_on_another_site():
    keys = {ip_key("203.0.113.7"), ip_key("203.0.113.7", "shop"), ip_key("203.0.113.7", "blog")}

    assert len(keys) == 3


def test_no_session_equals_an_address():
    assert session_key("203.0.113.7") != ip_key("203.0.113.7")


def test_a_store_key_carries_prefix_hash_tag_and_client_key():
    key = store_key("stile:1:", "203.0.113.7")

    assert (key[:9], key[11:]) == (b"stile:1:{", b"}203.0.113.7")


def test_store_keys_spread_over_many_hash_tags():
    tags = {store_key("", f"10.0.{number >> 8}.{number & 255}")[1:3] for number in range(4_000)}

    assert len(tags) == 256
