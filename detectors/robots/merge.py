"""The shop's robots.txt with rules of ours in it: every crawler finds both in the one group that it reads."""

from collections.abc import Iterable, Sequence

from detectors.robots.robots_file import AGENT_FIELDS, EVERYBODY, RULE_FIELDS, RobotsFile, lines_of


def merged(shop: str, everybody: Sequence[str], banned: Iterable[str]) -> str:
    """The text to serve.

    `everybody` are paths that are closed to all. A crawler reads the group of its own name alone (RFC 9309
    section 2.2.1), so they go into every group. `banned` are agents that are asked to stay away altogether,
    but for those of which the shop's file speaks itself: about them it knows better.
    """
    closed = [f"Disallow: {path}" for path in everybody]
    known = RobotsFile(shop).agents
    lines = _with(shop, closed)
    while lines and not lines[-1].strip():
        lines.pop()
    left = [agent for agent in banned if agent.lower() not in known]
    missed = _missed(lines, known | {EVERYBODY}, everybody)
    if missed:
        lines += [*_gap(lines), *(f"User-agent: {agent}" for agent in missed), *closed]
    if left:
        lines += [*_gap(lines), *(f"User-agent: {agent}" for agent in left), *closed, "Disallow: /"]
    if not lines:
        lines = ["User-agent: *", "Disallow:"]
    return "\n".join(lines) + "\n"


def _with(shop: str, closed: list[str]) -> list[str]:
    """The shop's lines, with `closed` at the head of every group's rules."""
    lines: list[str] = []
    naming = False
    for line in lines_of(shop):
        if line.field in AGENT_FIELDS and line.content:
            naming = True
        elif naming and line.field in RULE_FIELDS:
            lines += closed
            naming = False
        lines.append(line.text)
    return [*lines, *closed] if naming else lines


def _missed(lines: list[str], agents: Iterable[str], closed: Sequence[str]) -> list[str]:
    """The agents that are not kept from every path: those without a group, or with one of an odd form."""
    file = RobotsFile("\n".join(lines))
    return sorted(
        agent for agent in agents if not all(file.forbids(agent, agent, path + "x") for path in closed)
    )


def _gap(lines: list[str]) -> list[str]:
    return [""] if lines else []
