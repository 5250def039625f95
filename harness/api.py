"""The public functions: what the commands of the same names do, as functions that take paths and return values.

Nothing is printed. Every error is one of `harness.errors`, with a message for the person who runs it, and leaves nothing half-written.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import pipeline
from harness.corpus.manifest import load_corpus as load_corpus_folder
from harness.corpus.model import Corpus
from harness.planning import RunPlan, plan_from_options
from harness.recording import Progress
from harness.results.run import Run
from harness.results.sweep import Sweep
from harness.rundir import RunDir
from harness.sweeps.compare import compare_sweep
from harness.sweeps.plans import plan_sweep
from harness.sweeps.variants import axis_of


def load_corpus(folder: str | Path, *, select: str | None = None, limit: int | None = None) -> Corpus:
    """Read and check a corpus: a folder with `manifest.jsonl` beside its audio.

    Args:
        folder: The folder.
        select: Keep only the clips that match, such as `tag=noisy,lang=es`; all by default.
        limit: Keep only the first so many.

    Returns:
        The clips, one a channel of a recording, with their references; times in seconds from the start of each clip.

    Raises:
        CorpusError: The manifest or an audio file is wrong (all problems, the first ten in full), or nothing is selected.
        ConfigError: `select` or `limit` is wrong.

    Example:
        >>> corpus = harness.load_corpus("corpora/demo", select="lang=en", limit=3)
        >>> len(corpus.clips), round(corpus.audio_s, 1)
        (3, 15.4)
    """
    return load_corpus_folder(Path(folder), select=select, limit=limit)


def record(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    corpus: str | Path | None = None,
    out: str | Path = "reports",
    run_id: str | None = None,
    select: str | None = None,
    limit: int | None = None,
    live: bool = False,
    resume: bool = False,
    baseline_run: str | Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> Run:
    """Replay a corpus to both sides, in real time, into a run directory. Takes as long as the audio, divided by `replay.pairs`.

    Ctrl-C and `stop` keep every pair that was finished; `resume` goes on from there.

    Args:
        config: A file, or a table with the keys of one; by default `harness.toml`, else `[tool.harness]` of `pyproject.toml`, else
            built in.
        corpus: The corpus folder, in place of the configuration's.
        out: Where run directories go.
        run_id: Name of this one; by default its time and the corpus, such as `20260131-093000-demo`.
        select: Keep only the clips that match, such as `tag=noisy,lang=es`.
        limit: Keep only the first so many clips.
        live: Reach the real services, which costs money and does not ask; keys come from `ASSEMBLYAI_API_KEY` and
            `GLADIA_API_KEY` in the environment. Otherwise both are emulated on this machine.
        resume: Go on with the run `run_id`, by default with the newest unfinished one.
        baseline_run: Replay the candidate only, beside the baseline of this earlier run.
        on_progress: Called after each pair with how far it is.
        stop: Set it from another thread to end early.

    Returns:
        The run, recorded and not yet scored.

    Raises:
        UsageError: The configuration, the corpus or the directory can't be used; nothing was streamed.
        InterruptedRunError: `stop` was set, or `replay.deadline_min` is over.
        InvalidRunError: A live service refused the key; once it is right, `resume` goes on.
    """
    plan = _plan(config, corpus, select, limit, baseline_run, live=live)
    options = pipeline.RecordOptions(Path(out), run_id, resume, _path(baseline_run))
    return Run(pipeline.record(plan, options, on_progress, stop).path)


def score(run: Run | str | Path) -> Run:
    """Turn the timelines of a run into metrics: writes `scores/` and `summary.json`, the same bytes each time.

    Args:
        run: A run, or its directory.

    Returns:
        The run, read anew: `metric` and `frames` have what was written.

    Raises:
        RunError: The directory is not that of a run, or a file in it is damaged.
    """
    folder = _folder(run)
    pipeline.score(folder)
    return Run(folder.path)


def judge(run: Run | str | Path) -> Run:
    """Decide a scored run: writes `verdict.json`, `junit.xml` and `summary.md`.

    Args:
        run: A run, or its directory.

    Returns:
        The run, read anew: `verdict` has what was decided. A regression is no exception.

    Raises:
        RunError: The run was not scored yet.

    Example:
        >>> run = harness.judge("reports/demo")
        >>> run.verdict.word, run.verdict.rule("wer_abs").word
        ('fail', 'fail')
    """
    folder = _folder(run)
    pipeline.judge(folder)
    return Run(folder.path)


def report(run: Run | str | Path) -> Path:
    """Write the HTML report of a scored run, with its audio beside it.

    Args:
        run: A run, or its directory.

    Returns:
        The page.

    Raises:
        RunError: The run was not scored yet.
    """
    return pipeline.report(_folder(run))


def compare(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    corpus: str | Path | None = None,
    out: str | Path = "reports",
    run_id: str | None = None,
    select: str | None = None,
    limit: int | None = None,
    live: bool = False,
    resume: bool = False,
    baseline_run: str | Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> Run:
    """Record, score, judge and report in turn, and renew `index.html` of `out`; the arguments are those of `record`.

    Returns:
        The run, with everything a run has. A regression is no exception: ask `run.verdict`.

    Raises:
        UsageError: The configuration, the corpus or the directory can't be used; nothing was streamed.
        InterruptedRunError: `stop` was set, or `replay.deadline_min` is over.
        InvalidRunError: A live service refused the key; once it is right, `resume` goes on.
    """
    plan = _plan(config, corpus, select, limit, baseline_run, live=live)
    options = pipeline.RecordOptions(Path(out), run_id, resume, _path(baseline_run))
    folder, _ = pipeline.compare(plan, options, on_progress, stop)
    return Run(folder.path)


def sweep(
    parameters: Mapping[str, Sequence[Any]],
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    corpus: str | Path | None = None,
    out: str | Path = "reports",
    run_id: str | None = None,
    select: str | None = None,
    limit: int | None = None,
    live: bool = False,
    resume: bool = False,
    baseline_run: str | Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> Sweep:
    """Compare several candidates with one baseline and choose the best setting.

    Args:
        parameters: Parameters of the candidate, dotted where tables are nested, each with its values; all combinations are played,
            16 at most. `variant` is the way of translating the baseline's: `latency` or `segmentation`.
        config: As for `record`, and so are all the others.
        corpus: The corpus folder.
        out: Where run directories go.
        run_id: Name of the sweep and of its baseline's run; those of the candidates begin with it.
        select: Keep only the clips that match.
        limit: Keep only the first so many clips.
        live: Reach the real services, which costs money and does not ask.
        resume: Go on with the sweep `run_id`, by default with the newest unfinished one.
        baseline_run: Replay the candidates only, beside the baseline of this earlier run.
        on_progress: Called after each clip of a candidate with how far it is.
        stop: Set it from another thread to end early.

    Returns:
        What was found. That no candidate passes is no exception: ask `best` and `verdict`.

    Raises:
        UsageError: A parameter, the configuration, the corpus or a directory can't be used; nothing was streamed.
        InterruptedRunError: `stop` was set, or `replay.deadline_min` is over.
    """
    axes = [axis_of(name, values) for name, values in parameters.items()]
    planned = plan_sweep(_plan(config, corpus, select, limit, baseline_run, live=live), axes, _path(baseline_run))
    folder, _ = compare_sweep(planned, pipeline.RecordOptions(Path(out), run_id, resume), on_progress, stop)
    return Sweep(folder.path)


def _plan(
    config: str | Path | Mapping[str, Any] | None,
    corpus: str | Path | None,
    select: str | None,
    limit: int | None,
    baseline_run: str | Path | None,
    *,
    live: bool,
) -> RunPlan:
    return plan_from_options(
        config=Path(config) if isinstance(config, str) else config,
        corpus=corpus,
        select=select,
        limit=limit,
        baseline_run=_path(baseline_run),
        live=live,
    )


def _folder(run: Run | str | Path) -> RunDir:
    return RunDir(run.path if isinstance(run, Run) else Path(run))


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
