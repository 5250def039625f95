"""The values that a faultless harness would measure, worked out from what is injected and the definitions of the metrics.

Nothing of `harness.metrics` is used here, nor the text of any message: what is known is what was put in.

When a scripted service says something. Audio instant `a` (ms from T0) happens at T0 + a. It reaches the service with the chunk
that holds it, which a punctual client sends when its last sample exists, at T0 + `e(a)`, where `e(a)` is `a` rounded up to a
whole chunk. The script speaks `delay` after the instant itself, but not before it has arrived: at `max(a + delay, e(a))`. Messages
keep their order, so none leaves before the one in front of it.

- `first_partial_ms` of an utterance: its first partial shows `first_words` words, of which none is an error. Its audio instant is the
  end of the last of them plus `partial_after_ms`. The only message that can hold it up is the final of the utterance before.
- `final_ms` of a turn: the final that the product uses, of the segment with the turn's last word, so the segment behind the cut
  where there is one. Its audio instant is `final_after_ms` behind the end of the turn. Where a service sends two finals the formatted
  one is used, `formatting_delay_ms` later. That the product uses the first of two formatted finals for latency, and the last for
  the text, is the methodology's rule for repeated finals.
- `endpoint_ms` of a turn: the same with the first final of any form.
- Word errors: the edits, which lie apart, each one error, because all words of a clip differ; and one for each correction.
- Turns cut off: those with `cut`. Tokens taken back: one for each `retracted`. Mutations: one for each `corrected`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.calibration.material import Material, SidePlan, Utterance
from harness.calibration.scenario import SAMPLE_RATE_HZ
from harness.timeline.events import Side

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
LATENCIES = ("first_partial_ms", "final_ms", "endpoint_ms")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many events in so many trials."""

    events: int
    trials: int

    @property
    def value(self) -> float | None:
        """Events per trial; None without trials."""
        return self.events / self.trials if self.trials else None


@dataclass(frozen=True, slots=True)
class Truth:
    """What one side holds over a whole run.

    Attributes:
        rates: Ratio metrics by name.
        mutations: Finals changed afterwards.
        latencies_ms: One an utterance of one session, by metric; all sessions are alike.
        sessions: For each latency, in how many sessions it counts.
    """

    rates: dict[str, Rate]
    mutations: int
    latencies_ms: dict[str, tuple[float, ...]]
    sessions: dict[str, int]

    def quantile_ms(self, metric: str, q: float) -> float | None:
        """A quantile of a latency over all sessions that count (Hyndman & Fan 1996, type 7); None without any."""
        if not self.sessions[metric]:
            return None
        return float(np.quantile(self.latencies_ms[metric] * self.sessions[metric], q))


def truth_of(material: Material, side: Side, valid_clips: Sequence[str]) -> Truth:
    """What a side holds over the pairs that count.

    Args:
        material: What was played.
        side: The side.
        valid_clips: Clips whose pair the harness did not spoil. Metrics of turns, partials and mutations leave out the pair in
            which a side failed.
    """
    plan = material.sides[side]
    utterances, injections = material.utterances, plan.injections
    sessions = len(valid_clips)
    broken = sum(clip_id == material.longer_clip for clip_id in valid_clips)  # pairs in which the candidate fails
    whole = sessions - broken
    words = sum(len(utterance.words) for utterance in utterances)
    edits = [edit for injection in injections for edit in injection.edits]
    grown = sum({"insertion": 1, "deletion": -1}.get(edit.kind, 0) for edit in edits)
    mutations = sum(injection.corrected for injection in injections)
    return Truth(
        rates={
            "wer": Rate(sessions * (len(edits) + mutations), sessions * words),
            "false_cutoff_rate": Rate(whole * sum(i.cut for i in injections), whole * len(utterances)),
            "normalized_erasure": Rate(whole * sum(i.retracted for i in injections), whole * (words + grown)),
            "session_failure_rate": Rate(broken if plan.fails else 0, sessions),
        },
        mutations=whole * mutations,
        latencies_ms=latencies_ms(plan, utterances, material.settings.chunk_ms),
        sessions={"first_partial_ms": sessions, "final_ms": sessions, "endpoint_ms": whole},
    )


def latencies_ms(plan: SidePlan, utterances: Sequence[Utterance], chunk_ms: float) -> dict[str, tuple[float, ...]]:
    """Each latency of each utterance in a session of this side, in ms."""
    rows = []
    free_ms = -math.inf  # when the final of the utterance before has left
    for utterance, injection in zip(utterances, plan.injections, strict=True):
        shown = utterance.words[injection.first_words - 1]
        partial_ms = emitted_ms(shown.end_ms + injection.partial_after_ms, plan.partial_delay_ms, chunk_ms)
        first_final_ms = emitted_ms(utterance.end_ms + injection.final_after_ms, plan.final_delay_ms, chunk_ms)
        final_ms = first_final_ms + (plan.formatting_delay_ms or 0)
        rows.append(
            (
                max(partial_ms, free_ms) - utterance.start_ms,
                final_ms - utterance.end_ms,
                first_final_ms - utterance.end_ms,
            )
        )
        free_ms = final_ms
    return dict(zip(LATENCIES, zip(*rows, strict=True), strict=True))


def emitted_ms(at_ms: int, delay_ms: int, chunk_ms: float) -> float:
    """When a scripted service says what it says `delay_ms` after an audio instant; all in ms from T0."""
    chunk_samples = round(chunk_ms * _SAMPLES_PER_MS)
    arrived_ms = -(-at_ms * _SAMPLES_PER_MS // chunk_samples) * chunk_samples / _SAMPLES_PER_MS
    return max(at_ms + delay_ms, arrived_ms)
