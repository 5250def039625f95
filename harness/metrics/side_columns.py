"""Columns of a session's row that say more than its words: stability, endpointing, word latency, the wire."""

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

from harness.metrics.analysis import SessionAnalysis
from harness.metrics.endpointing import holds, holds_fired_on
from harness.metrics.quantiles import quantile_sorted
from harness.metrics.stability import Stability

Columns = Mapping[str, Any]


def stability_columns(analysis: SessionAnalysis, *, is_compared: bool) -> Columns:
    """What was taken back; zeros unless both sessions succeeded."""
    total = reduce(add, analysis.stability, Stability()) if is_compared else Stability()
    return {
        "erased_tokens": total.erased_tokens,
        "final_tokens": total.final_tokens,
        "unstable_tokens": total.unstable_tokens,
        "grid_erased_tokens": total.grid_erased_tokens,
        "raw_final_tokens": total.raw_final_tokens,
        "raw_erased_tokens": total.raw_erased_tokens,
        "raw_unstable_tokens": total.raw_unstable_tokens,
        "shown_segments": total.shown_segments,
        "unstable_segments": total.unstable_segments,
        "no_partial_segments": total.no_partial_segments,
    }


def hold_columns(analysis: SessionAnalysis, *, is_compared: bool) -> Columns:
    """Pauses inside turns and those fired on, by text and by times alone; zeros unless both sessions succeeded.

    How many turns have a pause is told of every session: it says what the corpus has, not what a service did.
    """
    by_time = analysis.by_time
    hold_turns, fired = ((), ()) if by_time is None else (by_time.hold_turns, by_time.fired)
    of_corpus = {"time_hold_turns": len(set(hold_turns))}
    if not is_compared:
        return of_corpus
    reference = analysis.reference
    pauses = holds(reference.times_s, reference.turn_of)
    return of_corpus | {
        "forced_cuts": analysis.roles.count("forced_cut"),
        "holds": len(pauses),
        "holds_fired": len(holds_fired_on(analysis.endings, reference.turn_of, pauses)),
        "time_holds": len(fired),
        "time_holds_fired": sum(fired),
        "time_hold_turns_fired": len({turn for turn, hit in zip(hold_turns, fired, strict=True) if hit}),
    }


def word_latency_columns(analysis: SessionAnalysis) -> Columns:
    """How many words could be timed."""
    timings = analysis.timings
    return {
        "timed_reference_words": sum(times_s is not None for times_s in analysis.reference.times_s),
        "timed_right_words": len(timings.timed) + timings.after_stop,
        "words_after_stop": timings.after_stop,
    }


def wire_columns(analysis: SessionAnalysis) -> Columns:
    """What the recorder and the service's acknowledgements say, without any word."""
    header = analysis.session.header
    lags_ms = sorted(analysis.ack_lags_ms)
    return {
        "send_stamp": header.send_stamp,
        "loop_lag_p99_ms": header.loop_lag_ms.get("p99"),
        "loop_lag_max_ms": header.loop_lag_ms.get("max"),
        "ack_lag_p50_ms": quantile_sorted(lags_ms, 0.5),
        "ack_lag_p95_ms": quantile_sorted(lags_ms, 0.95),
    }
