"""The section `mitigation`: how much may be spent on those who are held up, and where the misled are led."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import upstream_of
from config.sections import Section
from config.settings import Mitigation, TarpitSettings
from config.units import Duration, UpstreamUrl


class TarpitSection(Section):
    """What a tarpit takes in; beyond it a client gets a plain 403."""

    pause: Duration = Field("5s", description="The wait between two drops; 500ms to 1m.")  # type: ignore[assignment]  # defaults are written as operators write them
    longest: Duration = Field("5m", description="When a drip ends by itself; 1h at most.")  # type: ignore[assignment]
    most: Annotated[int, Field(ge=0, le=100_000)] = Field(
        5000, description="Most clients at once, for each worker; they count among `limits.max_connections`."
    )
    per_address: Annotated[int, Field(ge=1)] = Field(
        16, description="Most of them from one address (/32 or /64), for each worker."
    )

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not 0.5 <= self.pause <= 60.0:
            raise PydanticCustomError("tarpit", "pause must be from 500ms to 1m")
        if not self.pause <= self.longest <= 3600.0:
            raise PydanticCustomError("tarpit", "longest must be from pause to 1h")
        return self


class DecoySection(Section):
    """What stands in for the storefront."""

    upstream: UpstreamUrl | None = Field(
        None, description="A server of your own, http://host:port; without it Stile makes up a maze of pages."
    )


class MitigationSection(Section):
    """What `tarpit` and `decoy` do; see docs/mitigations.md."""

    tarpit: TarpitSection = Field(
        default_factory=lambda: TarpitSection.model_validate({}),
        description="A slow drip in place of an answer.",
    )
    decoy: DecoySection = Field(
        default_factory=lambda: DecoySection.model_validate({}),
        description="Pages that are not the storefront's.",
    )


def mitigation_of(section: MitigationSection) -> Mitigation:
    """The settings of a section."""
    tarpit, decoy = section.tarpit, section.decoy.upstream
    return Mitigation(
        tarpit=TarpitSettings(tarpit.pause, tarpit.longest, tarpit.most, tarpit.per_address),
        decoy=() if decoy is None else (upstream_of(decoy),),
    )
