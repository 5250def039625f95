"""The stages of a run as plain functions: record, score, judge, report, and compare, which is all of them in turn.

`score`, `judge`, `report` and `export` need only a run directory, cost nothing and are deterministic: run again on the
same directory, they write the same bytes, until an approval that `judge` counts is changed or expires.
"""

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.approve.approvals_file import DEFAULT_FILE, read_approvals
from harness.approve.baseline_file import baseline_text, read_baseline, write_baseline
from harness.atomic import write_texts_together
from harness.audio.convert import resample, to_pcm16
from harness.audio.read import read_channel
from harness.config import Config
from harness.corpus.manifest import file_sha256
from harness.corpus.model import Clip
from harness.errors import ConfigError, RunError
from harness.forecast.evidence import trials_of
from harness.looks import last_look, settled_at
from harness.metrics.score import ScoreSettings
from harness.metrics.scores import Scores
from harness.metrics.tables import read_scores
from harness.origin import origin_of
from harness.planning import RunPlan, gate_settings
from harness.recording import Progress, Recording, new_run_id, newest_unfinished
from harness.rundir import RunDir, json_text
from harness.scoring import FORGOTTEN, folded, score_directory
from harness.timeline.events import SIDES
from harness.trust import assess
from harness.verdict.approval import Approvals
from harness.verdict.judge import SCHEMA as VERDICT_SCHEMA
from harness.verdict.judge import judge as judge_scores
from harness.verdict.judge import verdict_json
from harness.verdict.looks import Look, take_look
from harness.verdict.noise import noise_floor
from harness.verdict.noise_blocks import noise_block, noise_verdict
from harness.verdict.rules import GateSettings
from harness.verdict.summary import SCHEMA as SUMMARY_SCHEMA
from harness.verdict.summary import summarise

if TYPE_CHECKING:
    from harness.cluster.client import Cluster


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """Where a run goes, whether it continues an earlier one, and the run whose baseline it uses instead of recording one.

    `scheduler` is the address of a Dask scheduler, on whose workers it is then played. `top_up` continues a run that was stopped early
    and left undecided. `command` is what was typed, if anything was.

    Raises:
        ConfigError: `run_id` names no folder.
    """

    reports: Path
    run_id: str | None = None
    resume: bool = False
    baseline_run: Path | None = None
    scheduler: str | None = None
    top_up: bool = False
    command: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.run_id is not None and not re.fullmatch(r"\w[\w.+-]{0,99}", self.run_id):
            raise ConfigError(
                f"--run-id is {self.run_id!r}; it names a folder: up to 100 letters, digits, dots, dashes, underscores, the first a "
                "letter, digit or underscore. Choose another."
            )


def record(
    plan: RunPlan,
    options: RecordOptions,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> RunDir:
    """Replay the plan's clips to both sides into a run directory.

    Raises:
        UsageError: The directory can't be used; nothing was streamed.
        InterruptedRunError: `stop` was set; finished sessions are kept.
    """
    resume = options.resume or options.top_up
    if options.top_up and options.run_id is None:
        raise RunError("--top-up needs the name of the run that was stopped early. Give it with --run-id.")
    if options.run_id is not None:
        folder = RunDir(options.reports / options.run_id)
        if resume and not folder.exists:
            raise RunError(
                f"{folder.path}: there is no such run to resume. Check --out and --run-id, or leave out --resume."
            )
    elif options.resume:
        folder = newest_unfinished(options.reports)
    else:
        folder = RunDir(options.reports / new_run_id(plan))
    baseline_run = RunDir(options.baseline_run) if options.baseline_run is not None else None
    early_stopping = plan.config.gate.early_stopping
    if early_stopping and options.scheduler is not None:
        raise ConfigError(
            f"{plan.loaded.source}: gate.early_stopping is true, which runs on a cluster don't know. Set it to false, or leave out "
            "--scheduler."
        )
    with _cluster(options.scheduler) as cluster:
        recording = Recording(plan, folder, on_progress, stop or threading.Event(), baseline_run, cluster)
        recording.look = partial(_look, plan) if early_stopping else None
        recording.top_up, recording.command = options.top_up, options.command
        return recording.record(resume=resume)


@contextmanager
def _cluster(scheduler: str | None) -> "Iterator[Cluster | None]":
    """The connection to a scheduler, if there is one."""
    if scheduler is None:
        yield None
        return
    try:
        from harness.cluster.client import connected  # noqa: PLC0415 - needs the extra, as nothing else does
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--scheduler needs {error.name}, which is not installed. Install the extra here and on the workers: "
            "pip install 'cutover-harness[cluster]' (from a checkout: pip install '.[cluster]')."
        ) from error
    with connected(scheduler) as cluster:
        yield cluster


