"""The command line: parse, call one function, print, exit code. Nothing else happens here.

Stages are imported inside the commands, so that `--help` needs none of them.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import shell_complete

from harness.cli_calibrate import calibrate, warn_above_calibration
from harness.cli_completion import run_directories
from harness.cli_corpus import corpus
from harness.cli_export import export
from harness.cli_gate import approve, gate, print_verdict_of, tell_github
from harness.cli_runs import runs
from harness.cli_shared import (
    InOrder,
    NamesItsCorpus,
    for_whoever_listens,
    forget_stdout,
    nobody_reads_stdout,
    out_option,
    output_options,
    progress_shown,
    record_options,
    run_options,
    stoppable,
)
from harness.cli_sweep import planned_sweep, run_sweep, sweep_option
from harness.cli_translate import translate
from harness.command_line import changed
from harness.errors import ConfigError, HarnessError, InterruptedRunError, InvalidRunError
from harness.one_line import lines_of

if TYPE_CHECKING:
    from harness.planning import RunPlan
    from harness.sweeps.plans import SweepPlan

EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130
COMPLETE = "_HARNESS_COMPLETE"
"""What a shell sets to ask for its completion script, or for what may follow."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EIO})


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Python's own status 1 never leaves: 1 always means a regression."""
    code = 0
    try:
        if wanted := os.environ.get(COMPLETE):  # the shell asks, at the press of Tab
            return shell_complete(commands, {}, "harness", COMPLETE, wanted)
        # Not `commands.main()`: it answers a broken pipe with status 1 of its own.
        with commands.make_context("harness", list(arguments), obj=("harness", *arguments)) as context:
            code = int(commands.invoke(context) or 0)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = EXIT_INTERRUPTED
    except InterruptedRunError as error:
        click.echo(f"harness: {error} Continue with: {_resume_command(arguments, error.run_id)}", err=True)
        code = error.exit_code
    except HarnessError as error:
        run_id = error.run_id if isinstance(error, InvalidRunError) else None
        go_on = f" Continue with: {_resume_command(arguments, run_id)}" if run_id is not None else ""
        click.echo(f"harness: {lines_of(str(error))}{go_on}", err=True)
        code = error.exit_code
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        code = _unforeseen(error)
    return code


def _unforeseen(error: BaseException) -> int:
    """Show what nobody provided for; returns an exit code that can't be mistaken for a verdict's."""
    if isinstance(error, BrokenPipeError) and nobody_reads_stdout():  # results are printed when all is done
        forget_stdout()
        return 0
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        click.echo(f"harness: {error}. Make room and run it again, a recording with --resume.", err=True)
    elif isinstance(error, OSError) and error.errno in _NOT_WRITABLE and error.filename is not None:
        click.echo(f"harness: {error}. Make it writable, or name another folder, and run it again.", err=True)
    else:
        traceback.print_exception(error)
        click.echo("harness: internal error; this is a bug. The run directory, if any, is kept.", err=True)
    return EXIT_INTERNAL


def _resume_command(arguments: Sequence[str], run_id: str) -> str:
    """The same command with --resume and the run's name."""
    return changed(["harness", *arguments], ("--resume", "--run-id"), "--resume", "--run-id", run_id)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="cutover-harness", prog_name="harness")
def commands() -> None:
    """Replay recorded speech to two live transcription services and judge what changes.

    \b
    Start with:  harness compare            the demo corpus, on loopback, no keys
    Then:        harness corpus check DIR   is my own corpus usable?
                 harness plan --live        what would it cost?
                 harness compare --live     the real services
    """  # noqa: D301 - click wants the backspace itself


