"""Sessions become rows from their first page on, with what tells groups apart that must not be split."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import fields
from heapq import heappop, heappush
from itertools import count
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.dataset import Floats, Truths, Whole
from analysis.evaluation.labelled_events import Labelled, Sign
from analysis.labels import is_doubtful
from analysis.sessions import Session, remember
from detectors.behaviour.features import FEATURES, features
from detectors.behaviour.step import API, PAGE
from detectors.identity.prefix import subnet_of
from detectors.value import value

MOMENTS = (1, 2, 3, 5, 10, 20)  # pages and calls
SPEAKS_FROM = 3  # the gateway's model is silent before; config/judge.py
MAX_ACTS_KEPT = 500_000  # for each label; some 300 bytes each


@value
class Rows:
    """One row for each moment of a session and for its end; `site` and `subnet` as text, `began` in seconds.

    `visited` counts pages and calls until then, `address` and `session` number who it was. `doubtful` marks
    people whose label a log gave and `is_doubtful` doubts.
    """

    x: Floats
    bot: Whole
    site: NDArray[np.str_]
    subnet: NDArray[np.str_]
    address: Whole
    session: Whole
    visited: Whole
    last: Truths
    declared: Truths
    doubtful: Truths
    began: Floats

    def only(self, chosen: Truths) -> "Rows":
        """The chosen rows."""
        return Rows(*[getattr(self, field.name)[chosen] for field in fields(self)])


class Sample:
    """At most `most` acts of people's sessions and as many of bots'; whole subnets stay or go.

    Which ones is told by a hash of the subnet, so that the same logs give the same sample.
    """

    def __init__(self, most: int = MAX_ACTS_KEPT) -> None:
        self._most = most
        self._kept: dict[bool, list[tuple[int, int, Labelled]]] = {True: [], False: []}
        self._acts = {True: 0, False: 0}
        self._line = {True: 1 << 32, False: 1 << 32}
        self._numbers = count()
        self.left_out = 0

    def add(self, item: Labelled) -> None:
        """Keep this session, unless too much has been kept; then those of the largest hashes go."""
        subnet = group_of(item.session)
        # CRC alone would keep neighbours together, and a provider's customers are neighbours.
        rank = crc32(subnet.encode("utf-8", "surrogateescape")) * 0x9E3779B1 & 0xFFFFFFFF
        bot = item.bot
        if rank >= self._line[bot]:
            self.left_out += 1
            return
        heappush(self._kept[bot], (-rank, next(self._numbers), item))
        self._acts[bot] += len(item.session.acts)
        while self._acts[bot] > self._most and len(self._kept[bot]) > 1:
            self._drop(bot)

    def sessions(self) -> list[Labelled]:
        """What was kept, in the order in which it came."""
        kept = [*self._kept[True], *self._kept[False]]
        return [item for _, _, item in sorted(kept, key=lambda entry: entry[1])]

    def _drop(self, bot: bool) -> None:
        kept = self._kept[bot]
        self._line[bot] = -kept[0][0]
        while kept and -kept[0][0] >= self._line[bot]:
            _, _, item = heappop(kept)
            self._acts[bot] -= len(item.session.acts)
            self.left_out += 1


def group_of(session: Session) -> str:
    """Whom a session may belong to: the /24 or /48 of its address, or the hash that stands for one."""
    return subnet_of(session.address)


def rows_of(items: Iterable[Labelled], moments: tuple[int, ...] = MOMENTS) -> Rows:
    """The rows of all sessions with at least one page or call."""
    x, facts = array("d"), []
    addresses: dict[str, int] = {}
    for number, item in enumerate(items):
        session = item.session
        address = addresses.setdefault(session.address, len(addresses))
        subnet, began = group_of(session), session.acts[0].arrived
        doubtful = item.sign is Sign.BROWSER and is_doubtful(session)
        rows = list(_moments(session, moments))
        for place, (visited, row) in enumerate(rows):
            x.extend(row)
            last = place == len(rows) - 1
            who = (int(item.bot), session.site, subnet, address, number)
            facts.append((*who, visited, last, item.declared, doubtful, began))
    kinds = (
        np.int64,
        np.str_,
        np.str_,
        np.int64,
        np.int64,
        np.int64,
        np.bool_,
        np.bool_,
        np.bool_,
        np.float64,
    )
    columns = list(zip(*facts, strict=True)) or [()] * len(kinds)
    arrays: list[Any] = [np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)]
    return Rows(np.array(x, dtype=np.float64).reshape(-1, len(FEATURES)), *arrays)


def _moments(session: Session, moments: tuple[int, ...]) -> Iterator[tuple[int, list[float]]]:
    ends = max((place for place, act in enumerate(session.acts) if act.step.kind in (PAGE, API)), default=-1)
    for place, (act, client) in enumerate(zip(session.acts, remember(session), strict=True)):
        visited = client.pages + client.apis
        if act.step.kind not in (PAGE, API):
            continue
        if visited in moments or place == ends:
            yield visited, features(client, act.arrived)
