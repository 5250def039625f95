"""What the SDKs cost by themselves, so that the rest of a recording's cost is the engine's own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.atomic import write_text_atomically
from harness.emulators.embedded import Emulators
from harness.errors import InvalidRunError
from harness.planning import EMULATED_KEY, RunPlan

_GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds, and the seconds of audio they were spent on, both sides together."""

    cpu_s: float
    audio_s: float

    @property
    def per_audio_s(self) -> float:
        """Processor seconds a second of one session's audio."""
        return self.cpu_s / self.audio_s


def engine_share(engine: Cost, sdks: Cost) -> float:
    """The part of a recording's processor time that is not the SDKs' own; negative if they cost more alone, by chance."""
    return 1.0 - sdks.per_audio_s / engine.per_audio_s


def mean_cost(costs: Sequence[Cost]) -> Cost:
    """The cost of several plays of the same as one."""
    return Cost(sum(cost.cpu_s for cost in costs), sum(cost.audio_s for cost in costs))


def bare_cost(plan: RunPlan, folder: Path, emulators: Emulators, processes: int = 1) -> Cost:
    """Play a plan with the SDKs alone, in as many processes as the engine had, each with its share of the pairs.

    Raises:
        InvalidRunError: A process failed; its complaint is told.
    """
    jobs = _write_jobs(plan, folder, emulators, processes)
    command = [sys.executable, "-W", "ignore", "-m", "harness.calibration.bare"]
    running = [
        subprocess.Popen([*command, str(job)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - our own module
        for job in jobs
    ]
    try:
        longest_s = max(chunks.duration_s for chunks in plan.chunks.values()) + _GRACE_S
        return mean_cost([_result(process, longest_s) for process in running])
    finally:
        for process in running:
            process.kill()
            process.wait()


def _write_jobs(plan: RunPlan, folder: Path, emulators: Emulators, processes: int) -> list[Path]:
    audio: dict[str, Path] = {}
    for clip in plan.clips:
        if clip.audio_filepath not in audio:
            audio[clip.audio_filepath] = path = folder / f"{Path(clip.audio_filepath).stem}.raw"
            path.write_bytes(plan.stream(clip).payload)
    chunks = next(iter(plan.chunks.values()))
    jobs: list[Path] = []
    for number in range(min(processes, len(plan.clips))):
        document = {
            "hosts": {"assemblyai": emulators.assemblyai, "gladia": emulators.gladia},
            "params": {side.provider.name: dict(side.params) for side in plan.sides.values()},
            "key": EMULATED_KEY,
            "chunk_bytes": chunks.chunk_bytes,
            "chunk_s": chunks.chunk_samples / chunks.sample_rate_hz,
            "clips": [str(audio[clip.audio_filepath]) for clip in plan.clips[number::processes]],
        }
        jobs.append(folder / f"bare-{number}.json")
        write_text_atomically(jobs[-1], json.dumps(document))
    return jobs


def _result(process: "subprocess.Popen[bytes]", timeout_s: float) -> Cost:
    try:
        output, complaint = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise InvalidRunError(
            f"The SDKs alone were not done within {timeout_s:.0f} s. Calibrate with --no-bare."
        ) from None
    if process.returncode != 0:
        text = complaint.decode("utf-8", "replace").strip()
        raise InvalidRunError(f"The SDKs alone died with exit code {process.returncode}. {text[-2000:]}")
    return Cost(**json.loads(output))
