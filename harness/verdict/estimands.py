"""What is compared: every ratio as paired counts, every latency as paired samples, pooled by call.

The tables `RATIOS` and `LATENCIES` are the whole vocabulary; adding a metric is adding a line. Passes of a clip and
clips of a call are pooled within the call, the unit that is statistically independent.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from harness.errors import InvalidRunError
from harness.metrics.scores import SessionScore, WordCounts
from harness.verdict.population import PairKey, Population, SessionPair

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CountRow:
    """Events and trials of both sides in one clip, turn or utterance."""

    clip_id: str
    call_id: str
    baseline_events: float
    baseline_trials: float
    candidate_events: float
    candidate_trials: float


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One latency on both sides, in ms; `inf` where it never came."""

    clip_id: str
    call_id: str
    baseline_ms: float
    candidate_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class CallCounts:
    """Totals a call, arrays of shape (K,), calls in ascending order; calls without trials are left out."""

    calls: tuple[str, ...]
    baseline_events: Floats
    baseline_trials: Floats
    candidate_events: Floats
    candidate_trials: Floats


@dataclass(frozen=True, slots=True, eq=False)
class CallSamples:
    """Paired samples of shape (n,), in ms, and the index of the call each belongs to."""

    calls: tuple[str, ...]
    call_index: Ints
    baseline: Floats
    candidate: Floats


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio metric.

    Attributes:
        name: As in `summary.json`.
        rows: The paired counts of a population.
        events: What the numerator counts.
        trials: What the denominator counts.
        unit: `ratio`, or what a value is per.
        common: True if both sides share the denominator.
        binary: True if a trial has at most one event, so that the exact binomial bounds apply.
        whole: False if the trials are a duration.
    """

    name: str
    rows: Callable[[Population], Iterable[CountRow]]
    events: str
    trials: str
    unit: str = "ratio"
    common: bool = True
    binary: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Latency:
    """A latency metric: its paired values (None: not available) and the quantiles that are shown."""

    name: str
    values: Callable[[Population], Iterable[tuple[str, str, float | None, float | None]]]
    quantiles: tuple[float, ...]


def pool(rows: Iterable[CountRow], *, common: bool = True) -> CallCounts:
    """Add up rows by call.

    Raises:
        InvalidRunError: `common` is set and the sides disagree on a denominator that they share by definition.
    """
    totals: dict[str, list[float]] = {}
    for row in rows:
        counts = (row.baseline_events, row.baseline_trials, row.candidate_events, row.candidate_trials)
        if common and row.baseline_trials != row.candidate_trials:
            raise InvalidRunError(
                f"clip {row.clip_id!r}: baseline and candidate were scored on {row.baseline_trials:g} and "
                f"{row.candidate_trials:g} reference units, which must be equal. The scores are damaged or were made by "
                "different versions; score the run again."
            )
        totals[row.call_id] = [a + b for a, b in zip(totals.get(row.call_id, (0.0,) * 4), counts, strict=True)]
    calls = tuple(call for call in sorted(totals) if totals[call][1] > 0 or totals[call][3] > 0)
    table = np.array([totals[call] for call in calls], dtype=np.float64).reshape(len(calls), 4)
    return CallCounts(calls, table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def paired_samples(latency: Latency, population: Population) -> tuple[tuple[SampleRow, ...], int]:
    """The values available on both sides, and how many were available on one side only."""
    rows, unpaired = [], 0
    for clip_id, call_id, baseline, candidate in latency.values(population):
        if baseline is not None and candidate is not None:
            rows.append(SampleRow(clip_id, call_id, baseline, candidate))
        elif baseline is not None or candidate is not None:
            unpaired += 1
    return tuple(rows), unpaired


def by_call(rows: Sequence[SampleRow]) -> CallSamples:
    """Samples as arrays, in the order of their calls."""
    ordered = sorted(rows, key=attrgetter("call_id"))
    calls = tuple(sorted({row.call_id for row in rows}))
    index = {call: i for i, call in enumerate(calls)}
    return CallSamples(
        calls,
        np.array([index[row.call_id] for row in ordered], dtype=np.int64),
        np.array([row.baseline_ms for row in ordered], dtype=np.float64),
        np.array([row.candidate_ms for row in ordered], dtype=np.float64),
    )


def word_rows(population: Population) -> Iterator[CountRow]:
    """Word errors under the primary normaliser, as delivered."""
    for pair in _with_reference(population):
        yield _word_row(pair, pair.baseline.words, pair.candidate.words)


def secondary_word_rows(population: Population) -> Iterator[CountRow]:
    """Word errors under the secondary normaliser, where it supports the language."""
    for pair in _with_reference(population):
        a, b = pair.baseline.words_secondary, pair.candidate.words_secondary
        if a is not None and b is not None:
            yield _word_row(pair, a, b)


def second_opinion_rows(population: Population) -> Iterator[CountRow]:
    """The same words as `word_rows`, under the secondary normaliser wherever it supports the language."""
    for pair in _with_reference(population):
        a, b = pair.baseline.words_secondary, pair.candidate.words_secondary
        if a is None or b is None:
            a, b = pair.baseline.words, pair.candidate.words
        yield _word_row(pair, a, b)


def _with_reference(population: Population) -> Iterator[SessionPair]:
    return (pair for pair in population.sessions if pair.baseline.has_reference and pair.baseline.words.reference_words)


def _word_row(pair: SessionPair, a: WordCounts, b: WordCounts) -> CountRow:
    return _row(pair, a.errors, a.reference_words, b.errors, b.reference_words)


def _row(pair: SessionPair, *counts: float) -> CountRow:
    return CountRow(pair.baseline.clip_id, pair.baseline.call_id, *counts)


def _session_counts(
    events: Callable[[SessionScore], float], trials: Callable[[SessionScore], float], *, both_succeeded: bool = True
) -> Callable[[Population], Iterator[CountRow]]:
    def rows(population: Population) -> Iterator[CountRow]:
        for pair in population.sessions:
            if pair.both_succeeded or not both_succeeded:
                a, b = pair.baseline, pair.candidate
                yield _row(pair, events(a), trials(a), events(b), trials(b))

    return rows


def _non_speech_rows(population: Population) -> Iterator[CountRow]:
    for pair in population.sessions:
        a, b = pair.baseline, pair.candidate
        if a.has_reference and not a.words.reference_words:
            yield _row(pair, a.non_speech_insertions, a.duration_s / 60, b.non_speech_insertions, b.duration_s / 60)


def _partials_per_second(population: Population) -> Iterator[CountRow]:
    speech_s: dict[PairKey, float] = {}
    for utterance in population.utterances:
        row = utterance.baseline
        key = row.clip_id, row.pass_number
        speech_s[key] = speech_s.get(key, 0.0) + row.end_s - row.start_s
    for pair in population.sessions:
        if pair.both_succeeded and speech_s.get(pair.key, 0.0) > 0:
            speech = speech_s[pair.key]
            yield _row(pair, pair.baseline.partials, speech, pair.candidate.partials, speech)


def _missing_rate(field: str) -> Callable[[Population], Iterator[CountRow]]:
    def rows(population: Population) -> Iterator[CountRow]:
        for pair in population.utterances:
            a, b = getattr(pair.baseline, field), getattr(pair.candidate, field)
            if a is not None and b is not None:
                yield CountRow(
                    pair.baseline.clip_id, pair.baseline.call_id, float(math.isinf(a)), 1.0, float(math.isinf(b)), 1.0
                )

    return rows


def _end_class_rate(end_class: str) -> Callable[[Population], Iterator[CountRow]]:
    def rows(population: Population) -> Iterator[CountRow]:
        for pair in population.turns:
            a, b = pair.baseline, pair.candidate
            if a.end_class is not None and b.end_class is not None:
                yield CountRow(
                    a.clip_id, a.call_id, float(a.end_class == end_class), 1.0, float(b.end_class == end_class), 1.0
                )

    return rows


def _each(table: str, field: str) -> Callable[[Population], Iterator[tuple[str, str, float | None, float | None]]]:
    def values(population: Population) -> Iterator[tuple[str, str, float | None, float | None]]:
        for pair in getattr(population, table):
            a, b = pair.baseline, pair.candidate
            yield a.clip_id, a.call_id, getattr(a, field), getattr(b, field)

    return values


def _turn_ratio(name: str, end_class: str) -> Ratio:
    return Ratio(name, _end_class_rate(end_class), end_class, "turns", binary=True)


RATIOS: tuple[Ratio, ...] = (
    Ratio("wer", word_rows, "errors", "reference_words"),
    Ratio("wer_secondary", secondary_word_rows, "errors", "reference_words"),
    Ratio(
        "session_failure_rate",
        _session_counts(lambda s: not s.succeeded, lambda _: 1, both_succeeded=False),
        "failed",
        "sessions",
        binary=True,
    ),
    Ratio(
        "false_cutoff_rate",
        _session_counts(attrgetter("early_cut_turns"), attrgetter("turns")),
        "early_cut_turns",
        "turns",
        binary=True,
    ),
    _turn_ratio("endpoint_recall", "ok"),
    _turn_ratio("merge_rate", "merged"),
    _turn_ratio("early_rate", "early"),
    _turn_ratio("late_rate", "late"),
    _turn_ratio("forced_rate", "forced"),
    _turn_ratio("flush_rate", "flush"),
    _turn_ratio("missing_rate", "missing"),
    Ratio("no_partial_rate", _missing_rate("first_partial_ms"), "without_partial", "utterances", binary=True),
    Ratio("no_text_rate", _missing_rate("first_text_ms"), "without_text", "utterances", binary=True),
    Ratio(
        "entity_miss_rate",
        _session_counts(attrgetter("entity_misses"), attrgetter("entity_mentions"), both_succeeded=False),
        "misses",
        "mentions",
        binary=True,
    ),
    Ratio(
        "normalized_erasure",
        _session_counts(attrgetter("erased_tokens"), attrgetter("final_tokens")),
        "erased_tokens",
        "final_tokens",
        common=False,
    ),
    Ratio("partials_per_s", _partials_per_second, "partials", "speech_s", "per_s", whole=False),
    Ratio("non_speech_insertions_per_min", _non_speech_rows, "insertions", "audio_min", "per_min", whole=False),
    Ratio(
        "spurious_segments_per_hour",
        _session_counts(attrgetter("spurious_segments"), lambda s: s.duration_s / 3600),
        "spurious_segments",
        "audio_h",
        "per_hour",
        whole=False,
    ),
)

LATENCIES: tuple[Latency, ...] = (
    Latency("first_partial_ms", _each("utterances", "first_partial_ms"), (0.5, 0.9, 0.95, 0.99)),
    Latency("first_text_ms", _each("utterances", "first_text_ms"), (0.5, 0.9, 0.95, 0.99)),
    Latency("final_ms", _each("turns", "final_ms"), (0.5, 0.9, 0.95, 0.99)),
    Latency("endpoint_ms", _each("turns", "endpoint_ms"), (0.5, 0.9, 0.95)),
    Latency("session_init_ms", _each("sessions", "session_init_ms"), (0.5, 0.95)),
    Latency("first_text_from_audio_start_ms", _each("sessions", "first_text_from_audio_start_ms"), (0.5, 0.95)),
    Latency("flush_ms", _each("sessions", "flush_ms"), (0.5, 0.95)),
    Latency("close_ms", _each("sessions", "close_ms"), (0.5, 0.95)),
)

RATIO: dict[str, Ratio] = {ratio.name: ratio for ratio in RATIOS}
LATENCY: dict[str, Latency] = {latency.name: latency for latency in LATENCIES}
