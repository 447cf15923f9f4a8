from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.target import MAX_TARGET_BYTES, return_target, safe_target
from tests.support.requests import a_request

KEPT = {
    "the front page": b"/",
    "path and query": b"/product/7?a=b&c=%2F%2Fd",
    "a slash in a segment": b"/a%2Fb",
    "slashes in the middle": b"/a//b",
    "an address in the query": b"/go?to=//evil.example/..//",
    "dots inside": b"/a/../b",
    "as long as may be": b"/" + b"a" * (MAX_TARGET_BYTES - 1),
}
REFUSED = {
    "two slashes": b"//evil.example",
    "a backslash": b"/\\evil.example",
    "a backslash later": b"/a/\\evil.example",
    "a scheme": b"https://evil.example/",
    "a script": b"javascript:alert(1)",
    "no slash": b"evil.example",
    "empty": b"",
    "asterisk": b"*",
    "a tab that browsers drop": b"/\t/evil.example",
    "a line end": b"/a\r\nSet-Cookie: x=y",
    "a null byte": b"/\x00/evil.example",
    "a delete byte": b"/a\x7f",
    "a space": b"/ /evil.example",
    "a fragment": b"/#//evil.example",
    "dots that climb": b"/..//evil.example",
    "dots that climb back": b"/a/..//evil.example",
    "one dot": b"/.//evil.example",
    "escaped dots": b"/%2e%2e//evil.example",
    "escaped slash": b"/%2f/evil.example",
    "escaped twice": b"/%252f/evil.example",
    "escaped backslash": b"/%5cevil.example",
    "escaped backslash, twice": b"/%255cevil.example",
    "escaped tab": b"/%09/evil.example",
    "too long": b"/" + b"a" * MAX_TARGET_BYTES,
    "our own pages": b"/.stile/answer",
    "our own pages, hidden": b"/a/../%2estile/answer",
}


@pytest.mark.parametrize("target", KEPT.values(), ids=KEPT)
def test_keeps_a_path_of_this_site(target):
    assert safe_target(target) == target.decode()


@pytest.mark.parametrize("target", REFUSED.values(), ids=REFUSED)
def test_refuses_what_might_lead_elsewhere(target):
    assert safe_target(target) == "/"


def test_escapes_foreign_bytes():
    assert safe_target("/schön?größe=L".encode()) == "/sch%C3%B6n?gr%C3%B6%C3%9Fe=L"


@given(
    st.lists(
        st.sampled_from(
            [b"/", b"\\", b"..", b".", b"%2e", b"%2f", b"%5C", b"a", b"?", b"%", b"\t", b":", b"\xff"]
        )
    )
)
def test_always_stays_on_this_host(pieces):
    followed = urlsplit(
        urljoin("https://shop.example.com/x/y", safe_target(b"/" + b"".join(pieces)).replace("\\", "/"))
    )

    assert (followed.scheme, followed.netloc) == ("https", "shop.example.com")


REFERRERS = {
    "the page with the form": (b"https://shop.example.com/cart?step=2", "/cart?step=2"),
    "another host": (b"https://evil.example/cart", "/"),
    "a host that begins alike": (b"https://shop.example.com.evil.example/cart", "/"),
    "another host by user name": (b"https://shop.example.com@evil.example/cart", "/"),
    "a misleading path": (b"https://shop.example.com//evil.example", "/"),
    "not an address": (b"https://[", "/"),
    "bytes": (b"https://shop.example.com/\xff", "/%FF"),
    "none": (b"", "/"),
}


@pytest.mark.parametrize(("referrer", "target"), REFERRERS.values(), ids=REFERRERS)
def test_a_form_leads_back_to_its_page(referrer, target):
    request = a_request("/cart/add", method="POST", headers=((b"Referer", referrer),))

    assert return_target(request) == target


def test_a_page_of_ours_leads_back_to_where_it_was_opened():
    headers = ((b"Referer", b"https://shop.example.com/product/7"),)

    assert return_target(a_request("/.stile/challenge", headers=headers)) == "/product/7"


def test_a_page_leads_back_to_itself():
    assert return_target(a_request("/product/7", query="a=b")) == "/product/7?a=b"
