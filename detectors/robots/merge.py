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
    lines, known, odd = _with(shop, closed)
    while lines and not lines[-1].strip():
        lines.pop()
    left = [agent for agent in banned if agent.lower() not in known]
    missed = _missed(lines, odd | {EVERYBODY}, everybody)
    if missed:
        lines += [*_gap(lines), *(f"User-agent: {agent}" for agent in missed), *closed]
    if left:
        lines += [*_gap(lines), *(f"User-agent: {agent}" for agent in left), *closed, "Disallow: /"]
    if not lines:
        lines = ["User-agent: *", "Disallow:"]
    return "\n".join(lines) + "\n"


def _with(shop: str, closed: list[str]) -> tuple[list[str], set[str], set[str]]:
    """The shop's lines, with `closed` at the head of every group's rules; all agents; those of odd groups.

    A group is odd where something else stands between its names and its rules: readers differ about it.
    """
    lines: list[str] = []
    known: set[str] = set()
    odd: set[str] = set()
    named: list[str] = []
    for line in lines_of(shop):
        if line.field in AGENT_FIELDS and line.content:
            named.append(line.content.lower())
        elif named and line.field in RULE_FIELDS:
            lines += closed
            known.update(named)
            named.clear()
        elif line.text.strip():
            odd.update(named)
        lines.append(line.text)
    return [*lines, *(closed if named else ())], known.union(named), odd.union(named)


def _missed(lines: list[str], agents: Iterable[str], closed: Sequence[str]) -> list[str]:
    """Those of `agents` that are not kept from every path. Each costs a look at all of the file's names."""
    file = RobotsFile("\n".join(lines))
    return sorted(
        agent for agent in agents if not all(file.forbids(agent, agent, path + "x") for path in closed)
    )


def _gap(lines: list[str]) -> list[str]:
    return [""] if lines else []
