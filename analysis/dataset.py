"""Sessions become rows of numbers, one for each moment at which live traffic would be judged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from analysis.lab.sessions import SITE as LABORATORY
from analysis.lab.sessions import LabSession, as_logged
from analysis.labels import Label, is_doubtful, label_of
from analysis.sessions import Session, remember
from detectors.behaviour.client import Client
from detectors.behaviour.detectors import BEHAVIOUR
from detectors.behaviour.features import FEATURES, features
from detectors.behaviour.step import API, PAGE, Kind
from detectors.request import Request
from detectors.value import value
from detectors.visit import Visit

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
Texts = NDArray[np.str_]
DETECTORS = tuple(kind(kind.default) for name, kind in BEHAVIOUR.items() if name != "asset_blindness")
NO_REQUEST = Request(
    "GET", b"/", "/", "", "", "http", "1.1", (), {}, "", 0.0
)  # the detectors look at the client
MOMENTS = (3, 5, 10, 20)  # pages and calls; the gateway's model speaks from the third on
LAB_MOMENTS = (8, 10, 14, 20, 30)  # pages; what the laboratory teaches is pace, and that takes some
VISITED = (PAGE, API)
PAGES = FEATURES.index("pages")


@value
class Dataset:
    """One row per moment of a labelled session.

    `bot` is 0 or 1; `visited` counts pages and calls until then; `weighed` is what the behaviour detectors
    say, in log-odds (without asset blindness, whose inputs wrote labels); `session` and `address` number who
    it was; `last` marks the session's last moment. `fold` names what is left out together: a log's site, or a
    tool family of the laboratory with its share of the shoppers. `doubtful` people train nothing.
    """

    x: Floats
    bot: Whole
    site: Texts
    address: Whole
    session: Whole
    visited: Whole
    weighed: Floats
    last: Truths
    fold: Texts
    doubtful: Truths

    def only(self, chosen: Truths) -> "Dataset":
        """The chosen rows."""
        return Dataset(*[getattr(self, field.name)[chosen] for field in fields(self)])

    def beside(self, other: "Dataset") -> "Dataset":
        """The rows of both; sessions and addresses of `other` are numbered on."""
        later = replace(
            other,
            session=other.session + self.session.max(initial=-1) + 1,
            address=other.address + self.address.max(initial=-1) + 1,
        )
        pairs = [(getattr(self, field.name), getattr(later, field.name)) for field in fields(self)]
        return Dataset(*[np.concatenate(pair) for pair in pairs])

    @property
    def sites(self) -> list[str]:
        """The names of all logs' sites, sorted."""
        return sorted(set(self.site.tolist()) - {LABORATORY})

    @property
    def from_lab(self) -> Truths:
        """Which rows are the laboratory's."""
        return np.asarray(self.site == LABORATORY)

    @property
    def pages(self) -> Floats:
        """How many pages each row has seen."""
        return np.asarray(self.x[:, PAGES])


@value
class Who:
    """What all rows of one session have in common."""

    bot: int
    site: str
    address: int
    session: int
    fold: str
    doubtful: bool


Moment = tuple[int, list[float], float]
Row = tuple[Who, Moment, bool]


def dataset_of(sessions: Iterable[Session]) -> Dataset:
    """The rows of every labelled session that comes as far as the first moment."""
    rows: list[Row] = []
    addresses: dict[str, int] = {}
    numbers = count()
    for session in sessions:
        label = label_of(session)
        if label is Label.UNKNOWN:
            continue
        who = Who(
            label.value,
            session.site,
            addresses.setdefault(session.address, len(addresses)),
            next(numbers),
            session.site,
            label is Label.PERSON and is_doubtful(session),
        )
        rows += _rows(who, list(moments_of(session)))
    return _dataset(rows)


def lab_dataset_of(sessions: Sequence[LabSession]) -> Dataset:
    """The rows of the laboratory's sessions, whose labels are known."""
    rows: list[Row] = []
    folds = lab_folds(sessions)
    for number, (known, session) in enumerate(zip(sessions, as_logged(sessions), strict=True)):
        who = Who(int(known.bot), LABORATORY, number, number, folds[number], doubtful=False)
        rows += _rows(who, list(moments_of(session, LAB_MOMENTS, (PAGE,))))
    return _dataset(rows)


def lab_folds(sessions: Sequence[LabSession]) -> list[str]:
    """The fold of each session: its family, and for shoppers the families in turn."""
    families = sorted({session.family for session in sessions if session.bot})
    return [
        session.family if session.bot else families[number % len(families)]
        for number, session in enumerate(sessions)
    ]


def _rows(who: Who, moments: Sequence[Moment]) -> Iterator[Row]:
    for place, moment in enumerate(moments):
        yield who, moment, place == len(moments) - 1


def _dataset(rows: Sequence[Row]) -> Dataset:
    return Dataset(
        np.array([row for _, (_, row, _), _ in rows], dtype=np.float64).reshape(-1, len(FEATURES)),
        np.array([who.bot for who, _, _ in rows], dtype=np.int64),
        np.array([who.site for who, _, _ in rows], dtype=np.str_),
        np.array([who.address for who, _, _ in rows], dtype=np.int64),
        np.array([who.session for who, _, _ in rows], dtype=np.int64),
        np.array([visited for _, (visited, _, _), _ in rows], dtype=np.int64),
        np.array([weighed for _, (_, _, weighed), _ in rows], dtype=np.float64),
        np.array([last for _, _, last in rows], dtype=np.bool_),
        np.array([who.fold for who, _, _ in rows], dtype=np.str_),
        np.array([who.doubtful for who, _, _ in rows], dtype=np.bool_),
    )


def moments_of(
    session: Session, moments: tuple[int, ...] = MOMENTS, kinds: tuple[Kind, ...] = VISITED
) -> Iterator[Moment]:
    """How much was visited, features and detectors' log-odds, after each of `moments` and after the last.

    What counts as visited, and when a moment may be, `kinds` says: pages and calls, or pages alone.
    """
    latest: Moment | None = None
    for act, client in zip(session.acts, remember(session), strict=True):
        visited = client.pages + client.apis if API in kinds else client.pages
        if visited < moments[0] or act.step.kind not in kinds:
            continue
        latest = (visited, features(client, act.arrived), _weigh(client, act.arrived))
        if visited in moments:
            yield latest
    if latest is not None and latest[0] not in moments:
        yield latest


def _weigh(client: Client, now: float) -> float:
    visit = Visit(NO_REQUEST, client, client)
    return sum(found.log_odds for each in DETECTORS if (found := each.inspect(visit, now)) is not None)
