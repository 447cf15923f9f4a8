"""The section `pages`: whom our pages name, how they look and what they say."""

from typing import Annotated

from pydantic import Field, StringConstraints

from config.sections import Section

COLOR = r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"
LINK = r"^(mailto:[^\s\"<>]+@[^\s\"<>]+|https://[^\s\"<>]+)$"

Color = Annotated[str, StringConstraints(pattern=COLOR)]
Link = Annotated[str, StringConstraints(pattern=LINK, max_length=500)]


class SchemeSection(Section):
    """Colours as #rrggbb or #rgb. What is left out stays as it is."""

    accent: Color | None = Field(None, description="Buttons, links and progress.")
    ground: Color | None = Field(None, description="What the page lies on.")
    paper: Color | None = Field(None, description="The page itself.")
    ink: Color | None = Field(None, description="Text.")
    quiet: Color | None = Field(None, description="Text of less weight.")
    line: Color | None = Field(None, description="Thin lines.")
    on_accent: Color | None = Field(None, description="Text on buttons.")


class ColorsSection(Section):
    """Colours for a light and for a dark screen, chosen by the visitor's system."""

    light: SchemeSection = Field(
        default_factory=lambda: SchemeSection.model_validate({}), description="On a light screen."
    )
    dark: SchemeSection = Field(
        default_factory=lambda: SchemeSection.model_validate({}), description="On a dark screen."
    )


class PagesSection(Section):
    """The brand of the pages that people see; docs/pages.md shows it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = Field(
        None, description="What the page calls the site; its host without it."
    )
    logo: str | None = Field(
        None, description="SVG, PNG or WebP file of at most 32 KiB, shown in place of the name."
    )
    colors: ColorsSection = Field(
        default_factory=lambda: ColorsSection.model_validate({}),
        description="Colours. Text must reach a contrast of 4.5 to 1.",
    )
    contact: Link | None = Field(None, description="Where people reach the operator: mailto: or https:.")
    appeal: Link | None = Field(
        None,
        description="Where people ask for a review of a refusal; `{decision_id}` is filled in. "
        "`contact` without it.",
    )
    texts: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Own words, by language and key, as in `en: {title: ...}`."
    )
    templates: str | None = Field(
        None, description="Folder whose HTML files replace those of Stile that have their names."
    )
