"""The address of a store is read whole, and its password shows nowhere."""

import pytest

from config.where import SHAPES, Spot, StoreKind, Where, WhereFault

PLACES = {
    "redis://cache": "redis://cache:6379",
    "redis://cache:1/3": "redis://cache:1/3",
    "redis://cache?db=3": "redis://cache:6379/3",
    "rediss://cache": "rediss://cache:6379",
    "redis://[::1]:7000": "redis://[::1]:7000",
    "unix:///run/valkey.sock": "unix:///run/valkey.sock",
    "redis+sentinel://one,two:2/shop": "redis+sentinel://one:26379,two:2/shop",
    "rediss+sentinel://one/shop/2": "rediss+sentinel://one:26379/shop/2",
    "redis+cluster://one,[::1]:2": "redis+cluster://one:6379,[::1]:2",
    "rediss+cluster://one/": "rediss+cluster://one:6379",
}
USERS = {
    "redis://cache": (None, None),
    "redis://stile@cache": ("stile", None),
    "redis://:p%40ss@cache": (None, "p@ss"),
    "redis+cluster://stile:secret@one,two": ("stile", "secret"),
    "unix://stile:secret@/run/valkey.sock": ("stile", "secret"),
}
NO_PLACES = [
    "",
    "redis",
    "redis:",
    "redis://",
    "http://a",
    "reddis://a",
    "redis://a,b",
    "redis://a:0",
    "redis://a:65536",
    "redis://a/first",
    "redis://a?ssl_cert_reqs=none",
    "redis://a#b",
    "redis://[a",
    "unix://",
    "unix://run/x.sock",
    "redis+sentinel://a",
    "redis+sentinel://a/shop/one",
    "redis+cluster://a/1",
    "redis+cluster://a,,b",
    "redis+ssl://a",
]


@pytest.mark.parametrize(("text", "shown"), PLACES.items())
def test_reads_where_a_store_is(text, shown):
    assert str(Where.of(text)) == shown


@pytest.mark.parametrize(("text", "user"), USERS.items())
def test_reads_who_enters(text, user):
    where = Where.of(text)

    assert (where.username, where.password) == user


@pytest.mark.parametrize("text", NO_PLACES)
def test_refuses_what_is_no_place(text):
    with pytest.raises(WhereFault):
        Where.of(text)


@pytest.mark.parametrize("shape", SHAPES.values())
def test_every_shape_that_is_advised_is_taken(shape):
    assert str(Where.of(shape)).partition("://")[0] == shape.partition("://")[0]


def test_a_whole_address():
    where = Where.of("rediss+sentinel://stile:secret@one:1,two/shop/2")

    assert where == Where(
        StoreKind.SENTINEL,
        (Spot("one", 1), Spot("two", 26379)),
        service="shop",
        database=2,
        username="stile",
        password="secret",
        encrypted=True,
    )


@pytest.mark.parametrize("shape", SHAPES.values())
def test_the_password_shows_nowhere(shape):
    where = Where.of(shape).with_password("secret")

    assert "secret" not in f"{where} {where!r} {where.spots}"


@pytest.mark.parametrize(
    "text", ["redis://user:secret/x@a", "redis://user:secret@a:x", "redis://u:secret@[", "x://:secret@a"]
)
def test_a_fault_repeats_no_password(text):
    with pytest.raises(WhereFault) as fault:
        Where.of(text)

    assert "secret" not in str(fault.value)
