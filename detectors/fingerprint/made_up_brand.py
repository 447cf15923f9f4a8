"""The brand that Chromium makes up follows from its version; whoever writes another version forgets that."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.brands import CHROMIUM, is_made_up, made_up_brand
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

SINCE = 106  # recorded: 98 to 104 had other recipes, 107 to 136 and 156 follow this one


@dataclass(frozen=True, slots=True)
class MadeUpBrand:
    """Compares the made-up brand in sec-ch-ua with the one that this version of Chromium makes up.

    Sees:   sec-ch-ua, the claimed engine.
    Means:  client hints of one version with the number of another: a copied list that was kept up to date.
    Spares: versions below 106, lists without Chromium or without a made-up brand, the order of the list.
            Staged: 33 of 25,000 drawn visitors have it, and nothing proves that none of them is a person.
    Costs:  a few comparisons, once per fingerprint.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.browser.engine is not Engine.CHROMIUM:
            return None
        version = reading.brands.get(CHROMIUM, b"")[:4]
        made_up = [entry for entry in reading.brands.items() if is_made_up(entry[0])]
        if not version.isdigit() or int(version) < SINCE or not made_up:
            return None
        if made_up == [made_up_brand(int(version))]:
            return None
        return Evidence("made_up_brand", self.log_odds, "the made-up brand is another version's")
