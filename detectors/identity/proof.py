"""What was found out about a sender beyond its headers and its address: its host name, and who signed."""

from enum import StrEnum

from detectors.identity.operators import SignedAgent
from detectors.value import value


class HostName(StrEnum):
    """What forward-confirmed reverse DNS says of a claimed name. Trouble is `UNKNOWN`, and accuses nobody."""

    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"  # one of its host names is the operator's and leads back to the address
    FOREIGN = "foreign"  # every host name was looked up, and none is


@value
class Proof:
    """`signer` is who signed the request (Web Bot Auth), None where nobody did, or not validly."""

    host_name: HostName = HostName.UNKNOWN
    signer: SignedAgent | None = None


NO_PROOF = Proof()
