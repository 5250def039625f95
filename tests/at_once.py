"""Runs of many calls within a second: an engine that answers at once in place of the one that plays in real time."""

import json
import random
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from builders import timeline, transcript, turn

from harness.config import load_config, override
from harness.planning import RunPlan, plan_run
from harness.replay.jobs import PairJob
from harness.timeline.events import ConnectStarted, ErrorRaised, Side, Timeline

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "near", "old", "barns")


def write_corpus(folder: Path, calls: int) -> None:
    """Calls of a second of silence each, which is said to hold twelve words."""
    lines = []
    for call in range(calls):
        with wave.open(str(folder / f"{call}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(call.to_bytes(2, "little") * 8000)
        segment = {"start": 0.1, "end": 0.9, "text": " ".join(WORDS)}
        lines.append({"id": f"c{call:02}", "audio_filepath": f"{call}.wav", "language": "en", "segments": [segment]})
    (folder / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def plan(
    corpus: Path,
    *,
    passes: int = 1,
    only_side: Side | None = None,
    limit: int | None = None,
    early_stopping: bool = False,
) -> RunPlan:
    """A run over such a corpus that is judged by its words alone, within wide margins."""
    changes = {
        "corpus.path": str(corpus),
        "baseline.host": "ws://127.0.0.1:9",
        "candidate.host": "http://127.0.0.1:9",
        "replay.passes": passes,
        "gate.early_stopping": early_stopping,
        "gate.margins": {"wer_abs": 0.10, "wer_rel": 1.0},
        "gate.levels": dict.fromkeys(
            ("final_p50", "final_p95", "first_partial_p50", "first_partial_p95", "false_cutoff"), "off"
        ),
    }
    return plan_run(override(load_config(folder=corpus), changes), only_side=only_side, limit=limit)


@dataclass
class Played:
    """What the engine yields."""

    job: PairJob
    sessions: tuple[Timeline, ...]

    def timelines(self) -> Iterator[tuple[Timeline, bool]]:
        """None of them was rejected."""
        return ((session, False) for session in self.sessions)

    def close(self) -> None:
        """Nothing is held."""


class Engine:
    """Both sides mishear two words of twelve; the candidate `worse` more, and now and then one more or less in either."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.attempts_before: list[int] = []
        self.worse = 0
        self.drift = 0  # of the baseline's second pass
        self.stop_after: int | None = None
        self.late: set[str] = set()  # calls whose chunks leave late
        self.refused: set[Side] = set()  # sides whose key is wrong
        self.refusal = ("gladia_http_401", "no such key | G-1 | 401 | POST /v2/live")
        self._played = 0

    def run(self, jobs: Sequence[PairJob], _settings, _prepare, stop, **_options) -> Iterator[Played]:
        """In place of `harness.replay.engine.run`."""
        self.batches.append(sorted(job.name for job in jobs))
        for job in jobs:
            self._played += 1
            self.attempts_before.append(job.attempts_before)
            yield Played(job, tuple(self._session(job, session.side) for session in job.sessions))
            if stop.is_set():
                return
            if self._played == self.stop_after:
                stop.set()
                return

    def _session(self, job: PairJob, side: Side) -> Timeline:
        wrong = 2 + random.Random(f"{job.name} {side} {job.pass_number}").choice([-1, 0, 0, 1])
        if side == "candidate":
            heard = " ".join(WORDS[wrong + self.worse :])
            frames, provider = [transcript(1.1, heard, final=True)], "gladia"
        else:
            heard = " ".join(WORDS[wrong + self.drift * (job.pass_number - 1) :])
            frames, provider = [turn(1.1, heard, final=True, formatted=True)], "assemblyai"
        late_s = 0.2 if job.name in self.late else 0.002
        played = timeline(frames, provider=provider, side=side, clip_id=job.name, duration_s=2.0, lateness_s=late_s)
        if side in self.refused:
            played = replace(played, events=(ConnectStarted(-9), ErrorRaised(-5, *self.refusal)))
        return replace(played, header=replace(played.header, pass_number=job.pass_number))
