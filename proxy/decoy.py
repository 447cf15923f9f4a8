"""Whoever follows a link of the maze stays in it: nobody else has ever been given one."""

from dataclasses import replace

from config.decision import Action, Decision, Mode

LED_ON = frozenset((Action.ALLOW, Action.CHALLENGE))  # the other actions are as hard, or keep a limit


def led_on(decision: Decision, follows: bool) -> Decision:
    """The decision about a request that `follows` a link of the maze, unless a rule lets it pass."""
    let_pass = decision.action is Action.ALLOW and decision.rule != ""
    if not follows or let_pass or decision.mode is Mode.MONITOR:
        return decision
    return replace(
        decision,
        action=Action.DECOY,
        would_action=Action.DECOY,
        rule="maze",
        ruleset="(stile)/own",
        category="",
        reason="follows a link of the maze",
    )
