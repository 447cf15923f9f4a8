"""The options of `stile replay`; what it does is loaded when it is asked for."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

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
    try:
        exceeded = replay_command(wish)
    except ConfigFaults as faults:
        _fail(*map(str, faults.faults))
    except OSError as error:
        _fail(f"stile: {error.filename or 'reading'}: {error.strerror or error}")
    except ValueError as fault:  # a budget, fields or files that are none
        _fail(f"stile: {fault}")
    except KeyboardInterrupt:
        _fail(
            f"stile: stopped; the same command goes on from {state}" if state else "stile: stopped",
            status=130,
        )
    if exceeded:
        _fail(*(f"stile: {said}" for said in exceeded), status=3)


def _fail(*lines: str, status: int = 1) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(status)
