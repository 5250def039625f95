"""A small deterministic generator of scores, so that verdict tests state only what they are about."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from harness.metrics.scores import Scores, SessionScore, TurnScore, UtteranceScore
from harness.metrics.word_counts import WordCounts
from harness.verdict.approval import Approval

SIDES = ("baseline", "candidate")


def session(clip_id="clip", side="baseline", *, errors=0, reference_words=100, **changes):
    """One valid, successful session with `errors` substitutions in `reference_words` words."""
    words = WordCounts(hits=reference_words - errors, substitutions=errors)
    row = SessionScore(
        clip_id=clip_id,
        call_id=clip_id,
        side=side,
        provider="assemblyai" if side == "baseline" else "gladia",
        pass_number=1,
        tags=(),
        language="en",
        speaker=None,
        duration_s=60.0,
        valid=True,
        invalid_reason=None,
        succeeded=True,
        failure_reason=None,
        has_reference=True,
        words=words,
        words_secondary=words,
        non_speech_insertions=0,
        open_tail_words=0,
        turns=10,
        early_cut_turns=0,
        segments=10,
        spurious_segments=0,
        partials=40,
        erased_tokens=10,
        final_tokens=100,
        post_final_mutations=0,
        formatted_missing=0,
        session_init_ms=200.0,
        http_post_ms=None,
        ws_open_ms=None,
        flush_ms=100.0,
        close_ms=150.0,
        first_text_from_audio_start_ms=900.0,
        lateness_p50_ms=0.2,
        lateness_p99_ms=2.0,
        lateness_max_ms=5.0,
        sdk_overhead_p50_ms=0.5,
        sdk_overhead_p99_ms=3.0,
        reconnects=0,
        audio_sha256="ab" * 32,
        text="",
    )
    return replace(row, **changes)


def utterance(clip_id="clip", side="baseline", index=0, **changes):
    """One utterance of ten words, first shown by a partial after 500 ms."""
    row = UtteranceScore(
        clip_id=clip_id,
        call_id=clip_id,
        side=side,
        pass_number=1,
        utterance=index,
        turn=index,
        start_s=5.0 * index,
        end_s=5.0 * index + 3.0,
        time_source="words",
        text="ten words",
        reference_words=10,
        errors=0,
        first_partial_ms=500.0,
        first_text_ms=500.0,
        false_start=False,
    )
    return replace(row, **changes)


def turn(clip_id="clip", side="baseline", index=0, **changes):
    """One turn that ended in time, with its final after 600 ms."""
    row = TurnScore(
        clip_id=clip_id,
        call_id=clip_id,
        side=side,
        pass_number=1,
        turn=index,
        end_s=5.0 * index + 3.0,
        final_ms=600.0,
        endpoint_ms=550.0,
        end_class="ok",
        early_cuts=0,
    )
    return replace(row, **changes)


def scores(sessions: Sequence = (), utterances: Sequence = (), turns: Sequence = (), boundaries: Sequence = ()):
    """Tables as a run has them."""
    return Scores(
        norm_id="whisper-english@1+000000000000",
        secondary_norm_id="gladia@1+000000000000",
        recv_stamp="wire",
        sessions=tuple(sessions),
        utterances=tuple(utterances),
        turns=tuple(turns),
        segments=(),
        words=(),
        boundaries=tuple(boundaries),
    )


def run(
    calls=30,
    *,
    seed=0,
    baseline_wer=0.08,
    candidate_wer=0.08,
    slower_ms=0.0,
    turns=12,
    missing=0.0,
    clip="call-{:04d}",
):
    """A whole run: one clip a call; words, latencies and turns drawn at random.

    `missing` is the share of the candidate's latencies that never came.
    """
    rng = np.random.default_rng(seed)
    tables = {"sessions": [], "utterances": [], "turns": []}
    for call in range(calls):
        name, words = clip.format(call), int(rng.integers(60, 160))
        pace = rng.normal(0, 40)
        for side, wer, extra in zip(SIDES, (baseline_wer, candidate_wer), (0.0, slower_ms), strict=True):
            errors = int(rng.binomial(words, wer))
            tables["sessions"].append(session(name, side, errors=errors, reference_words=words, turns=turns))
            for i in range(turns):
                partial, final = rng.normal(600 + pace + extra, 60), rng.normal(700 + pace + extra, 80)
                lost = side == "candidate" and rng.random() < missing
                partial, final = (math.inf, math.inf) if lost else (float(partial), float(final))
                tables["utterances"].append(utterance(name, side, i, first_partial_ms=partial, first_text_ms=partial))
                tables["turns"].append(turn(name, side, i, final_ms=final, endpoint_ms=final))
    return scores(**tables)


APPROVED = Approval(
    name="wer_abs",
    outcome="fail",
    value=0.020,
    low=0.012,
    high=0.028,
    margin=0.01,
    unit="ratio",
    endpoint="live",
    run_id="cutover",
    reason="names of drugs",
    author="Ann",
    approved=date(2026, 11, 1),
    until=date(2026, 12, 31),
)
"""A difference of 2 points that Ann accepted."""
