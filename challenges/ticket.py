"""A ticket says what was asked, of whom and until when; the client holds it and cannot change a word."""

from base64 import urlsafe_b64encode

from challenges.binding import Binding
from challenges.keyring import Keyring, Purpose
from challenges.rung import Rung
from detectors.value import value
from detectors.visit import Level

ID_BYTES = 16
_RUNGS, _LEVELS = frozenset(Rung), frozenset(Level)
TICKET = Purpose("ticket", "bsiiffffbbbbss", max_chars=4096)


@value
class Ticket:
    """One challenge. `rung` is how it is asked, `level` what an answer proves.

    `bits` is the work, 0 for rungs without. `wait_s` is how long to wait; for work, after how much time less
    of it will do. `issued` and `expires` are Unix seconds; what an answer earns lasts `lasts_s`.
    `target` is where to return to, `method` that of the request.
    """

    id: bytes
    rung: Rung
    level: Level
    bits: int
    wait_s: float
    issued: float
    expires: float
    lasts_s: float
    binding: Binding
    target: str
    method: str

    @property
    def id_text(self) -> str:
        """The id as 22 characters of base64url: what the work is done on and what is burnt."""
        return urlsafe_b64encode(self.id).rstrip(b"=").decode("ascii")

    def elapsed_s(self, now: float) -> float:
        """How long ago it was issued. The clock of a node that is behind counts as no time."""
        return max(0.0, now - self.issued)

    def seal(self, keyring: Keyring) -> str:
        """The ticket as text for a page."""
        binding = self.binding
        return keyring.seal(
            TICKET,
            (
                self.id,
                str(self.rung),
                int(self.level),
                self.bits,
                self.wait_s,
                self.issued,
                self.expires,
                self.lasts_s,
                binding.site,
                binding.agent,
                binding.networks,
                binding.tls,
                self.target,
                self.method,
            ),
        )


def open_ticket(keyring: Keyring, text: str | bytes) -> Ticket | None:
    """The ticket that we sealed; None for anything else. Whether it has expired is another question."""
    match keyring.open(TICKET, text):
        case (
            bytes(id_),
            str(rung),
            int(level),
            int(bits),
            float(wait_s),
            float(issued),
            float(expires),
            float(lasts_s),
            bytes(site),
            bytes(agent),
            bytes(networks),
            bytes(tls),
            str(target),
            str(method),
        ) if len(id_) == ID_BYTES and rung in _RUNGS and level in _LEVELS:
            binding = Binding(site, agent, networks, tls)
            asked = Rung(rung), Level(level)
            return Ticket(id_, *asked, bits, wait_s, issued, expires, lasts_s, binding, target, method)
    return None
