"""The `stile` command: each verb is a few lines that call the room which does the work."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from proxy.commands import operators, traffic
from proxy.commands.ending import fail

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Stile lets people over the fence.",
)

ConfigPath = Annotated[Path, typer.Argument(help="The YAML file.")]


@app.command()
def run(
    config: Annotated[
        Path | None, typer.Argument(help="The YAML file; leave it out with --upstream.")
    ] = None,
    upstream: Annotated[str | None, typer.Option(help="Protect this storefront without a file.")] = None,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT, with --upstream.")] = None,
    workers: Annotated[int, typer.Option(help="Worker processes; 0 is one per core.")] = 0,
    last_good: Annotated[
        bool,
        typer.Option("--last-good", help="Start with the last good configuration where this one is broken."),
    ] = False,
) -> None:
    """Run the gateway."""
    import os

    from config.fault import ConfigFaults
    from config.loader import COMMAND_LINE, Snapshot, quick_text, read_file
    from proxy.faults import OwnFault
    from proxy.logs import configure
    from proxy.run import Gateway, announce_on_stderr

    if (config is None) == (upstream is None):
        fail("stile: give a configuration file, or --upstream URL", status=2)
    if config is not None and listen is not None:
        fail("stile: --listen goes with --upstream; a file says for itself where to listen", status=2)
    configure()
    try:
        if config is not None:
            processes = workers or len(os.sched_getaffinity(0))
            gateway = Gateway(str(config), read_file, processes, or_last_good=last_good)
        else:
            texts = Snapshot({COMMAND_LINE: quick_text(upstream or "", listen or "127.0.0.1:8080")})
            gateway = Gateway(
                COMMAND_LINE,
                lambda path: texts(path) if path == COMMAND_LINE else read_file(path),
                workers or 1,
            )
        gateway.run(announce_on_stderr)
    except ConfigFaults as faults:
        fail(*map(str, faults.faults))
    except OwnFault as fault:
        fail(f"stile: {fault}")


@app.command()
def check(
    config: ConfigPath,
    cases: Annotated[
        list[Path] | None, typer.Option("--cases", help="A file of cases to try; may be given again.")
    ] = None,
    form: Annotated[
        Literal["text", "json", "sarif"], typer.Option("--format", help="text, json or sarif.")
    ] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
) -> None:
    """Check a configuration: exit 0 where it is sound, 1 with every fault as file:line:column."""
    from time import time

    from proxy.check_command import rendered, report_of, status_of

    report = report_of(str(config), [str(each) for each in cases or ()], time())
    status = status_of(report, strict=strict)
    if form != "text":
        typer.echo(rendered(report, form))
        raise typer.Exit(status)
    if report.findings:
        typer.echo(rendered(report, form), err=True)
    typer.echo(f"{config}: {report.closing}", err=bool(status))
    raise typer.Exit(status)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the protected shop.")] = 8080,
    admin_port: Annotated[int, typer.Option(help="Port of the admin page.")] = 9090,
    workers: Annotated[int, typer.Option(help="Worker processes.")] = 1,
) -> None:
    """Run the demo shop behind Stile."""
    from proxy.demo import run_demo
    from proxy.faults import OwnFault

    try:
        run_demo(port, admin_port, workers)
    except OwnFault as fault:
        fail(f"stile: {fault}")


@app.command()
def schema(what: Annotated[str, typer.Argument(help="config, cases or event")]) -> None:
    """Print a JSON Schema."""
    import orjson

    if what == "config":
        from config.schema import json_schema

        document = json_schema()
    elif what == "cases":
        from config.cases.schema import cases_schema

        document = cases_schema()
    elif what == "event":
        from proxy.events.schema import event_schema

        document = event_schema()
    else:
        fail("stile schema: 'config', 'cases' or 'event'", status=2)
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A YAML file.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Say what one configuration changes in another."""
    from config.changes import changes_between
    from config.fault import ConfigFaults
    from config.loader import load

    try:
        found = changes_between(load(str(old)), load(str(new)))
    except ConfigFaults as faults:
        fail(*map(str, faults.faults))
    typer.echo("\n".join(map(str, found)) or "nothing differs")


for verb in (traffic.replay, traffic.train, traffic.evaluate, traffic.explain):
    app.command()(verb)
app.command("import")(traffic.import_policy)
for order in (operators.ban, operators.unban, operators.forget, operators.mode):
    app.command()(order)
for change in (operators.reload, operators.versions, operators.rollback):
    app.command()(change)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
