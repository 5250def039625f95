"""Playing a calibration: scripted services on loopback, the engine as `record` uses it, and what both cost."""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import pipeline
from harness.calibration.material import Material
from harness.calibration.scenario import SAMPLE_RATE_HZ, TRAILING_SILENCE_S, write_corpus, write_scenario
from harness.config import Config, LoadedConfig, ReplayConfig, override
from harness.emulators import embedded
from harness.errors import ConfigError
from harness.planning import RunPlan, plan_run
from harness.recording import Progress
from harness.rundir import RunDir


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished recording.

    Attributes:
        run: Its run directory.
        plan: What was planned.
        engine_cpu_s: Processor time of this process and of those it started for recording, while it recorded.
        emulator_cpu_s: Processor time of the emulators meanwhile; None where the system does not tell.
        emulators: How the emulators fared, in their own words.
    """

    run: RunDir
    plan: RunPlan
    engine_cpu_s: float
    emulator_cpu_s: float | None
    emulators: dict[str, Any]

    @property
    def sessions(self) -> int:
        """Sessions planned."""
        return 2 * len(self.plan.clips)

    @property
    def audio_s(self) -> float:
        """Seconds of audio sent, both sides together."""
        return 2 * self.plan.audio_s


@contextmanager
def scripted_emulators(material: Material, folder: Path) -> Iterator[embedded.Emulators]:
    """Both services, which say what the material says; every message carries the instant it was sent at."""
    scenario = folder / "scenario.json"
    write_scenario(scenario, material)
    with embedded.start("script", scenario, "--stamp") as emulators:
        yield emulators


def plan_recording(material: Material, folder: Path, emulators: embedded.Emulators) -> RunPlan:
    """Write the corpus into `folder` and plan a run of it against running emulators.

    Raises:
        ConfigError: A setting can't be had.
    """
    settings = material.settings
    write_corpus(folder / "corpus", material)
    changes: dict[str, Any] = {
        "corpus.path": "corpus",
        "audio.sample_rate": SAMPLE_RATE_HZ,
        "audio.chunk_ms": settings.chunk_ms,
        "audio.trailing_silence_s": TRAILING_SILENCE_S,
        "baseline.host": emulators.assemblyai,
        "candidate.host": emulators.gladia,
        "replay.pairs": settings.pairs,
        "limits": {},  # of the real services; the emulators have none
    }
    if settings.workers is not None:
        if "workers" not in ReplayConfig.model_fields:
            raise ConfigError("--workers: this version records in one process. Leave the option out.")
        changes["replay.workers"] = settings.workers
    return plan_run(override(LoadedConfig(Config(), "calibration", folder), changes))


def record(
    plan: RunPlan,
    folder: Path,
    emulators: embedded.Emulators,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
) -> Recorded:
    """Record a plan into `folder/run` and score it.

    Raises:
        InterruptedRunError: `stop` was set.
    """
    # The emulators are a child too, but a child's time is added to its parent's only when it has ended: they are still running.
    cpu_s, emulator_cpu_s = own_cpu_s(), process_cpu_s(emulators.pid)
    run = pipeline.record(plan, pipeline.RecordOptions(folder, "run"), on_progress, stop)
    engine_cpu_s, after_s = own_cpu_s() - cpu_s, process_cpu_s(emulators.pid)
    fared = emulators.metrics()
    pipeline.score(run)
    spent_s = None if emulator_cpu_s is None or after_s is None else after_s - emulator_cpu_s
    return Recorded(run, plan, engine_cpu_s, spent_s, fared)


def own_cpu_s() -> float:
    """Processor time of this process and of its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def process_cpu_s(pid: int) -> float | None:
    """Processor time of a process and of its children that have ended; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
