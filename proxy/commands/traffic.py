"""Verbs over recorded traffic and over the policies of others; they alone reach for `analysis`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from proxy.commands.ending import fail, on_logs
from proxy.commands.operators import ADMIN, TOKEN_FILE, Address, TokenFile, on_admin

Logs = Annotated[
    list[Path], typer.Argument(help="Access logs (combined or JSON) or our events; .gz too; - is stdin.")
]
Before = Annotated[Path, typer.Option("--config", help="The configuration to judge by.")]
After = Annotated[Path | None, typer.Option("--against", help="A second one: what would change?")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]
AsHtml = Annotated[Path | None, typer.Option("--html", help="Write a page with plots.")]
FailIf = Annotated[
    list[str] | None,
    typer.Option("--fail-if", help="Exit 3 where this is so, as in 'people_challenged > 0.5%'; repeatable."),
]
Fields = Annotated[
    str, typer.Option("--fields", help="JSON logs: caddy, traefik, nginx, or time=@timestamp,ip=addr,...")
]
PurchaseRoute = Annotated[
    list[str] | None, typer.Option(help="A route of purchases; checkout, cart and order without it.")
]
Processes = Annotated[int, typer.Option(min=0, help="0 is one per core; the result is always the same.")]
State = Annotated[Path | None, typer.Option(help="Keep here what is finished, and go on from there.")]
Engine = Annotated[str, typer.Option(help="local, or spark (needs the extra `spark`).")]


def replay(
    logs: Logs,
    config: Before,
    against: After = None,
    as_json: AsJson = False,
    as_html: AsHtml = None,
    fail_if: FailIf = None,
    fields: Fields = "",
    purchase_route: PurchaseRoute = None,
    processes: Processes = 0,
    state: State = None,
    engine: Engine = "local",
) -> None:
    """Judge recorded traffic by one configuration, or compare two."""
    from analysis.replaying.command import Wish, replay_command
    from config.fault import ConfigFaults

    routes, budgets = purchase_route or (), fail_if or ()
    wish = Wish(logs, config, against, fields, routes, processes, state, engine, as_json, as_html, budgets)
    exceeded: list[str] = []
    try:
        on_logs(lambda: exceeded.extend(replay_command(wish)))
    except ConfigFaults as faults:
        fail(*map(str, faults.faults))
    except KeyboardInterrupt:
        fail(
            f"stile: stopped; the same command goes on from {state}" if state else "stile: stopped",
            status=130,
        )
    if exceeded:
        fail(*(f"stile: {said}" for said in exceeded), status=3)


def train(
    logs: Annotated[
        list[Path], typer.Argument(help="Combined-format logs, one site each, or our events; .gz too.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the model bundle goes.")],
    name: Annotated[str, typer.Option("--name", help="The model's version, shown in events.")] = "own-1",
) -> None:
    """Train a behaviour model on your own logs and say whether it is worth it (needs the extra `train`)."""
    try:
        from analysis.evaluation.command import train_command
    except ImportError:
        fail("stile: training needs scikit-learn; run: pip install 'stile-proxy[train]'")
    on_logs(lambda: train_command(logs, out, name))
    typer.echo(f"wrote {out}; use it with: model: {{path: {out}}}")


def evaluate(
    logs: Annotated[
        list[Path], typer.Argument(help="Combined-format logs, one site each, or our events; .gz too.")
    ],
    model: Annotated[
        Path | None, typer.Option("--model", help="A bundle; the shipped one without it.")
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write every figure as JSON.")] = None,
    as_html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots.")] = None,
) -> None:
    """Say how a model does on your logs (needs the extra `train`)."""
    try:
        from analysis.evaluation.command import evaluate_command
    except ImportError:
        fail("stile: evaluation needs scikit-learn; run: pip install 'stile-proxy[train]'")
    on_logs(lambda: evaluate_command(logs, model, as_json, as_html))


def import_policy(
    kind: Annotated[str, typer.Argument(help="What it is: anubis.")],
    policy: Annotated[
        Path, typer.Argument(help="The policy file; files that it imports are read beside it.")
    ],
) -> None:
    """Translate another gateway's policy; what cannot be translated is listed with its place."""
    from analysis.importing.anubis import Import
    from analysis.importing.written import as_yaml
    from config.reading import read_file

    if kind != "anubis":
        fail("stile import: 'anubis'", status=2)
    found = Import(read_file)
    on_logs(lambda: found.file(str(policy)))
    typer.echo(as_yaml(found, policy.name), nl=False)
    typer.echo(f"{len(found.rules)} rules translated, {len(found.left)} things are not", err=True)


def explain(
    what: Annotated[str, typer.Argument(help="A decision id, or an address.")],
    log: Annotated[Path | None, typer.Option("--log", help="Look into these events instead.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="With --log: every rule with the values of its parts.")
    ] = None,
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Say why: one decision, or the latest ones of an address."""
    from proxy.admin import client

    color = sys.stdout.isatty()
    if log is not None:
        on_logs(lambda: _explain_from(log, config, what, color=color))
        return
    on_admin(admin, token_file, lambda at, token: client.explain(at, token, what, color=color))


def _explain_from(log: Path, config: Path | None, what: str, *, color: bool) -> None:
    """A decision from recorded events; with the configuration, every rule that was asked."""
    from analysis.explaining import event_about, explanation_of
    from analysis.explaining_report import panels
    from config.fault import ConfigFaults
    from proxy.admin.explain import explained, rendered

    event = event_about(log, what)
    if event is None:
        fail(f"stile: {log} holds no decision {what}, and none about such an address")
    typer.echo(explained(event, color=color), nl=False)
    if config is None:
        typer.echo("every rule with its values: add --config FILE")
        return
    try:
        explanation = explanation_of(event["event"]["id"], log, str(config))
    except ConfigFaults as faults:
        fail(*map(str, faults.faults))
    if explanation is None:
        fail(
            "stile: this request was not judged: it was for Stile's own address, or for no site of this file"
        )
    typer.echo(rendered(panels(explanation), color=color), nl=False)
