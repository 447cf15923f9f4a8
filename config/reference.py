"""The reference parts of docs/configuration.md and docs/rules.md are written from the code itself."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.cel.examples import EXAMPLES
from config.cel.facts import FACTS
from config.cel.questions import COUNTER, IDENTITIES, QUESTIONS, SKETCH, WINDOW
from config.schema import json_schema

BEGIN = "<!-- reference: written by `python -m config.reference` -->"
END = "<!-- end of the reference -->"


def keys_reference() -> str:
    """Every key of the YAML as one table per section."""
    schema = json_schema()
    parts: dict[str, Any] = schema["$defs"]  # type: ignore[assignment]
    blocks = [_table("The whole document", schema)]
    blocks += [_table(f"`{path}`", parts[name]) for path, name in sections(schema, parts)]
    return "\n\n".join(blocks)


def sections(schema: Any, parts: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The path and the definition's name of every section below `schema`, in the order of the keys."""
    for key, about in schema["properties"].items():
        name, suffix = _section(about)
        if name == "PolicySection" and before:
            continue  # a site's policy has the shape of the common one
        if name:
            path = f"{before}{key}{suffix}"
            yield path, name
            yield from sections(parts[name], parts, f"{path}.")


def _section(about: dict[str, Any]) -> tuple[str, str]:
    """The definition that a key refers to, and how its path goes on; empty where it refers to none."""
    for part in (about, *about.get("anyOf", ())):
        if "$ref" in part:
            return part["$ref"].rsplit("/", 1)[-1], ""
        items = part.get("items", {})
        if "$ref" in items:
            return items["$ref"].rsplit("/", 1)[-1], "[]"
        for named in part.get("patternProperties", {}).values():
            if "$ref" in named:
                return named["$ref"].rsplit("/", 1)[-1], ".NAME"
    return "", ""


def _table(title: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        f"### {title}",
        "",
        schema.get("description", ""),
        "",
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    for key, about in schema["properties"].items():
        default = "required" if key in required else _default(about)
        rows.append(f"| `{key}` | {default} | {_meaning(about)} |")
    return "\n".join(rows)


def _default(about: dict[str, Any]) -> str:
    shown = about.get("default")
    return "" if shown is None else f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _meaning(about: dict[str, Any]) -> str:
    meaning: str = about["description"]
    choices = about.get("enum") or about.get("items", {}).get("enum")
    return f"{meaning} One of {', '.join(f'`{each}`' for each in choices)}." if choices else meaning


NAMED = (
    ("networks.NAME", "list(string)", "A list under `networks`.", "request.ip in networks.partners"),
    (
        "lists.NAME",
        "list(string)",
        "A list under `lists`; its kind says what can be looked for in it.",
        "request.user_agent in lists.scrapers",
    ),
    ("routes.NAME", "bool", "True for requests to that route.", "routes.login"),
    ("macros.NAME", "bool", "The condition of that name under `macros`.", "macros.night && routes.login"),
)


def facts_reference() -> str:
    """Every variable and function of the rules as two tables."""
    rows = ["| variable | type | meaning | example |", "|---|---|---|---|"]
    for fact in FACTS:
        named = ", ".join(f"`{each}`" for each in fact.choices if each)
        choices = f" One of {named}." if named else ""
        spoken = "" if fact.choices and all(f"`{each}`" in fact.meaning for each in fact.choices) else choices
        rows.append(f"| `{fact.name}` | {fact.type} | {fact.meaning}{spoken} | `{EXAMPLES[fact.name]}` |")
    rows += [f"| `{name}` | {kind} | {meaning} | `{example}` |" for name, kind, meaning, example in NAMED]
    rows += ["", "| function | gives | meaning |", "|---|---|---|"]
    rows += [
        f"| {', '.join(f'`{example}`' for example in each.examples)} | {each.result} | {each.meaning} |"
        for each in QUESTIONS
    ]
    rows += ["", "| identity | who that is |", "|---|---|"]
    rows += [f"| `{name}` | {about.meaning} |" for name, about in IDENTITIES.items()]
    rows += ["", "| argument | one of |", "|---|---|"]
    rows += [
        f"| {each.name} | {', '.join(f'`{choice}`' for choice in each.choices)} |"
        for each in (WINDOW, COUNTER, SKETCH)
    ]
    rows.append("| route | the names of `routes`, and those that the shipped rules look for |")
    return "\n".join(rows)


REFERENCES = {"configuration.md": keys_reference, "rules.md": facts_reference}


def renewed(page: str, reference: str) -> str:
    """`page` with the reference between its marks. Raises ValueError where a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for its reference")
    return f"{before}{BEGIN}\n\n{reference}\n\n{END}{after}"


def main(folder: Path) -> None:
    """Renew both pages in `folder`."""
    for name, reference in REFERENCES.items():
        page = folder / name
        page.write_text(renewed(page.read_text(encoding="utf-8"), reference()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(*sys.argv[1:] or ["docs"]))
