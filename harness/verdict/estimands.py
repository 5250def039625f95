"""What is compared: every ratio as paired counts, every latency as paired samples, pooled by call.

The tables `RATIOS` here and `LATENCIES` in its own module are the whole vocabulary; adding a metric is adding a line. Passes of a clip and
clips of a call are pooled within the call, the unit that is statistically independent.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from harness.errors import InvalidRunError
from harness.metrics.scores import SessionScore
from harness.metrics.word_counts import WordCounts
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
    """One latency on both sides, in ms; `inf` where it never came, nan where a side has none."""

    clip_id: str
    call_id: str
    baseline_ms: float
    candidate_ms: float
    pass_number: int = 1


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
    """Samples of both sides, of shape (n,), in ms, nan where a side has none; and the index of the call each belongs to."""

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
        binary: True if a trial has at most one event, so that the exact bounds apply.
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
    """A latency metric.

    Attributes:
        name: As in `summary.json`.
        values: `(clip, call, pass, baseline, candidate)`; None: not available.
        quantiles: Those that are shown.
        unit: `ms`, or what a value is in.
        paired: True if only values available on both sides count; else each side counts all that it has.
        from_sending: True if it counts from the sending of audio, so that sides compare only if that is stamped alike.
        of_words: True if its population is the words right on both sides, of which the coverage is told.
        warn_above: A median above this is marked.
    """

    name: str
    values: Callable[[Population], Iterable["Value"]]
    quantiles: tuple[float, ...]
    unit: str = "ms"
    paired: bool = True
    from_sending: bool = False
    of_words: bool = False
    warn_above: float | None = None


Value = tuple[str, str, int, float | None, float | None]


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
    for clip_id, call_id, pass_number, baseline, candidate in latency.values(population):
        if baseline is not None and candidate is not None:
            rows.append(SampleRow(clip_id, call_id, baseline, candidate, pass_number))
        elif baseline is not None or candidate is not None:
            unpaired += 1
    return tuple(rows), unpaired


def own_samples(latency: Latency, population: Population) -> tuple[tuple[SampleRow, ...], tuple[int, int]]:
    """The values that either side has, nan where it has none; and how many each side is without, of all there could be."""
    rows, excluded = [], [0, 0]
    for clip_id, call_id, pass_number, *values in latency.values(population):
        for side, value in enumerate(values):
            excluded[side] += value is None
        baseline, candidate = (math.nan if value is None else value for value in values)
        if not (math.isnan(baseline) and math.isnan(candidate)):
            rows.append(SampleRow(clip_id, call_id, baseline, candidate, pass_number))
    return tuple(rows), (excluded[0], excluded[1])


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
    for pair in population.with_words:
        yield _word_row(pair, pair.baseline.words, pair.candidate.words)


def secondary_word_rows(population: Population) -> Iterator[CountRow]:
    """Word errors under the secondary normaliser, where it supports the language."""
    return _rows_of_counts(population.with_words, attrgetter("words_secondary"))


def second_opinion_rows(population: Population) -> Iterator[CountRow]:
    """The same words as `word_rows`, under the secondary normaliser wherever it supports the language."""
    for pair in population.with_words:
        a, b = pair.baseline.words_secondary, pair.candidate.words_secondary
        if a is None or b is None:
            a, b = pair.baseline.words, pair.candidate.words
        yield _word_row(pair, a, b)


def _rows_of_counts(
    pairs: Iterable[SessionPair], counts: Callable[[SessionScore], WordCounts | None]
) -> Iterator[CountRow]:
    """Rows of the pairs of which both sides have these counts."""
    for pair in pairs:
        a, b = counts(pair.baseline), counts(pair.candidate)
        if a is not None and b is not None:
            yield _word_row(pair, a, b)


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


def _by_time_rows(population: Population) -> Iterator[CountRow]:
    for pair in population.turns:
        a, b = pair.baseline, pair.candidate
        if a.endpoint_by_time_ms is not None and b.endpoint_by_time_ms is not None:
            hits = (float(math.isfinite(a.endpoint_by_time_ms)), float(math.isfinite(b.endpoint_by_time_ms)))
            yield CountRow(a.clip_id, a.call_id, hits[0], 1.0, hits[1], 1.0)


def _other_tail_rows(population: Population) -> Iterator[CountRow]:
    return _rows_of_counts(population.with_words, attrgetter("words_other_tail"))


def _partial_word_rows(population: Population) -> Iterator[CountRow]:
    succeeded = (pair for pair in population.with_words if pair.both_succeeded)
    return _rows_of_counts(succeeded, attrgetter("words_partial"))


def _turn_ratio(name: str, end_class: str) -> Ratio:
    return Ratio(name, _end_class_rate(end_class), end_class, "turns", binary=True)


def _per_session(
    name: str, events: str, trials: str, *, common: bool = False, binary: bool = False, both_succeeded: bool = True
) -> Ratio:
    """A ratio of two columns of `sessions`."""
    rows = _session_counts(attrgetter(events), attrgetter(trials), both_succeeded=both_succeeded)
    return Ratio(name, rows, events, trials, common=common, binary=binary)


RATIOS: tuple[Ratio, ...] = (
    Ratio("wer", word_rows, "errors", "reference_words"),
    Ratio("wer_secondary", secondary_word_rows, "errors", "reference_words"),
    Ratio("wer_other_tail", _other_tail_rows, "errors", "reference_words"),
    Ratio(
        "session_failure_rate",
        _session_counts(lambda s: not s.succeeded, lambda _: 1, both_succeeded=False),
        "failed",
        "sessions",
        binary=True,
    ),
    _per_session("false_cutoff_rate", "early_cut_turns", "turns", common=True, binary=True),
    _per_session("false_cutoff_per_hold", "holds_fired", "holds", common=True, binary=True),
    _turn_ratio("endpoint_recall", "ok"),
    _turn_ratio("merge_rate", "merged"),
    _turn_ratio("early_rate", "early"),
    _turn_ratio("late_rate", "late"),
    _turn_ratio("forced_rate", "forced"),
    _turn_ratio("flush_rate", "flush"),
    _turn_ratio("missing_rate", "missing"),
    Ratio("endpoint_recall_by_time", _by_time_rows, "ended", "turns", binary=True),
    Ratio(
        "false_cutoff_rate_by_time",
        _session_counts(attrgetter("time_hold_turns_fired"), attrgetter("time_hold_turns")),
        "cut_turns",
        "turns_with_pauses",
        binary=True,
    ),
    _per_session("false_cutoff_per_hold_by_time", "time_holds_fired", "time_holds", common=True, binary=True),
    Ratio("no_partial_rate", _missing_rate("first_partial_ms"), "without_partial", "utterances", binary=True),
    Ratio("no_text_rate", _missing_rate("first_text_ms"), "without_text", "utterances", binary=True),
    _per_session("words_after_stop_rate", "words_after_stop", "timed_right_words", both_succeeded=False),
    Ratio(
        "entity_miss_rate",
        _session_counts(attrgetter("entity_misses"), attrgetter("entity_mentions"), both_succeeded=False),
        "misses",
        "mentions",
        binary=True,
    ),
    _per_session("normalized_erasure", "erased_tokens", "final_tokens"),
    _per_session("normalized_erasure_grid", "grid_erased_tokens", "final_tokens"),
    _per_session("normalized_erasure_raw", "raw_erased_tokens", "raw_final_tokens"),
    _per_session("unstable_word_ratio", "unstable_tokens", "final_tokens"),
    _per_session("unstable_word_ratio_raw", "raw_unstable_tokens", "raw_final_tokens"),
    _per_session("unstable_segment_ratio", "unstable_segments", "shown_segments"),
    Ratio(
        "edit_overhead",
        _session_counts(lambda s: 2 * s.erased_tokens, lambda s: s.final_tokens + 2 * s.erased_tokens),
        "unnecessary_edits",
        "edits",
        common=False,
    ),
    Ratio("partials_per_s", _partials_per_second, "partials", "speech_s", "per_s", whole=False),
    Ratio("partial_wer", _partial_word_rows, "errors", "reference_words"),
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

RATIO: dict[str, Ratio] = {ratio.name: ratio for ratio in RATIOS}
