"""Plays every cell of the matrix in one run: many pairs at once, each of which meets the faults of its own cell."""

import json
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fault_matrix import SILENT_S, SPOKEN_S, Order
from leniency import let_it_be_late, let_sides_part

from harness.config import load_config, override
from harness.emulators import embedded
from harness.planning import RunPlan, plan_run
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side

CHUNK_MS = 200
MOST_PAIRS = 256
DEADLINE_MIN = 15.0  # a run that hangs is ended, and fails the tests
SCENARIO = """
seed = 7
[[session]]
final_delay_ms = 200
[[session.segment]]
text = "Queen of hearts."
start_s = 0.1
end_s = 0.7
"""
PROVIDERS: dict[Side, str] = {"baseline": "assemblyai", "candidate": "gladia"}


def write_corpus(folder: Path, names: Sequence[str]) -> None:
    """As many calls, all of the same recording, which nobody listens to."""
    folder.mkdir()
    samples = np.random.default_rng(1).integers(-12, 12, round(SPOKEN_S * 16000), dtype=np.int16)
    with wave.open(str(folder / "speech.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    segment = {"start": 0.1, "end": 0.7, "text": "queen of hearts"}
    of_all = {"audio_filepath": "speech.wav", "language": "en", "segments": [segment]}
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps({"id": name, **of_all}) for name in names))


def planned(corpus: Path, emulators: embedded.Emulators, **changes: Any) -> RunPlan:
    """A run over such a corpus."""
    settings = {
        "corpus.path": str(corpus),
        "baseline.host": emulators.assemblyai,
        "baseline.params": {"format_turns": True, "max_turn_silence": 1000},
        "candidate.host": emulators.gladia,
        "audio.chunk_ms": CHUNK_MS,
        "audio.trailing_silence_s": SILENT_S,
        "limits.assemblyai.new_sessions_per_minute": None,
        "limits.gladia.concurrent_sessions": None,
    }
    return plan_run(override(load_config(folder=corpus), {**settings, **changes}))


@dataclass
class Usher:
    """Shows the pairs in one by one, and orders for each, beforehand, what it is to meet the first time it is played.

    The emulators know a session by its number alone, and the numbers of a pair are known while nobody else is on the way in.
    """

    emulators: embedded.Emulators
    orders: dict[str, Mapping[Side, Order]]
    awaited: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_free(self) -> bool:
        """Whether nobody is on the way in."""
        counts = self.counts()
        return all(counts[sign] >= count for sign, count in self.awaited.items())

    def announce(self, job: engine.PairJob) -> list[str]:
        """This pair comes now. Returns the ids of its orders."""
        counts, orders = self.counts(), self.orders_of(job)
        matches = {
            side: {"provider": PROVIDERS[side], "ordinal": counts[PROVIDERS[side], "sessions"] + 1} for side in orders
        }
        given = [self.emulators.order(match=matches[side], **order) for side, order in orders.items()]
        signs = [(PROVIDERS[side], _sign(PROVIDERS[side], orders.get(side, {}))) for side in SIDES]
        self.awaited = {sign: counts[sign] + 1 for sign in signs}
        return given

    def orders_of(self, job: engine.PairJob) -> Mapping[Side, Order]:
        """What a pair is to meet now: nothing when it is played again."""
        return self.orders.pop(job.name, {})

    def counts(self) -> dict[tuple[str, str], int]:
        """How many have come, by provider and by what is seen of them."""
        metrics = self.emulators.metrics()
        counts = {(name, "sessions"): metrics["sessions"][name]["total"] for name in PROVIDERS.values()}
        for name, faults in metrics["opening_faults"].items():
            counts |= {(name, step): count for step, count in faults.items()}
        return counts


def _sign(provider: str, order: Order) -> str:
    """By which count it is seen that a session has come, or was turned away."""
    if {"status", "delay_s"} & set(order.get("open", {})):
        return "open"
    return "upgrade" if provider == "assemblyai" and "upgrade" in order else "sessions"


@contextmanager
def ushered(usher: Usher) -> Iterator[None]:
    """Pairs come in their order and are announced; a busy machine spoils none of them."""
    take = engine._Coordinator._take_places

    def take_and_announce(self: engine._Coordinator, job: engine.PairJob) -> bool:
        if not (usher.is_free() and take(self, job)):
            return False
        usher.announce(job)
        return True

    with pytest.MonkeyPatch.context() as patch:
        let_it_be_late(patch)
        let_sides_part(patch)
        patch.setattr(engine, "_LISTEN_S", 0.02)
        patch.setattr(engine, "schedule", lambda jobs, *_: list(jobs))
        patch.setattr(engine._Coordinator, "_take_places", take_and_announce)
        yield


def play(folder: Path, orders: Mapping[str, Mapping[Side, Order]]) -> tuple[RunPlan, RunDir]:
    """Record a run of one pair a cell, in this order."""
    (folder / "scenario.toml").write_text(SCENARIO)
    write_corpus(folder / "corpus", list(orders))
    with embedded.start("script", folder / "scenario.toml", "--keep", "2048") as emulators:
        limits = {"replay.pairs": min(len(orders), MOST_PAIRS), "replay.deadline_min": DEADLINE_MIN}
        plan = planned(folder / "corpus", emulators, **limits)
        with ushered(Usher(emulators, dict(orders))):
            return plan, Recording(plan, RunDir(folder / "run")).record()
