import gzip

import pytest

from challenges.assets import ASSETS, IMMUTABLE, asset_reply


@pytest.mark.parametrize("asset", ASSETS.values(), ids=ASSETS)
def test_is_found_under_its_hash_and_kept_for_ever(asset):
    reply = asset_reply(asset.path, b"")

    assert reply is not None
    assert (reply.status, reply.body, dict(reply.headers)[b"Cache-Control"]) == (200, asset.body, IMMUTABLE)


@pytest.mark.parametrize("asset", ASSETS.values(), ids=ASSETS)
def test_is_sent_compressed_where_it_may_be(asset):
    reply = asset_reply(asset.path, b"gzip, br")

    assert reply is not None
    assert (gzip.decompress(reply.body), dict(reply.headers)[b"Content-Encoding"]) == (asset.body, b"gzip")


def test_another_hash_gets_what_there_is_and_does_not_keep_it():
    reply = asset_reply("/.stile/assets/challenge.0000000000.js", b"")

    assert reply is not None
    assert (reply.body, dict(reply.headers)[b"Cache-Control"]) == (ASSETS["challenge.js"].body, b"no-store")


NOT_THERE = [
    "",
    "/.stile/assets/",
    "/.stile/assets/other.js",
    "/.stile/assets/../keyring.py",
    "/challenge.js",
    "challenge.js",
]


@pytest.mark.parametrize("path", NOT_THERE)
def test_there_is_nothing_else(path):
    assert asset_reply(path, b"") is None
