"""The `stile` command: each verb is a few lines that call the room which does the work."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from proxy.replay_cli import replay

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Stile lets people over the fence.",
)

ConfigPath = Annotated[Path, typer.Argument(help="The YAML file.")]
Address = Annotated[str, typer.Option("--admin", envvar="STILE_ADMIN", help="Address of the admin listener.")]
TokenFile = Annotated[Path, typer.Option(envvar="STILE_TOKEN_FILE", help="File with the admin token.")]
Ask = Callable[[str, str], Awaitable[str]]
ADMIN = "127.0.0.1:9090"
TOKEN_FILE = Path(".stile/admin.token")  # where a gateway started in this folder keeps it


def _fail(*lines: str, status: int = 1) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(status)


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
        _fail("stile: give a configuration file, or --upstream URL", status=2)
    if config is not None and listen is not None:
        _fail("stile: --listen goes with --upstream; a file says for itself where to listen", status=2)
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
        _fail(*map(str, faults.faults))
    except OwnFault as fault:
        _fail(f"stile: {fault}")


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
    workers: Annotated[int, typer.Option(help="Worker processes.")] = 2,
) -> None:
    """Run the demo shop behind Stile."""
    from proxy.demo import run_demo
    from proxy.faults import OwnFault

    try:
        run_demo(port, admin_port, workers)
    except OwnFault as fault:
        _fail(f"stile: {fault}")


app.command()(replay)


@app.command()
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
        _fail("stile: training needs scikit-learn; run: pip install 'stile-proxy[train]'")
    _on_logs(lambda: train_command(logs, out, name))
    typer.echo(f"wrote {out}; use it with: model: {{path: {out}}}")


@app.command()
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
        _fail("stile: evaluation needs scikit-learn; run: pip install 'stile-proxy[train]'")
    _on_logs(lambda: evaluate_command(logs, model, as_json, as_html))


def _on_logs(work: Callable[[], None]) -> None:
    """Do what reads logs, and say in one line why it cannot be done."""
    try:
        work()
    except OSError as error:
        _fail(f"stile: {error.filename or 'reading'}: {error.strerror or error}")
    except ValueError as fault:  # too little, no log at all, no bundle
        _fail(f"stile: {fault}")


@app.command("import")
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
        _fail("stile import: 'anubis'", status=2)
    found = Import(read_file)
    _on_logs(lambda: found.file(str(policy)))
    typer.echo(as_yaml(found, policy.name), nl=False)
    typer.echo(f"{len(found.rules)} rules translated, {len(found.left)} things are not", err=True)


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
        _fail("stile schema: 'config', 'cases' or 'event'", status=2)
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def _on_admin(admin: str, token_file: Path, ask: Ask) -> None:
    """Put one question to the admin listener and print its answer."""
    import asyncio

    from proxy.admin.token import admin_token
    from proxy.faults import OwnFault

    try:
        typer.echo(asyncio.run(_asked(ask, admin, admin_token(token_file, token_file.parent))))
    except OwnFault as fault:
        _fail(f"stile: {fault}")


async def _asked(ask: Ask, admin: str, token: str) -> str:
    return await ask(admin, token)


@app.command()
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
        _on_logs(lambda: _explain_from(log, config, what, color=color))
        return
    _on_admin(admin, token_file, lambda at, token: client.explain(at, token, what, color=color))


def _explain_from(log: Path, config: Path | None, what: str, *, color: bool) -> None:
    """A decision from recorded events; with the configuration, every rule that was asked."""
    from analysis.explaining import event_about, explanation_of
    from analysis.explaining_report import as_text
    from config.fault import ConfigFaults
    from proxy.admin.explain import explained

    event = event_about(log, what)
    if event is None:
        _fail(f"stile: {log} holds no decision {what}, and none about such an address")
    typer.echo(explained(event, color=color), nl=False)
    if config is None:
        typer.echo("every rule with its values: add --config FILE")
        return
    try:
        explanation = explanation_of(event["event"]["id"], log, str(config))
    except ConfigFaults as faults:
        _fail(*map(str, faults.faults))
    if explanation is None:
        _fail(
            "stile: this request was not judged: it was for Stile's own address, or for no site of this file"
        )
    typer.echo(as_text(explanation, color=color), nl=False)


@app.command()
def ban(
    key: Annotated[str, typer.Argument(help="An address, a network or a session.")],
    ttl: Annotated[str, typer.Option("--for", help="How long: 30m, 1h, 7d.")] = "1h",
    reason: Annotated[str, typer.Option(help="Why; shown in events.")] = "",
    allow: Annotated[bool, typer.Option("--allow", help="Let it pass instead; beats every ban.")] = False,
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Ban a client on every node at once."""
    from proxy.admin import client

    _on_admin(admin, token_file, lambda at, token: client.ban(at, token, key, ttl, reason, allow=allow))


@app.command()
def unban(
    key: Annotated[str, typer.Argument(help="What was banned or let pass.")],
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Lift a ban or a pass."""
    from proxy.admin import client

    _on_admin(admin, token_file, lambda at, token: client.unban(at, token, key))


@app.command()
def forget(
    what: Annotated[str, typer.Argument(help="An address, or an account: its name or its hash in events.")],
    account: Annotated[
        bool | None, typer.Option("--account/--ip", help="What it is, where its looks do not tell.")
    ] = None,
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Erase all that every node remembers of somebody; bans and log files stay."""
    from proxy.admin import client

    _on_admin(admin, token_file, lambda at, token: client.forget(at, token, what, account=account))


@app.command()
def reload(admin: Address = ADMIN, token_file: TokenFile = TOKEN_FILE) -> None:
    """Read the configuration again: exit 0 with what changed, or 1 with every fault and nothing changed."""
    from proxy.admin import client

    _on_admin(admin, token_file, client.reload)


@app.command()
def versions(admin: Address = ADMIN, token_file: TokenFile = TOKEN_FILE) -> None:
    """The last configurations that were in force, and what each of them changed."""
    from proxy.admin import client

    _on_admin(admin, token_file, client.versions)


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="One of `stile versions`; the one before without it.")] = "",
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Put an earlier configuration in force, until the next reload."""
    from proxy.admin import client

    _on_admin(admin, token_file, lambda at, token: client.roll_back(at, token, version))


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
        _fail(*map(str, faults.faults))
    typer.echo("\n".join(map(str, found)) or "nothing differs")


@app.command()
def mode(
    wanted: Annotated[
        str, typer.Argument(help="monitor, enforce, allow-all, or configured to lift an order.")
    ],
    site: Annotated[str, typer.Option(help="One site; all without it.")] = "",
    ttl: Annotated[
        str, typer.Option("--for", help="How long; until lifted without it, allow-all for 1h.")
    ] = "",
    admin: Address = ADMIN,
    token_file: TokenFile = TOKEN_FILE,
) -> None:
    """Act on decisions, only write them down, or let every request pass unjudged."""
    from proxy.admin import client

    _on_admin(admin, token_file, lambda at, token: client.set_mode(at, token, wanted, site, ttl))


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
