"""`--sweep` of `compare` and `plan`: several candidates against one baseline."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.cli_shared import for_whoever_listens, progress_shown, stoppable
from harness.errors import ConfigError

if TYPE_CHECKING:
    from harness.pipeline import RecordOptions
    from harness.planning import RunPlan
    from harness.sweeps.plans import SweepPlan

F = TypeVar("F", bound=Callable[..., Any])


def sweep_option(command: F) -> F:
    """The option itself."""
    option = click.option(
        "--sweep",
        "sweep",
        multiple=True,
        metavar="NAME=V1,V2,…",
        help="Compare candidates that differ in this parameter, e.g. endpointing=0.05,0.2,0.8; repeat for combinations.",
    )
    return option(command)


def planned_sweep(plan: "RunPlan", options: dict[str, Any]) -> "SweepPlan | None":
    """The sweep that the options ask for; None if they ask for none.

    Raises:
        ConfigError: It can't be played as asked for; nothing was streamed.
    """
    if not options["sweep"]:
        return None
    from harness.sweeps.plans import plan_sweep
    from harness.sweeps.variants import parse_axis

    for flag in ("only_side", "scheduler", "top_up"):
        if options.get(flag):
            raise ConfigError(f"--sweep and --{flag.replace('_', '-')} exclude each other: leave one of them out.")
    return plan_sweep(plan, [parse_axis(text) for text in options["sweep"]], options["baseline_run"])


def run_sweep(
    sweep: "SweepPlan", record_options: "RecordOptions", *, use_gate: bool, as_json: bool, quiet: bool, no_color: bool
) -> int:
    """Play a sweep, and print what it found."""
    from rich.console import Console

    from harness.sweeps.compare import compare_sweep
    from harness.sweeps.table import print_sweep

    with stoppable() as stop, progress_shown(quiet=quiet) as on_progress:
        folder, document = compare_sweep(sweep, record_options, on_progress, stop)
    with for_whoever_listens():
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
        print_sweep(document, Console(stderr=as_json, no_color=no_color or None, highlight=False, markup=False))
        click.echo(f"Sweep: {folder.path / 'sweep.html'}", err=as_json)
    return int(document["exit_code"]) if use_gate else 0
