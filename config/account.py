"""Who is logged in: the section that says whom Stile believes when an account is named."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from config.sections import Section

OWN_COOKIES = "stile_"
OWN_HEADERS = ("stile-", "x-stile-")
# their meaning is fixed, and an answer without them would be another answer
TAKEN_HEADERS = frozenset(
    (
        *("connection", "content-encoding", "content-length", "content-type", "cookie", "forwarded", "host"),
        *("location", "set-cookie", "transfer-encoding", "upgrade", "user-agent", "x-forwarded-for"),
    )
)


def _cookie_of_the_storefront(name: str) -> str:
    if name.startswith(OWN_COOKIES):
        raise PydanticCustomError("cookie", "must be a cookie of the storefront, and this one is Stile's own")
    return name


def _header_of_its_own(name: str) -> str:
    if name.lower().startswith(OWN_HEADERS):
        raise PydanticCustomError("header", "must be a header of yours, and this one is Stile's own")
    if name.lower() in TAKEN_HEADERS:
        raise PydanticCustomError("header", "must be a header of its own, and this one has another meaning")
    return name


CookieName = Annotated[  # RFC 6265 section 4.1.1 and RFC 9110 section 5.6.2, token
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"),
    AfterValidator(_cookie_of_the_storefront),
]
HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$"), AfterValidator(_header_of_its_own)
]


class AccountSection(Section):
    """Who is logged in, for rules about accounts: `response_header` and perhaps `cookie`, or one alone."""

    model_config = ConfigDict(
        json_schema_extra={"minProperties": 1, "not": {"required": ["header"], "minProperties": 2}}
    )

    cookie: CookieName | None = Field(
        None,
        description="A cookie that a browser has only while it is logged in. Beside `response_header`, "
        "nobody is logged in without it; alone, its value stands for the account, so it must be a secret "
        "that nobody can guess.",
    )
    header: HeaderName | None = Field(
        None,
        description="The request header in which a front in `trusted_proxies` names the account; it stands "
        "alone.",
    )
    response_header: HeaderName | None = Field(
        None,
        description="The header of an answer, such as one to a login, in which the storefront names the "
        "account, or with an empty value nobody; clients never see it.",
    )

    @model_validator(mode="after")
    def _one_word(self) -> Self:
        if self.header is not None and (self.cookie is not None or self.response_header is not None):
            raise PydanticCustomError("account", "takes a header alone: with it, nothing else names accounts")
        if self.cookie is None and self.header is None and self.response_header is None:
            raise PydanticCustomError("account", "must name a cookie, a header or a response_header")
        return self
