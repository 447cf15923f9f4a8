"""Only a person looking at a page gets a page; scripts, images and programs get plain facts."""

from detectors.request import Request

PAGE_DESTINATIONS = frozenset({b"document", b"iframe", b"frame", b"nested-document"})
PAGE_TYPES = (b"text/html", b"application/xhtml+xml")


def wants_html(request: Request) -> bool:
    """True where the answer will be shown as a page of its own.

    Fetch metadata decides where it is sent (W3C Fetch Metadata, sections 2.1 and 2.2), else Accept does: a
    page load names HTML there, while `*/*` is what programs, images and scripts say.
    """
    fields = request.fields
    if b"x-requested-with" in fields:
        return False
    destination = fields.get(b"sec-fetch-dest")
    if destination is not None:
        return destination.lower() in PAGE_DESTINATIONS
    mode = fields.get(b"sec-fetch-mode")
    if mode is not None:
        return mode.lower() == b"navigate"
    accept = fields.get(b"accept", b"").lower()
    return any(page_type in accept for page_type in PAGE_TYPES)
