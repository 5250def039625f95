"""One calibration from settings to figures: play, read the timelines, hold them against the truth."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness.calibration.bias import Sent, bias_of, valid_clips
from harness.calibration.cost import Cost, bare_cost, engine_share, mean_cost
from harness.calibration.host import this_host
from harness.calibration.limits import LIMITS_MS, broken_limits
from harness.calibration.material import Material, material_of
from harness.calibration.recording import Recorded, plan_recording, record, scripted_emulators
from harness.calibration.settings import Settings
from harness.calibration.timings import Samples, samples_of, sent_latencies_ms, source_delays_ms, spread
from harness.calibration.truth import LATENCIES, latencies_ms
from harness.joblist import default_workers
from harness.metrics.tables import read_scores
from harness.recording import Progress
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side

SCHEMA = "harness.calibration/1"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration found: its JSON document, and the samples behind it by provider."""

    document: Json
    samples: Mapping[str, Samples]


def calibrate(
    settings: Settings,
    folder: Path,
    *,
    bare: bool = True,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
) -> Calibration:
    """Measure the harness under some settings.

    Args:
        settings: What to play.
        folder: Where corpus, scenario and run directory (`run/`) are written.
        bare: Play the same twice more with the SDKs alone, before and after, to tell the engine's cost from theirs.
        on_progress: Called as by `pipeline.record`.
        stop: Ends the recording early.

    Returns:
        A JSON-safe document of schema `harness.calibration/1`, times in milliseconds, processor time in seconds; and its samples.

    Raises:
        ConfigError: The settings are impossible.
        InterruptedRunError: `stop` was set.
        InvalidRunError: The emulators or the SDKs alone failed.
    """
    material = material_of(settings)
    sdks: list[Cost] = []
    with ExitStack() as running:
        emulators = running.enter_context(scripted_emulators(material, folder))
        plan = plan_recording(material, folder, emulators)
        processes = plan.config.replay.workers or default_workers(settings.pairs)
        # Before and after: what a second costs drifts on a shared machine, and half of the drift cancels.
        if bare:
            sdks.append(bare_cost(plan, folder, emulators, processes))
        recorded = record(plan, folder, emulators, on_progress, stop or threading.Event())
        if bare:
            sdks.append(bare_cost(plan, folder, emulators, processes))
    scores = read_scores(recorded.run.path / "scores")
    samples, sent = _observe(material, recorded.run, set(valid_clips(scores)))
    summary = recorded.run.read_json("summary.json")
    document = {
        "schema": SCHEMA,
        "harness": version("cutover-harness"),
        "endpoint": "emulated",
        **asdict(settings),
        "workers": recorded.workers,
        "utterances": len(material.utterances),
        **_timing_figures(samples),
        "bias": bias_of(material, summary, scores, sent),
        "sessions": len(SIDES) * len(plan.clips),
        "invalid_sessions": summary["harness"]["invalid_sessions"],
        "rerun_pairs": summary["harness"]["reruns"],
        **_costs(recorded, sdks),
        "limits_ms": LIMITS_MS,
        "host": asdict(this_host(settings.workers)),
    }
    document["broken_limits"] = broken_limits(document)
    return Calibration(document, samples)


def _observe(material: Material, run: RunDir, valid: Collection[str]) -> tuple[dict[str, Samples], Sent]:
    """The samples of all sessions by provider, and what the services' own send times say of the sessions that count."""
    by_provider: defaultdict[str, Samples] = defaultdict(Samples)
    sent: dict[Side, dict[str, list[float]]] = {side: {name: [] for name in LATENCIES} for side in SIDES}
    for clip_id in material.clip_ids:
        for side in SIDES:
            timeline = run.read_session(clip_id, side, 1)
            if timeline is None:
                continue
            samples, plan = samples_of(timeline), material.sides[side]
            left_ms = sent_latencies_ms(timeline, material, side)
            scripted_ms = latencies_ms(plan, material.utterances, material.settings.chunk_ms)
            samples.source_delay.extend(source_delays_ms(left_ms, scripted_ms))
            by_provider[plan.provider].extend(samples)
            if clip_id in valid:
                _pool(left_ms, sent[side], whole=clip_id != material.longer_clip)
    return dict(by_provider), sent


def _pool(left_ms: Any, pooled: dict[str, list[float]], *, whole: bool) -> None:
    """Add a session's latencies to its side's; endpoints count only where both sides succeeded."""
    for name, values in left_ms.items():
        if whole or name != "endpoint_ms":
            pooled[name].extend(values)


def _timing_figures(by_provider: Mapping[str, Samples]) -> Json:
    everything = Samples()
    for samples in by_provider.values():
        everything.extend(samples)
    return {
        **_spreads(everything),
        "sdk_overhead_ms": {name: spread(samples.sdk_overhead) for name, samples in by_provider.items()},
        "by_provider": {name: _spreads(samples) for name, samples in by_provider.items()},
    }


def _spreads(samples: Samples) -> Json:
    return {
        "lateness_ms": spread(samples.lateness),
        "wire_error_ms": spread(samples.wire_error),
        "handler_error_ms": spread(samples.handler_error),
        "source_delay_ms": spread(samples.source_delay),
    }


def _costs(recorded: Recorded, sdks: Sequence[Cost]) -> Json:
    engine = Cost(recorded.engine_cpu_s, recorded.audio_s)
    emulator_s = recorded.emulator_cpu_s
    return {
        "cpu_s_per_session": round(engine.cpu_s / recorded.sessions, 4),
        "engine_cpu_share": round(engine_share(engine, mean_cost(sdks)), 4) if sdks else None,
        "cpu": {
            "recording_per_audio_s": round(engine.per_audio_s, 5),
            "sdks_alone_per_audio_s": round(mean_cost(sdks).per_audio_s, 5) if sdks else None,
            "sdks_alone_plays": [round(each.per_audio_s, 5) for each in sdks],
            "emulators_per_audio_s": None if emulator_s is None else round(emulator_s / recorded.audio_s, 5),
            "startup_s": round(recorded.startup_cpu_s, 3),
            "session_audio_s": round(recorded.audio_s / recorded.sessions, 3),
        },
        "emulators_loop_lag_ms": recorded.emulators["loop_lag_ms"],
    }
