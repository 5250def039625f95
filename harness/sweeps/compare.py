"""A whole sweep: record, then score, judge and report every variant, then choose; writes `sweep.json` and `sweep.html`."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import pipeline
from harness.errors import RunError
from harness.pipeline import RecordOptions
from harness.planning import gate_settings
from harness.recording import Progress, new_run_id
from harness.rundir import RunDir, runs_in
from harness.sweeps.document import Judged, sweep_json
from harness.sweeps.plans import SweepPlan
from harness.sweeps.record import SweepDir, SweepRecording

DOCUMENT = "sweep.json"


def compare_sweep(
    plan: SweepPlan,
    options: RecordOptions,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> tuple[RunDir, dict[str, Any]]:
    """Play a sweep to its end and choose; returns the baseline's run directory, which holds the result, and the result.

    Raises:
        UsageError: A directory can't be used; nothing was streamed.
        InterruptedRunError: `stop` was set; finished sessions are kept.
    """
    from harness.report.runs_page import write_runs_page  # noqa: PLC0415 - pages are written at the end only
    from harness.report.sweep_page import write_sweep_page  # noqa: PLC0415

    folder = _folder(plan, options)
    recording = SweepRecording(plan, folder, on_progress, stop or threading.Event(), options.command)
    recording.record(resume=options.resume)
    judged = [_judged(folder.variants[variant.label], variant.label, variant.settings) for variant, _ in plan.variants]
    document = sweep_json(folder.baseline.read_run(), judged, gate_settings(plan.both.config))
    folder.baseline.write_json(DOCUMENT, document)
    write_sweep_page(folder.baseline.path, document)
    write_runs_page(options.reports)
    return folder.baseline, document


def _folder(plan: SweepPlan, options: RecordOptions) -> SweepDir:
    if options.run_id is not None:
        baseline = RunDir(options.reports / options.run_id)
        if options.resume and not baseline.exists:
            raise RunError(
                f"{baseline.path}: there is no such sweep to resume. Check --out and --run-id, or leave out --resume."
            )
    elif options.resume:
        baseline = _newest_unfinished(options.reports)
    else:
        baseline = RunDir(options.reports / new_run_id(plan.baseline))
    return SweepDir.of(plan, baseline)


def _newest_unfinished(reports: Path) -> RunDir:
    for run in reversed(list(runs_in(reports))):
        document = run.read_run()
        if document.get("state") != "recorded" and "variants" in document.get("sweep", {}):
            return run
    raise RunError(f"{reports}: no unfinished sweep to resume. Leave --resume out, or name the sweep with --run-id.")


def _judged(folder: RunDir, label: str, settings: Any) -> Judged:
    summary = pipeline.score(folder)
    verdict = pipeline.judge(folder)
    pipeline.report(folder)
    return Judged(label, dict(settings), folder, folder.read_run(), summary, verdict)
