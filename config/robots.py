"""The section `robots`: who answers for robots.txt, and which traps only crawlers can find."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from config.sections import Section
from config.settings import Robots
from config.units import Duration
from detectors.robots.agents import agents_of

ClosedPath = Annotated[str, StringConstraints(pattern=r"^/[\x21-\x7e]*$", max_length=1024)]
Agent = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
AskedAway = Literal["ai-training", "ai-search", "ai-assistant"]


def _training() -> list[AskedAway]:
    return ["ai-training"]


class RobotsSection(Section):
    """What crawlers are told in robots.txt; see docs/robots.md."""

    mode: Literal["pass", "managed"] = Field(
        "pass",
        description="pass leaves robots.txt to the storefront; managed merges its file with the rules "
        "below, and answers also while the storefront does not.",
    )
    disallow: list[ClosedPath] = Field(
        default_factory=list, description="Paths or patterns that are closed to every crawler; managed only."
    )
    disallow_categories: list[AskedAway] = Field(
        default_factory=_training,
        description="Categories of crawlers that are asked to stay away altogether, unless the storefront's "
        "own file speaks of them; managed only.",
    )
    disallow_agents: list[Agent] = Field(
        default_factory=list, description="Further crawlers that are asked to stay away; managed only."
    )
    refresh: Duration = Field(
        "10m",  # type: ignore[assignment]
        description="How old our copy of the storefront's file may become; at least 10s.",
    )
    trap: bool = Field(
        False, description="Name a path in robots.txt that leads nowhere: who goes there was told not to."
    )
    trap_link: bool = Field(
        False,
        description="Also put a link to that path into HTML pages, where no person can see or reach it.",
    )

    @model_validator(mode="after")
    def _managed(self) -> Self:
        if self.mode == "pass" and (self.trap or self.trap_link):
            raise PydanticCustomError(
                "managed", "trap and trap_link need mode: managed, which forbids the path"
            )
        if self.mode == "pass" and (self.disallow or self.disallow_agents):
            raise PydanticCustomError("managed", "disallow and disallow_agents need mode: managed")
        return self


def robots_of(section: RobotsSection) -> Robots:
    """The settings of a section."""
    listed = (agent for category in section.disallow_categories for agent in agents_of(category))
    return Robots(
        managed=section.mode == "managed",
        disallow=tuple(section.disallow),
        agents=tuple(dict.fromkeys((*listed, *section.disallow_agents))),
        refresh_s=max(section.refresh, 10.0),
        trap=section.trap or section.trap_link,
        trap_link=section.trap_link,
    )