def _look(plan: RunPlan, run: RunDir, number: int) -> Look:
    """Score the calls that were played so far, and hold them to the bounds of this look."""
    scores = score_directory(run, plan.config.replay.passes, score_settings(plan.config))
    settings = looking_settings(plan, datetime.now(UTC).date())
    planned = trials_of(plan.clips, plan.config.replay.passes, by_time=settings.endpoint_source == "time")
    return take_look(number, scores, settings, planned)


def looking_settings(plan: RunPlan, today: date) -> GateSettings:
    """The gate's settings for looks at a run on its way: what was accepted by name must not end it, so it only warns."""
    settings, file = gate_settings(plan.config), plan.loaded.folder / plan.config.gate.approvals
    accepted = {approval.name for approval in read_approvals(file) if today <= approval.until} if file.is_file() else ()
    deciding = [rule.name for rule in settings.rules if rule.name in accepted and settings.level(rule) == "error"]
    return replace(settings, levels={**settings.levels, **dict.fromkeys(deciding, "warn")})


def score(run: RunDir) -> dict[str, Any]:
    """Fold and score every session of the run; writes `scores/` and `summary.json`, and returns the summary.

    Raises:
        RunError: The directory is not that of a run, or a file in it is damaged.
    """
    document = run.read_run()
    config = config_of(run, document)
    planned = document["sessions"]["planned"]
    settings = replace(score_settings(config), sides=tuple(side for side in SIDES if planned[side]) or SIDES)
    scores = score_directory(run, config.replay.passes, settings)
    summary = summarise(
        scores,
        gate_settings(config),
        run_id=document["run_id"],
        endpoint=document["endpoint"],
        planned=planned,
        reruns=document["sessions"]["recorded"].get("reruns", 0),
        throttled=document.get("accounting", {}).get("throttled", {}),
    )
    run.write_json("summary.json", summary)
    return summary


def judge(run: RunDir, approvals: Path | None = None, today: date | None = None) -> dict[str, Any]:
    """Decide the run; writes `verdict.json`, `junit.xml` and `summary.md`, and returns the verdict.

    Args:
        run: A run that was scored.
        approvals: The file of accepted differences; by default the one that the run's configuration names, if there is one.
        today: The day on which approvals have to hold; by default today, UTC.

    Raises:
        RunError: The run was not scored yet.
        ConfigError: The file of accepted differences can't be read.
    """
    document, summary = run.read_run(), run.read_json("summary.json", SUMMARY_SCHEMA)
    config = config_of(run, document)
    file = approvals or approvals_file(run, document)
    accepted = read_approvals(file) if approvals is not None or os.path.lexists(file) else ()
    scores, settings = _read_for_judging(run), gate_settings(config)
    noise = noise_floor(scores, settings)
    trust = assess(document, scores, noise)
    verdict = verdict_json(
        judge_scores(
            scores,
            settings,
            run_valid=trust.valid,
            invalid_reason=trust.reason,
            invalid_reasons=trust.reasons,
            emulated=document["endpoint"] == "emulated",
            run_id=document["run_id"],
            last_look=last_look(document),
            approvals=Approvals(accepted, today or datetime.now(UTC).date()) if accepted else None,
            origin=origin_of(document),
        )
    ) | {"noise": noise_verdict(noise_block(noise, scores))}
    _write_verdict(run, "", summary, verdict)
    return verdict