@click.command(cls=NamesItsCorpus, short_help="Record, score, judge and report: everything in one command.")
@run_options
@record_options
@sweep_option
@output_options
@click.option("--gate", "use_gate", is_flag=True, help="Exit by the verdict, as `harness gate` does.")
def compare(use_gate: bool, as_json: bool, no_color: bool, **options: Any) -> int:
    """Record, score, judge and report; exits 0 once completed."""
    from harness import pipeline

    how_to_record = _record_options(options)
    plan = _plan(options, with_keys=not (options["dry_run"] or options["scheduler"]))
    sweep = planned_sweep(plan, options)
    if options["dry_run"]:
        return _print_plan(plan, options["out"], as_json=as_json, no_color=no_color, sweep=sweep)
    _confirm(plan, options, no_color=no_color, sweep=sweep)
    if options["scheduler"] is None:
        warn_above_calibration(plan.config)
    if sweep is not None:
        how = {"use_gate": use_gate, "as_json": as_json, "quiet": options["quiet"], "no_color": no_color}
        return run_sweep(sweep, how_to_record, **how)
    with stoppable() as stop, progress_shown(quiet=options["quiet"]) as on_progress:
        folder, verdict = pipeline.compare(plan, how_to_record, on_progress, stop)
    with for_whoever_listens():
        print_verdict_of(folder.read_json("summary.json"), verdict, as_json=as_json, no_color=no_color)
        click.echo(f"Report: {folder.path / 'report.html'}", err=as_json)
        if use_gate:
            tell_github(folder.path / "summary.md", verdict, err=as_json)
    return int(verdict["exit_code"]) if use_gate else 0


@click.command(cls=NamesItsCorpus, short_help="Only record: replay the corpus to both sides.")
@run_options
@record_options
@output_options
def record(as_json: bool, no_color: bool, **options: Any) -> int:
    """Replay the corpus to both sides into a run directory."""
    from harness import pipeline
    from harness.looks import last_look
    from harness.verdict.wording import look_text

    how_to_record = _record_options(options)
    plan = _plan(options, with_keys=not (options["dry_run"] or options["scheduler"]))
    if options["dry_run"]:
        return _print_plan(plan, options["out"], as_json=as_json, no_color=no_color)
    _confirm(plan, options, no_color=no_color)
    if options["scheduler"] is None:
        warn_above_calibration(plan.config)
    with stoppable() as stop, progress_shown(quiet=options["quiet"]) as on_progress:
        folder = pipeline.record(plan, how_to_record, on_progress, stop)
    if (last := last_look(folder.read_run())) is not None:
        click.echo(f"harness: {look_text(last)}.", err=True)
    _print_path(folder.path, as_json=as_json)
    return 0


@click.command(short_help="Only score: turn a recorded run into metrics.")
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path), shell_complete=run_directories)
@output_options
def score(run_dir: Path, as_json: bool, **_options: Any) -> int:
    """Turn the timelines of RUN into metrics: scores/ and summary.json."""
    from harness import pipeline
    from harness.rundir import RunDir

    summary = pipeline.score(RunDir(run_dir))
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        click.echo(run_dir / "summary.json")
    return 0


@click.command(short_help="Write the HTML report of a run.")
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path), shell_complete=run_directories)
@click.option("--embed-audio", is_flag=True, help="One file to send: the audio within the page, as Opus.")
@output_options
def report(run_dir: Path, as_json: bool, *, embed_audio: bool, **_options: Any) -> int:
    """Write the HTML report of RUN."""
    from harness import pipeline
    from harness.rundir import RunDir

    _print_path(pipeline.report(RunDir(run_dir), embed_audio=embed_audio), as_json=as_json)
    return 0


@click.command(cls=NamesItsCorpus, short_help="What a run would take and could prove; streams nothing.")
@partial(run_options, live="Plan for the real services, by their quotas and prices; reaches none, needs no keys.")
@sweep_option
@out_option
@click.option(
    "--pilot",
    type=click.Path(path_type=Path),
    shell_complete=run_directories,
    help="An earlier run, for the spread between calls.",
)
@output_options
def plan(out: Path, pilot: Path | None, as_json: bool, no_color: bool, **options: Any) -> int:
    """Say what a run would take and could prove: sessions, time, money, disk, evidence. Streams nothing, needs no keys."""
    planned = _plan(options, with_keys=False)
    sweep = planned_sweep(planned, options)
    return _print_plan(planned, out, pilot=pilot, as_json=as_json, no_color=no_color, sweep=sweep)


