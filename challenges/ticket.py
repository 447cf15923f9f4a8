"""A ticket says what was asked, of whom and until when; the client holds it and cannot change a word."""

from base64 import urlsafe_b64encode

from challenges.binding import Binding
from challenges.keyring import Keyring, Purpose
from detectors.value import value
from detectors.visit import Level

ID_BYTES = 16
TICKET = Purpose("ticket", "biiffbbbss", max_chars=4096)
ASKABLE = frozenset({Level.FORM, Level.POW})


@value
class Ticket:
    """One challenge. `kind` is what an answer proves; `bits` is 0 for kinds without work.

    `issued` and `expires` are Unix seconds. `target` is where to return to, `method` that of the request.
    """

    id: bytes
    kind: Level
    bits: int
    issued: float
    expires: float
    binding: Binding
    target: str
    method: str

    @property
    def id_text(self) -> str:
        """The id as 22 characters of base64url: what the work is done on and what is burnt."""
        return urlsafe_b64encode(self.id).rstrip(b"=").decode("ascii")

    def seal(self, keyring: Keyring) -> str:
        """The ticket as text for a page."""
        return keyring.seal(
            TICKET,
            (
                self.id,
                int(self.kind),
                self.bits,
                self.issued,
                self.expires,
                self.binding.site,
                self.binding.agent,
                self.binding.network,
                self.target,
                self.method,
            ),
        )


def open_ticket(keyring: Keyring, text: str) -> Ticket | None:
    """The ticket that we sealed; None for anything else. Whether it has expired is another question."""
    match keyring.open(TICKET, text):
        case (
            bytes(id_),
            int(kind),
            int(bits),
            float(issued),
            float(expires),
            bytes(site),
            bytes(agent),
            bytes(network),
            str(target),
            str(method),
        ) if len(id_) == ID_BYTES and kind in ASKABLE:
            binding = Binding(site, agent, network)
            return Ticket(id_, Level(kind), bits, issued, expires, binding, target, method)
    return None