def judge_against(run: RunDir, file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compare the run's candidate with that of a baseline file, by the same rules; what `judge` wrote stays.

    Writes `verdict-against.json`, `junit-against.xml` and `summary-against.md`. A run of the candidate alone will do.

    Returns:
        What the text views need of a summary, and the verdict.

    Raises:
        RunError: The run was not scored yet, or can't be compared with the file.
        ConfigError: The file can't be read.
    """
    from harness.approve.drift import compared, summary_of  # noqa: PLC0415 - only here

    document, summary = run.read_run(), run.read_json("summary.json", SUMMARY_SCHEMA)
    baseline = read_baseline(file)
    own = _read_for_judging(run)
    scores, against = compared(baseline, document, own)
    alone = {**document, "sessions": {"planned": {"candidate": document["sessions"]["planned"]["candidate"]}}}
    trust = assess(alone, replace(own, sessions=tuple(row for row in own.sessions if row.side == "candidate")))
    verdict = verdict_json(
        judge_scores(
            scores,
            gate_settings(config_of(run, document)),
            run_valid=trust.valid,
            invalid_reason=trust.reason,
            invalid_reasons=trust.reasons,
            emulated=document["endpoint"] == "emulated",
            run_id=document["run_id"],
            last_look=last_look(document),  # it decided when to stop, by what this candidate did
            against=against,
            origin=origin_of(document),
        )
    ) | {"noise": None}
    beside = summary_of(scores, summary)
    _write_verdict(run, "-against", beside, verdict)
    return beside, verdict


def approve_baseline(run: RunDir, file: Path, *, author: str, reason: str) -> tuple[int, dict[str, Any]]:
    """Write what the run's candidate did as a baseline file; returns the number of its sessions, and the verdict on the run.

    Raises:
        RunError: The run was not judged yet.
        ConfigError: The run is invalid; or it did not pass, and nobody says why it is approved all the same.
    """
    document, scores = run.read_run(), _read_for_judging(run)
    names = [name for name in ("verdict.json", "verdict-against.json") if (run.path / name).is_file()]
    verdicts = [run.read_json(name, VERDICT_SCHEMA) for name in names or ("verdict.json",)]
    verdict = next((one for one in verdicts if one["verdict"] != "invalid"), None)
    if verdict is None:
        raise ConfigError(f"{run.path}: the run is invalid, so what it shows can't be approved. Record it again.")
    if verdict["verdict"] != "pass" and not (author.strip() and reason.strip()):
        raise ConfigError(
            f"{run.path}: the verdict is {verdict['verdict']}. Say with --author and --reason who approves it all the same, and why."
        )
    accepted = {"author": author.strip(), "reason": reason.strip()}
    write_baseline(file, baseline_text(document, scores, verdict, accepted))
    return len(read_baseline(file).sessions), verdict


def approvals_file(run: RunDir, document: dict[str, Any]) -> Path:
    """Where the run's configuration keeps accepted differences, beside itself unless it says otherwise; it need not exist."""
    folder = document.get("provenance", {}).get("config_folder")
    named = document["config"]["gate"].get("approvals", DEFAULT_FILE)
    return Path(named) if folder is None else run.path / folder / named


def _read_for_judging(run: RunDir) -> Scores:
    return read_scores(run.path / "scores", without=(*FORGOTTEN, "word_timings"))


def _write_verdict(run: RunDir, suffix: str, summary: dict[str, Any], verdict: dict[str, Any]) -> None:
    from harness.report.junit import junit_xml  # noqa: PLC0415 - keeps `harness score` free of report code
    from harness.report.markdown import summary_markdown  # noqa: PLC0415

    texts = {
        f"junit{suffix}.xml": junit_xml(summary, verdict),
        f"summary{suffix}.md": summary_markdown(summary, verdict),
        f"verdict{suffix}.json": json_text(verdict),
    }
    write_texts_together({run.path / name: text for name, text in texts.items()})


def report(run: RunDir, *, embed_audio: bool = False) -> Path:
    """Write `report.html` and `audio/`, or with `embed_audio` one file that holds the audio too; returns the report's path.

    Raises:
        RunError: The run was not scored yet, or does not say where its recordings are.
    """
    from harness.corpus.consent import as_allowed_now  # noqa: PLC0415
    from harness.report.html import write_report  # noqa: PLC0415
    from harness.report.inputs import ClipAudio, ReportInput  # noqa: PLC0415

    document = run.read_run()
    config = config_of(run, document)
    corpus = _corpus_folder(run, document)

    def audio(clip: Clip) -> ClipAudio | None:
        path = corpus / clip.audio_filepath
        # A recording that changed since is not what was sent: no audio is shown rather than another one.
        if not path.is_file() or file_sha256(path) != clip.audio_sha256:
            return None
        samples = read_channel(path, clip.channel)
        rate_hz = config.audio.sample_rate
        return ClipAudio(to_pcm16(resample(samples, clip.sample_rate_hz, rate_hz)), rate_hz)

    clips = run.read_clips()
    if settled_at(document) is not None:  # what was left unplayed on purpose is not missing
        clips = tuple(clip for clip in clips if any(run.has_session(clip.clip_id, side, 1) for side in SIDES))
    inputs = ReportInput(
        run=document,
        clips=as_allowed_now(clips, corpus),
        scores=read_scores(run.path / "scores"),
        sessions=partial(folded, run),
        summary=run.read_json("summary.json", SUMMARY_SCHEMA),
        verdict=run.read_json("verdict.json", VERDICT_SCHEMA) if (run.path / "verdict.json").is_file() else None,
        audio=audio,
        timeline=run.read_session,
    )
    return write_report(inputs, run.path, embed_audio=embed_audio)


def _corpus_folder(run: RunDir, document: dict[str, Any]) -> Path:
    """Where the run's recordings lie, if nobody moved them."""
    try:
        return run.path / str(document["provenance"]["corpus"]["path"])
    except (KeyError, TypeError):
        raise RunError(
            f"{run.path / 'run.json'}: provenance.corpus.path is missing, so the recordings can't be found. Restore the file, or "
            "record the run again."
        ) from None


def export(run: RunDir, formats: Iterable[str], out: Path, *, normalized: bool = False) -> dict[str, list[Path]]:
    """Write what was said and delivered into the folder `out`, in formats of others; returns the files of each.

    Raises:
        RunError: The directory is not that of a run, or a file in it is damaged.
        ConfigError: A format has no normalised form, or `out` can't be written.
    """
    from harness.exports.write import ExportInput, write_export  # noqa: PLC0415 - as above

    document = run.read_run()
    config = config_of(run, document)
    inputs = ExportInput(
        run_id=document["run_id"],
        clips=run.read_clips(),
        passes=config.replay.passes,
        settings=score_settings(config),
        folder=lambda clip_id: run.session_path(clip_id, "baseline", 1).parent.name,
        recorded=run.has_session,
        sessions=partial(folded, run),
    )
    return {name: write_export(inputs, name, out, normalized=normalized) for name in formats}


def compare(
    plan: RunPlan,
    options: RecordOptions,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> tuple[RunDir, dict[str, Any]]:
    """Record, score, judge and report, and renew the page over all runs; returns the run directory and the verdict."""
    from harness.report.runs_page import write_runs_page  # noqa: PLC0415 - as above

    run = record(plan, options, on_progress, stop)
    score(run)
    verdict = judge(run)
    report(run)
    write_runs_page(options.reports)
    return run, verdict


def config_of(run: RunDir, document: dict[str, Any]) -> Config:
    """The configuration that the run was recorded with."""
    try:
        stored = document["config"]
        for side in SIDES:
            stored = {**stored, side: {k: v for k, v in stored[side].items() if k in {"provider", "params"}}}
        return Config.model_validate(stored)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{run.path / 'run.json'}: config is not readable ({error}). Record the run again.") from None


def score_settings(config: Config) -> ScoreSettings:
    """The settings of scoring in force."""
    score = config.score
    return ScoreSettings(
        consume=score.consume,
        tail_policy=score.tail_policy,
        rewrites=score.rewrite_pairs,
        keywords=tuple(score.keywords),
        collar_s=score.collar_s,
    )
