"""A button after a wait, and where it is wanted one plain question: a way for whom everything else fails."""

from math import ceil

from challenges.look import Look, part_of, words_of
from challenges.question import Question
from challenges.templates import Markup

MAX_WAIT_CLASS = 15  # the stylesheet shows a button after at most so many seconds
SEPARATOR = " | "  # between the words of a question


def form_part(
    look: Look,
    language: str,
    intro: str,
    form_ticket: str,
    wait_s: float,
    question: Question | None,
    kept: str = "",
) -> Markup:
    """The form; `intro` names the words above it. `kept` is what a person had sent, to go along."""
    return part_of(look, language, "form.html").render(
        {
            "intro": words_of(look, language)[intro].replace("{seconds}", str(ceil(wait_s))),
            "form_ticket": form_ticket,
            "wait_class": wait_class(wait_s),
            "question_part": Markup(
                _kept(look, language, kept)
                + ("" if question is None else _question(look, language, question))
            ),
        }
    )


def _kept(look: Look, language: str, kept: str) -> str:
    return part_of(look, language, "field.html").render({"name": "kept", "content": kept}) if kept else ""


def _question(look: Look, language: str, question: Question) -> Markup:
    words = words_of(look, language)
    nouns = words["words"].split(SEPARATOR)
    slots = {"asked": words["question"].replace("{word}", nouns[question.word])}
    for place, choice in enumerate(question.choices, start=1):
        slots |= {f"choice_{place}": str(choice), f"word_{place}": nouns[choice]}
    return part_of(look, language, "question.html").render(slots)


def wait_class(wait_s: float) -> str:
    """The class after whose wait the stylesheet shows a button."""
    return str(min(ceil(wait_s), MAX_WAIT_CLASS))
