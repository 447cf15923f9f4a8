"""What became of a request after its decision: measured at the rim, never judged."""

from enum import StrEnum

from detectors.value import value


class ChallengeStep(StrEnum):
    """How far a challenge came with this request."""

    ISSUED = "issued"
    FETCHED = "fetched"  # the page's script began
    SOLVED = "solved"
    FAILED = "failed"
    EXPIRED = "expired"
    REPLAYED = "replayed"


@value
class ChallengeOutcome:
    """A challenge that was sent or answered. `solve_ms` is None where it was not solved; `reason` is why not.

    `device` is what the user agent says it is (`detectors/fingerprint/device.py`); empty before an answer.
    """

    id: str
    kind: str
    outcome: ChallengeStep
    solve_ms: int | None = None
    reason: str = ""
    device: str = ""


@value
class Outcome:
    """What an event needs and neither the visit nor the decision knows.

    `status` 0 means that the client left before an answer. `duration_ns` runs from arrival to the last byte.
    The `_us` figures are the parts of it spent judging, waiting for shared state and waiting for the
    storefront. `agent` is the name behind the user agent, `session` and `user` are keyed hashes; all three
    are empty where unknown. `faults` names stores and services that failed, beyond the decision's own.
    `returned` is true where the session's cookie came back.
    """

    status: int
    bytes_sent: int
    duration_ns: int
    judge_us: float = 0.0
    state_us: float = 0.0
    upstream_us: float = 0.0
    challenge: ChallengeOutcome | None = None
    session: str = ""
    user: str = ""
    degraded: bool = False
    faults: tuple[str, ...] = ()
    returned: bool = False


@value
class Refusal:
    """A request that broke the protocol, so that nobody could judge it. Unknown parts are empty.

    `target` is the request target as it stood on the wire; `reason` is for the operator, not for the client.
    """

    reason: str
    address: str
    arrived: float
    method: str = ""
    target: bytes = b""
    host: str = ""
    scheme: str = ""
    http_version: str = ""
    user_agent: bytes = b""
