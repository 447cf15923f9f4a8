"""A route matches whole segments of the normalised path, in the order written."""

import pytest

from config.routes import PatternFault, Routes, split_pattern

MATCHES = {
    "exact": ("/search", "GET", "/search"),
    "root": ("/", "GET", "/"),
    "below a prefix": ("/product/*", "GET", "/product/7"),
    "far below a prefix": ("/product/*", "GET", "/product/7/reviews/2"),
    "the prefix with a slash": ("/product/*", "GET", "/product/"),
    "any path": ("/*", "GET", "/anything/at/all"),
    "any path, root": ("/*", "GET", "/"),
    "one segment in the middle": ("/shop/*/reviews", "GET", "/shop/7/reviews"),
    "two segments and a rest": ("/shop/*/x/*", "GET", "/shop/7/x/a/b"),
    "first segment open": ("/*/cart", "GET", "/de/cart"),
    "an ending": ("*.rss", "GET", "/news/all.rss"),
    "a double ending": ("*.tar.gz", "GET", "/a/b.tar.gz"),
    "a method": ("POST /login", "POST", "/login"),
    "a method and a prefix": ("DELETE /cart/*", "DELETE", "/cart/7"),
}
MATCHES_NOT = {
    "a longer name": ("/search", "GET", "/searching"),
    "a trailing slash": ("/search", "GET", "/search/"),
    "a longer segment": ("/static/*", "GET", "/staticx/a"),
    "the prefix itself": ("/static/*", "GET", "/static"),
    "two segments for one": ("/shop/*/reviews", "GET", "/shop/7/8/reviews"),
    "no segment for one": ("/shop/*/reviews", "GET", "/shop//reviews"),
    "more than asked": ("/shop/*/reviews", "GET", "/shop/7/reviews/2"),
    "an ending inside": ("*.rss", "GET", "/a.rss/b"),
    "a longer ending": ("*.rss", "GET", "/a.rssx"),
    "no dot": ("*.rss", "GET", "/rss"),
    "another method": ("POST /login", "GET", "/login"),
    "another case": ("/Search", "GET", "/search"),
}


@pytest.mark.parametrize(("pattern", "method", "path"), MATCHES.values(), ids=MATCHES)
def test_matches(pattern, method, path):
    assert Routes({"it": [pattern]}).route_of(method, path) == "it"


@pytest.mark.parametrize(("pattern", "method", "path"), MATCHES_NOT.values(), ids=MATCHES_NOT)
def test_does_not_match(pattern, method, path):
    assert Routes({"it": [pattern]}).route_of(method, path) == ""


ORDER = {
    "exact before prefix": ({"a": ["/x/y"], "b": ["/x/*"]}, "a"),
    "prefix before exact": ({"b": ["/x/*"], "a": ["/x/y"]}, "b"),
    "any before all": ({"z": ["/*"], "a": ["/x/y"]}, "z"),
    "another method steps aside": ({"a": ["POST /x/y"], "b": ["/x/*"]}, "b"),
    "the second pattern of the first": ({"a": ["/no", "/x/*"], "b": ["/x/y"]}, "a"),
}


@pytest.mark.parametrize(("routes", "name"), ORDER.values(), ids=ORDER)
def test_the_first_pattern_written_wins(routes, name):
    assert Routes(routes).route_of("GET", "/x/y") == name


def test_without_routes_every_path_is_nameless():
    assert Routes({}).route_of("GET", "/") == ""


NO_PATTERNS = ["", "product", "product/*", "/product*", "/a?b=c", "/a#b", "*.a/b", "*.*", "get /", " "]


@pytest.mark.parametrize("text", NO_PATTERNS)
def test_refuses_what_is_no_pattern(text):
    with pytest.raises(PatternFault):
        split_pattern(text)
