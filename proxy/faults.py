"""An error says whose fault it is: the client's, the storefront's or ours. Foreign exceptions end here."""


class ClientFault(Exception):
    """The client sent what we refuse: answered with `status`, and the connection closes.

    `public` goes to the client, `private` to the event.
    """

    def __init__(self, status: int, public: str, private: str = "") -> None:
        super().__init__(private or public)
        self.status = status
        self.public = public
        self.private = private or public


class UpstreamFault(Exception):
    """The storefront did not answer as it should: 502, 503 or 504 towards the client."""

    def __init__(self, status: int, private: str) -> None:
        super().__init__(private)
        self.status = status
        self.private = private


class OwnFault(Exception):
    """Stile itself cannot do what was asked, and says why to the operator."""
