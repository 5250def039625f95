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
from harness.config import Config, LoadedConfig, override
from harness.emulators import embedded
from harness.planning import RunPlan, plan_run
from harness.recording import Progress
from harness.rundir import RunDir


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished recording.

    Attributes:
        run: Its run directory.
        plan: What was planned.
        engine_cpu_s: Processor time of this process and of its workers, while they recorded.
        startup_cpu_s: What it took to start the workers: the interpreter's and the SDKs' imports, once a run however long.
        emulator_cpu_s: Processor time of the emulators meanwhile; None where the system does not tell.
        emulators: How the emulators fared, in their own words.
    """

    run: RunDir
    plan: RunPlan
    engine_cpu_s: float
    startup_cpu_s: float
    emulator_cpu_s: float | None
    emulators: dict[str, Any]

    @property
    def workers(self) -> int:
        """Processes of the engine."""
        return int(self.run.read_run()["engine"]["workers"])

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
        "replay.workers": settings.workers,
        "limits": {},  # of the real services; the emulators have none
    }
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
    own_s, children_s = cpu_s(resource.RUSAGE_SELF), cpu_s(resource.RUSAGE_CHILDREN)
    emulators_s = process_cpu_s(emulators.pid)
    run = pipeline.record(plan, pipeline.RecordOptions(folder, "run"), on_progress, stop)
    own_s, children_s = cpu_s(resource.RUSAGE_SELF) - own_s, cpu_s(resource.RUSAGE_CHILDREN) - children_s
    after_s = process_cpu_s(emulators.pid)
    fared = emulators.metrics()
    workers_s = float(run.read_run()["accounting"]["cpu_s"])
    pipeline.score(run)
    return Recorded(
        run=run,
        plan=plan,
        engine_cpu_s=own_s + workers_s,
        startup_cpu_s=children_s - workers_s,
        emulator_cpu_s=None if emulators_s is None or after_s is None else after_s - emulators_s,
        emulators=fared,
    )


def cpu_s(who: int) -> float:
    """Processor time of this process (`RUSAGE_SELF`) or of its children that have ended (`RUSAGE_CHILDREN`)."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def process_cpu_s(pid: int) -> float | None:
    """Processor time of a process and of its children that have ended; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
