"""The section `policy.ai`: one word for each category of AI crawlers chooses among the shipped rules."""

from typing import Literal

from pydantic import Field

from config.sections import Section

Word = Literal["allow", "rate", "robots", "challenge", "block"]
PACK = "(stile)/ai-crawlers.yaml"


class AiSection(Section):
    """What becomes of AI crawlers where `import` names (stile)/ai-crawlers.yaml; see docs/rules.md."""

    training: Word = Field("robots", description="Those that collect pages to train models on.")
    search: Word = Field("allow", description="Those that fill the index of a search engine.")
    assistant: Word = Field("allow", description="Those that fetch a page because a person asked.")

    def in_force(self, rule: str) -> bool:
        """True for a rule of the pack that the words keep; `ai-search-rate-exceeded` goes with `rate`."""
        _, category, word, *_ = [*rule.split("-"), "", ""]
        return word == getattr(self, category, word)
