"""Scoring a run directory: its clips over several processes, its large tables straight to disk.

Processes are interpreters of their own, so that a script that calls `harness.score` needs no guard, and nothing is forked beside
threads. They take blocks of clips in turn and their results are taken in the same turn, so that tables come out in order.
"""

import itertools
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Self

from harness.atomic import replacing
from harness.corpus.model import Clip
from harness.errors import RunError
from harness.metrics.score import ClipScores, across_clips, assemble, score_clip
from harness.metrics.scores import Scores
from harness.metrics.settings import ScoreSettings
from harness.metrics.tables import HEAD, TABLES, head_text, rows_text, write_scores
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession

STREAMED = ("segments", "words", "word_timings")
"""Tables with so many rows that they are written as they come."""

FORGOTTEN = ("segments", "words")
"""Those of them that are not kept once they are written, but for words that a summary tells of: errors and suspects."""

_BLOCK = 8  # clips that a process scores at once, or more, so that the channels of a recording stay together
_AHEAD = 4  # blocks that a process may be ahead of the one that collects
_FEWEST_FOR_PROCESSES = 100  # clips; starting a process takes as long as scoring some dozens


@dataclass(frozen=True, slots=True)
class _Job:
    """What one process scores."""

    path: Path
    passes: int
    settings: ScoreSettings
    blocks: Sequence[Sequence[Clip]]


@dataclass(frozen=True, slots=True)
class _Block:
    """What becomes of a block of clips: the lines of the streamed tables, and all else as rows."""

    text: Mapping[str, str]
    clips: tuple[ClipScores, ...]


def score_directory(run: RunDir, passes: int, settings: ScoreSettings, *, processes: int | None = None) -> Scores:
    """Score every session of a run and write `scores/`.

    Args:
        run: The run.
        passes: Repetitions of every clip.
        settings: What the project decided.
        processes: How many; by default one a processor for many clips, and this one for few.

    Returns:
        All scores but the rows of segments and of words that are neither wrong nor suspect, which are on disk only.

    Raises:
        RunError: A timeline is damaged.
    """
    clips = sorted(run.read_clips(), key=lambda clip: clip.clip_id)
    blocks = list(blocks_of(clips))
    if processes is None:
        processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        processes = processes if len(clips) >= _FEWEST_FOR_PROCESSES else 1
    folder = run.path / "scores"
    if processes > 1:
        jobs = [_Job(run.path, passes, settings, blocks[index::processes]) for index in range(processes)]
        scored = _from_processes(jobs, len(blocks))
    else:
        scored = _score_blocks(_Job(run.path, passes, settings, blocks))
    with ExitStack() as stack:
        files = {name: stack.enter_context(replacing(folder / f"{name}.csv")) for name in STREAMED}
        for name, file in files.items():
            file.write(head_text(TABLES[name]).encode())

        def clip_scores() -> Iterator[ClipScores]:
            for block in scored:
                for name, file in files.items():
                    file.write(block.text[name].encode())
                yield from block.clips

        scores = assemble(clip_scores(), settings)
        # From here to its end, tables of two scorings stand side by side: without their head nobody reads them.
        (folder / HEAD).unlink(missing_ok=True)
    write_scores(folder, scores, without=STREAMED)
    return scores


def folded(run: RunDir, clip_id: str, side: Side, pass_number: int) -> FoldedSession | None:
    """A session's timeline folded; None if it was not recorded."""
    timeline = run.read_session(clip_id, side, pass_number)
    return fold(timeline) if timeline is not None else None


def blocks_of(clips: Sequence[Clip]) -> Iterator[list[Clip]]:
    """The clips in their order, channels of one recording never in two blocks."""
    last = {clip.recording_id: index for index, clip in enumerate(clips)}
    block: list[Clip] = []
    until = 0
    for index, clip in enumerate(clips):
        block.append(clip)
        until = max(until, last[clip.recording_id])
        if len(block) >= _BLOCK and index >= until:
            yield block
            block = []
    if block:
        yield block


def _score_blocks(job: _Job) -> Iterator[_Block]:
    run = RunDir(job.path)
    for block in job.blocks:
        scored = across_clips([one for clip in block for one in _score_passes(run, clip, job)], block)
        text = dict.fromkeys(STREAMED, "")
        for _, passes in itertools.groupby(scored, key=lambda one: one.sessions[0].clip_id):
            of_clip = list(passes)
            for name in STREAMED:
                rows = [row for one in of_clip for row in getattr(one, name)]
                rows.sort(key=lambda row: (getattr(row, "side", ""), row.pass_number))
                text[name] += rows_text(TABLES[name], rows)
        yield _Block(text, tuple(_without_much(one) for one in scored))


def _without_much(one: ClipScores) -> ClipScores:
    told = tuple(word for word in one.words if word.suspect or word.category is not None)
    return replace(one, segments=(), words=told)


def _score_passes(run: RunDir, clip: Clip, job: _Job) -> Iterator[ClipScores]:
    for number in range(1, job.passes + 1):
        sessions = {side: folded(run, clip.clip_id, side, number) for side in SIDES}
        if any(session is not None for session in sessions.values()):
            yield score_clip(clip, sessions, number, job.settings)


def _from_processes(jobs: Sequence[_Job], blocks: int) -> Iterator[_Block]:
    """The blocks in order, each from the process whose turn it is."""
    with ExitStack() as stack:
        results = [stack.enter_context(_Process(job)).results for job in jobs]
        for index in range(blocks):
            block = results[index % len(results)].get()
            if isinstance(block, Exception):
                raise block
            yield block


class _Process:
    """A process that scores, and the thread that reads its results ahead of their turn."""

    def __init__(self, job: _Job) -> None:
        self.results: Queue[_Block | Exception] = Queue(_AHEAD)
        command = [sys.executable, "-c", "from harness.scoring import serve; serve()"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
        self._is_over = False
        self._reader = threading.Thread(target=self._read, args=(job,), daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._process.kill()
        while self._reader.is_alive():  # it may wait for room
            with suppress(Empty):
                self.results.get(timeout=0.01)
        self._process.wait()
        for stream in filter(None, (self._process.stdin, self._process.stdout)):
            stream.close()

    def _read(self, job: _Job) -> None:
        assert self._process.stdin is not None  # noqa: S101 - both were asked for
        assert self._process.stdout is not None  # noqa: S101
        try:
            pickle.dump(job, self._process.stdin)
            self._process.stdin.close()
            for _ in job.blocks:
                self.results.put(pickle.load(self._process.stdout))  # noqa: S301 - of our own process
        except (OSError, EOFError, pickle.UnpicklingError):
            if not self._is_over:
                code = self._process.wait()
                self.results.put(RunError(f"{job.path}: a process that scores ended with code {code}. Score it again."))


def serve() -> None:
    """What a process does: a job from standard input, its blocks to standard output."""
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that started this one
    output = sys.stdout.buffer
    results: Iterator[Any] = _score_blocks(job)
    try:
        for block in results:
            pickle.dump(block, output)
            output.flush()
    except RunError as error:
        pickle.dump(RunError(str(error)), output)
