"""What kind of device a user agent claims: good enough to compare how long people wait."""

PHONE, TABLET, DESKTOP, OTHER = DEVICES = ("phone", "tablet", "desktop", "other")
_SIGNS = (  # the first that is found; Android tablets do not say Mobile (Android's WebView user agents)
    (b"iPad", TABLET),
    (b"Tablet", TABLET),
    (b"Mobi", PHONE),
    (b"iPhone", PHONE),
    (b"Android", TABLET),
    (b"Windows NT", DESKTOP),
    (b"Macintosh", DESKTOP),
    (b"X11", DESKTOP),
)


def device_of(user_agent: bytes) -> str:
    """One of DEVICES."""
    return next((device for sign, device in _SIGNS if sign in user_agent), OTHER)
