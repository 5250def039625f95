"""Progress of a recording, in audio time: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from harness.recording import Progress as RunProgress
from harness.report.numbers import plural

_LINE_EVERY_S = 15.0
_LINE_EVERY_SHARE = 0.05


@contextmanager
def progress_printer(*, quiet: bool) -> Iterator[Callable[[RunProgress], None]]:
    """A callback that shows how much audio is left; it shows nothing if `quiet`."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda _progress: None
    elif console.is_terminal:
        with _bar(console) as on_progress:
            yield on_progress
    else:
        yield _plain_lines()


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[RunProgress], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replaying", total=None, left="")

        def show(progress: RunProgress) -> None:
            bar.update(task, total=progress.total_s, completed=progress.done_s, left=_left(progress))

        yield show


def _plain_lines() -> Callable[[RunProgress], None]:
    """A line for each twentieth of the audio or each 15 s, whichever comes first."""
    last_s, last_share = -_LINE_EVERY_S, 0.0

    def show(progress: RunProgress) -> None:
        nonlocal last_s, last_share
        now_s, share = time.monotonic(), progress.done_s / progress.total_s if progress.total_s else 1.0
        if now_s - last_s >= _LINE_EVERY_S or share - last_share >= _LINE_EVERY_SHARE or share == 1.0:
            last_s, last_share = now_s, share
            sys.stderr.write(f"replaying: {_left(progress)}\n")
            sys.stderr.flush()

    return show


def _left(progress: RunProgress) -> str:
    if not progress.pairs_total:
        return "nothing left to record: all sessions are there"
    again = f", {plural(progress.reruns, 'pair')} run again (spoilt on this machine)" if progress.reruns else ""
    audio_s = max(0.0, progress.total_s - progress.done_s)
    lanes = min(progress.lanes, progress.pairs_total)
    return (
        f"{progress.pairs_done}/{progress.pairs_total} pairs, {_clock(audio_s)} of {_clock(progress.total_s)} audio left, "
        f"about {_clock(audio_s / lanes)} at {plural(lanes, 'pair')} at once{again}"
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
