"""What several commands share: their options, how they are stopped, how they show progress, how they print."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.cli_completion import run_directories

if TYPE_CHECKING:
    from harness.recording import Progress

_STDOUT = 1  # the file descriptor
F = TypeVar("F", bound=Callable[..., Any])


class InOrder(click.Group):
    """Lists its commands in the order of the work, in which they were added."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


class NamesItsCorpus(click.Command):
    """Takes no argument: its corpus is an option, since it may stand in the configuration."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; says where a corpus goes that was given as an argument, as `corpus check` takes it."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if "extra argument" in error.message:
                raise click.UsageError(f"{error.message}. A corpus goes behind --corpus.", ctx) from None
            raise


def run_options(command: F, *, live: str = "Reach the real services; needs both API keys.") -> F:
    """Options of every command that plans a run; `live` says what `--live` does in this one."""
    for option in reversed(
        (
            click.option(
                "--config", type=click.Path(path_type=Path), help="Configuration file [default: harness.toml]."
            ),
            click.option("--corpus", type=click.Path(), help="Corpus folder."),
            click.option("--select", help="Only clips that match, e.g. 'tag=noisy,lang=es'."),
            click.option("--limit", type=click.IntRange(min=1), help="Only the first N clips."),
            click.option("--pairs", type=click.IntRange(min=1), help="Pairs at once [default: as configured]."),
            click.option(
                "--workers", type=click.IntRange(min=1), help="Processes they are spread over [default: as configured]."
            ),
            click.option(
                "--passes",
                type=click.IntRange(min=1),
                help="How often each clip is played; with --resume, more often than it was.",
            ),
            click.option("--only-side", type=click.Choice(["baseline", "candidate"]), help="Leave the other side out."),
            click.option(
                "--baseline-run",
                metavar="RUN",
                type=click.Path(path_type=Path),
                shell_complete=run_directories,
                help="Replay the candidate only, beside the baseline of RUN.",
            ),
            click.option("--live", is_flag=True, help=live),
        )
    ):
        command = option(command)
    return command


def out_option(command: F) -> F:
    """Where runs are."""
    option = click.option(
        "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Reports folder."
    )
    return option(command)


def record_options(command: F) -> F:
    """Options of every command that records a run."""
    for option in reversed(
        (
            out_option,
            click.option("--run-id", help="Name of the run directory [default: time and corpus]."),
            click.option("--resume", is_flag=True, help="Continue a run that was interrupted."),
            click.option(
                "--top-up", is_flag=True, help="Play what a run that stopped early, inconclusive, has left out."
            ),
            click.option("--dry-run", is_flag=True, help="Print the plan and stream nothing."),
            click.option("--yes", is_flag=True, help="Do not ask before reaching the real services."),
            click.option(
                "--scheduler",
                metavar="ADDRESS",
                help="Play on the workers of this Dask scheduler, e.g. tcp://10.0.0.1:8786; --pairs is then for each.",
            ),
        )
    ):
        command = option(command)
    return command


def output_options(command: F) -> F:
    """Options about what is printed."""
    for option in reversed(
        (
            click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, all else on stderr."),
            click.option("-q", "--quiet", is_flag=True, help="No progress."),
            click.option("--no-color", is_flag=True, help="No colours (also NO_COLOR)."),
        )
    ):
        command = option(command)
    return command


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """The first SIGINT or SIGTERM ends the run in order; a second SIGINT ends the program."""
    stop = threading.Event()

    def request_stop(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        click.echo("harness: stopping; what was finished is kept …", err=True)

    before = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress_shown(*, quiet: bool) -> Iterator[Callable[["Progress"], None]]:
    """A callback that shows how far a recording is; it shows nothing if `quiet`."""
    from harness.progress import progress_printer

    with progress_printer(quiet=quiet) as on_progress:
        yield on_progress


@contextmanager
def clips_counted(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A callback that shows on a terminal how many clips of how many are done; it shows nothing if `quiet`."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("listening", total=None)
        yield lambda done, clips: bar.update(task, completed=done, total=clips)


def forget_stdout() -> None:
    """Whoever read our output has seen enough; without this, Python would complain once more when it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def nobody_reads_stdout() -> bool:
    """Whether whoever read our output has gone, as told by the system: a pipe may break elsewhere too."""
    poll = select.poll()
    poll.register(_STDOUT, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


@contextmanager
def for_whoever_listens() -> Iterator[None]:
    """Print; a reader that has gone must not change the exit code."""
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich turns the one into the other, with status 1
        forget_stdout()