@click.command(short_help="Run both services on loopback, for developing and testing.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the AssemblyAI emulator; 0: any free one."
)
@click.option(
    "--bind", metavar="ADDRESS", default="127.0.0.1", show_default=True,
    help="Listen on this IP address; 0.0.0.0 is all. Any but loopback's lets other machines in.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["recogniser", "script"]), default="recogniser", show_default=True,
    help="Recognise what is heard, or play the texts of --scenario.",
)  # fmt: skip
@click.option("--scenario", type=click.Path(path_type=Path), help="What to say, which faults and switches to have.")
@click.option("--set", "settings", multiple=True, metavar="SWITCH=VALUE", help="As gladia.ack_every=3; repeatable.")
@click.option("--reject-key", "reject_keys", multiple=True, metavar="KEY", help="An API key to refuse; repeatable.")
@click.option("--tls", is_flag=True, help="Offer both by TLS too, on two more ports.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes that decode speech."
)
@click.option("--stamp", is_flag=True, help="Add the send time, _sent_ns, to every message.")
@click.option("--compress", is_flag=True, help="Negotiate permessage-deflate with clients that offer it.")
@click.option(
    "--keep",
    "keep_sessions",
    type=click.IntRange(min=1),
    default=512,
    show_default=True,
    help="Sessions in the ledger.",
)
def emulate(settings: tuple[str, ...], reject_keys: tuple[str, ...], **options: Any) -> int:
    """Run both services on loopback until stopped; prints one line of JSON when they accept connections."""
    from harness.emulators.options import EmulatorOptions
    from harness.emulators.server import serve

    return serve(EmulatorOptions(settings=settings, reject_keys=frozenset(reject_keys), **options))


_PLANNED_BY = (
    "config", "corpus", "select", "limit", "pairs", "workers", "passes", "only_side", "baseline_run", "live",
)  # fmt: skip


def _plan(options: dict[str, Any], *, with_keys: bool) -> "RunPlan":
    from harness.planning import plan_from_options

    return plan_from_options(**{name: options[name] for name in _PLANNED_BY}, with_keys=with_keys)


def _record_options(options: dict[str, Any]) -> Any:
    """How to record; what is wrong in it is refused before anything is planned, also in a dry run."""
    from harness.pipeline import RecordOptions

    run_id = options["run_id"]
    return RecordOptions(
        options["out"],
        run_id,
        options["resume"],
        options["baseline_run"],
        options["scheduler"],
        options["top_up"],
        tuple(click.get_current_context().find_root().obj or ()),
    )


def _confirm(plan: "RunPlan", options: dict[str, Any], *, no_color: bool, sweep: "SweepPlan | None" = None) -> None:
    """Live runs cost money: print the plan and ask, unless told not to or in CI. A no ends the program with 130."""
    if not plan.reaches_out:
        return
    asks = not (options["yes"] or os.environ.get("CI"))
    if asks and not (sys.stdin and sys.stdin.isatty()):
        raise ConfigError(
            "--live asks before it streams to the real services, and standard input is not a terminal: add --yes. "
            "`harness plan --live` says what it would cost."
        )
    _print_plan(plan, options["out"], as_json=False, no_color=no_color, sweep=sweep, err=True)
    if asks:
        click.confirm("Stream this to the real services?", err=True, abort=True)


def _print_plan(
    plan: "RunPlan",
    reports: Path,
    *,
    as_json: bool,
    no_color: bool,
    pilot: Path | None = None,
    sweep: "SweepPlan | None" = None,
    err: bool = False,
) -> int:
    from rich.console import Console

    from harness.forecast.evidence import read_pilot
    from harness.forecast.forecast import forecast, forecast_json
    from harness.forecast.table import print_forecast

    candidates = sweep.candidates if sweep is not None else None
    foreseen = forecast(plan, reports, read_pilot(pilot) if pilot is not None else None, candidates)
    with for_whoever_listens():
        if as_json:
            click.echo(json.dumps(forecast_json(foreseen), ensure_ascii=False))
        else:
            print_forecast(foreseen, Console(stderr=err, no_color=no_color or None, highlight=False, markup=False))
    return 0


def _print_path(path: Path, *, as_json: bool) -> None:
    click.echo(json.dumps({"path": str(path)}) if as_json else str(path))


for _command in (
    compare,
    plan,
    record,
    score,
    gate,
    report,
    approve,
    runs,
    corpus,
    translate,
    export,
    calibrate,
    emulate,
):
    commands.add_command(_command)
