import json
import math
from dataclasses import replace

import pytest
import synthetic

from harness.metrics.scores import BoundaryScore, PooledScore
from harness.metrics.word_counts import WordCounts
from harness.verdict.rules import TOO_FEW_CALLS, GateSettings
from harness.verdict.slice_names import slice_names
from harness.verdict.summary import summarise

INF = math.inf
FAST = GateSettings(resamples=999)


def summary(scores, **changes):
    planned = {side: sum(s.side == side for s in scores.sessions) for side in synthetic.SIDES}
    return summarise(scores, FAST, **{"run_id": "r", "endpoint": "emulated", "planned": planned} | changes)


def boundary(kind, baseline=None, candidate=None, offset_ms=None, offset_class=None):
    return BoundaryScore("call-0000", 1, kind, baseline, candidate, None, None, offset_ms, offset_class, 12)


def leaves(value, path=""):
    """Every number, string and null of a document, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}/{key}")
    else:
        yield path, value


def test_shape():
    """The keys that other programs rely on."""
    document = summary(synthetic.run(24))

    assert ("harness.summary/1", "r", "emulated", True) == tuple(
        document[key] for key in ("schema", "run_id", "endpoint", "audio_identical")
    )
    assert {"lateness_ms", "loop_lag_ms", "invalid_sessions", "reruns", "throttled_count", "throttled"} == set(
        document["harness"]
    )
    assert {
        *(
            "wer",
            "wer_secondary",
            "session_failure_rate",
            "first_partial_ms",
            "first_text_ms",
            "final_ms",
            "endpoint_ms",
        ),
        *("session_init_ms", "false_cutoff_rate", "endpoint_recall", "merge_rate", "normalized_erasure"),
        *("post_final_mutation_count", "non_speech_insertions_per_min", "boundaries", "sdk_overhead_ms"),
    } <= set(document["metrics"])


def test_reruns_and_refusals_for_a_quota_are_counted():
    """Pairs that were recorded twice and sessions that were dialled again are part of the account."""
    counted = summary(synthetic.run(2), reruns=3, throttled={"gladia": 4, "assemblyai": 1})["harness"]

    assert (3, 5, {"assemblyai": 1, "gladia": 4}) == tuple(
        counted[key] for key in ("reruns", "throttled_count", "throttled")
    )


def test_ratio():
    """A ratio carries its counts, its difference the interval and the calls behind it."""
    scores = synthetic.run(24)

    wer = summary(scores)["metrics"]["wer"]

    pooled = sum((s.words for s in scores.sessions if s.side == "candidate"), WordCounts())
    assert (pooled.errors, pooled.reference_words, pytest.approx(pooled.rate, abs=1e-6)) == tuple(
        wer["candidate"][key] for key in ("errors", "reference_words", "value")
    )
    assert (24, 0.9) == (wer["difference"]["calls"], wer["difference"]["level"])
    assert wer["difference"]["low"] < wer["difference"]["value"] < wer["difference"]["high"]


def test_latency():
    """A latency carries n and missing, and infinite quantiles as a word."""
    latency = summary(synthetic.run(24, missing=0.3))["metrics"]["final_ms"]

    assert (288, 0) == (latency["baseline"]["n"], latency["baseline"]["missing"])
    assert ("inf", "inf") == (latency["candidate"]["p95"], latency["difference"]["p95"]["value"])
    assert latency["baseline"]["p99_informational"]


def test_each_side_has_sessions_of_its_own():
    """What one side lacks takes nothing from the other and is counted; the difference has an interval all the same.

    Where one side has nothing there is none, and fewer than five calls with a value on a side give no interval.
    """
    scores = synthetic.run(24)

    def changed(side, keep, **values):
        nothing = dict.fromkeys(values)
        return [replace(s, **(values if keep(i) else nothing)) for i, s in enumerate(scores.sessions) if s.side == side]

    baseline = changed("baseline", lambda i: i < 12, flush_ms=200.0, http_post_ms=None)
    candidate = changed("candidate", lambda i: i >= 40, flush_ms=230.0, http_post_ms=50.0)
    metrics = summary(replace(scores, sessions=(*baseline, *candidate)))["metrics"]
    flush, post = metrics["flush_ms"], metrics["http_post_ms"]

    assert [(6, 18), (4, 20)] == [(flush[side]["n"], flush[side]["excluded"]) for side in synthetic.SIDES]
    assert {"value": 30.0, "low": None, "high": None, "reason": TOO_FEW_CALLS} == flush["difference"]["p50"]
    assert {"value": None, "reason": "only the candidate has values"} == post["difference"]["p50"]
    wider = replace(scores, sessions=(*baseline, *changed("candidate", lambda i: i >= 30, flush_ms=230.0)))
    gap = summary(wider)["metrics"]["flush_ms"]["difference"]
    assert (15, {"value": 30.0, "low": 30.0, "high": 30.0}) == (gap["calls"], gap["p50"])


def test_nothing_is_zero():
    """What does not exist is null beside a reason, never 0."""
    metrics = summary(synthetic.scores())["metrics"]

    assert (None, "no reference_words") == (metrics["wer"]["baseline"]["value"], metrics["wer"]["baseline"]["reason"])
    assert (None, "no values") == (metrics["final_ms"]["baseline"]["p50"], metrics["final_ms"]["baseline"]["reason"])
    assert {None} == {
        value
        for path, value in leaves(metrics)
        if path.split("/")[-1] in {"value", "low", "high", "p50", "p90", "p95", "p99", "precision", "recall", "f1"}
        and "offset" not in path
    }


def test_json_safe():
    """The document is strict JSON, with infinities or without."""
    for scores in (synthetic.scores(), synthetic.run(1), synthetic.run(24, missing=0.3)):
        json.dumps(summary(scores), allow_nan=False)


def test_single_call_has_no_interval():
    """One call has values, and no interval."""
    metrics = summary(synthetic.run(1))["metrics"]

    assert [(None, None)] * 2 == [
        (gap["low"], gap["high"]) for gap in (metrics["wer"]["difference"], metrics["final_ms"]["difference"]["p50"])
    ]


def test_deterministic():
    """Equal scores give an equal document, byte for byte."""
    first, second = (json.dumps(summary(synthetic.run(24))) for _ in range(2))

    assert first == second


def test_sessions():
    """Every planned session is completed, failed, invalid or not recorded."""
    scores = synthetic.run(4)
    changes = [{}, {"succeeded": False}, {"valid": False}, {"valid": False, "succeeded": False}]
    sessions = iter(scores.sessions)
    changed = [
        replace(next(sessions), **change) if side == "baseline" else next(sessions)
        for change in changes
        for side in synthetic.SIDES
    ]

    counts = summary(replace(scores, sessions=tuple(changed)), planned={"baseline": 5, "candidate": 4})["sessions"]

    assert {"planned": 5, "completed": 1, "failed": 1, "invalid": 2, "not_recorded": 1} == counts["baseline"]


@pytest.mark.parametrize(("digest", "expected"), [("ab" * 32, True), ("cd" * 32, False), ("", False)])
def test_audio_identical(digest, expected):
    """Audio counts as identical only if both hashes exist and agree."""
    scores = synthetic.run(2)
    sessions = tuple(
        replace(s, audio_sha256=digest) if s.side == "candidate" and s.clip_id == "call-0001" else s
        for s in scores.sessions
    )

    assert expected == summary(replace(scores, sessions=sessions))["audio_identical"]


def test_audio_without_hashes():
    """Two hashes that are both missing prove nothing."""
    scores = synthetic.run(2)

    assert not summary(replace(scores, sessions=tuple(replace(s, audio_sha256="") for s in scores.sessions)))[
        "audio_identical"
    ]


def test_audio_of_nothing():
    """Without a complete pair nobody knows whether the audio was identical."""
    document = summary(synthetic.scores())

    assert document["audio_identical"] is None
    assert "audio_identical_reason" in document


def test_lateness():
    """Pooled lateness is taken as given, else the worst session stands for the run and is named as such."""
    scores = synthetic.run(2)

    chunks = PooledScore("send_lateness_ms", "both", 600, 0.1, 0.5, 1.0, 9.0)
    pooled = summary(replace(scores, pooled=(chunks,)))["harness"]["lateness_ms"]
    worst = summary(scores)["harness"]["lateness_ms"]

    assert {"p50": 0.1, "p99": 1.0, "max": 9.0, "over": "chunks"} == pooled
    assert {"p50": 0.2, "p99": 2.0, "max": 5.0, "over": "worst session"} == worst


def test_boundaries():
    """The worked example: two matched, one of them next door, and one split."""
    rows = [
        boundary("matched", 4, 4, 10.0, "equal"),
        boundary("matched", 8, 7, -300.0, "early"),
        boundary("split", None, 10),
    ]

    block = summary(replace(synthetic.run(2), boundaries=tuple(rows)))["metrics"]["boundaries"]

    assert (0.666667, 1.0, 0.8, 0.5, 1) == tuple(
        block[key] for key in ("precision", "recall", "f1", "boundary_similarity", "split")
    )
    assert (2, 1, 1, -145.0) == tuple(block["offset_ms"][key] for key in ("n", "early", "equal", "p50"))


def test_no_boundaries():
    """Without any boundary both sides agree, and there is no F1."""
    block = summary(synthetic.run(2))["metrics"]["boundaries"]

    assert (None, 1.0) == (block["f1"], block["boundary_similarity"])


def test_slice_names():
    """A bare tag is a slice of its own name, a tag with a value is that pair."""
    session = synthetic.session(tags=("noisy", "snr=low"), language="es", speaker="ann")

    assert ("tag=noisy", "snr=low", "lang=es", "speaker=ann", "duration=1min-to-10min") == slice_names(session)


def test_slices():
    """A slice pools the pairs that carry its name, and no others."""
    scores = synthetic.run(6)
    tagged = tuple(
        replace(s, tags=("noisy",)) if s.clip_id in ("call-0001", "call-0002") else s for s in scores.sessions
    )

    slices = summary(replace(scores, sessions=tagged))["slices"]

    assert (2, 2) == (slices["tag=noisy"]["pairs"], slices["tag=noisy"]["calls"])
    assert slices["tag=noisy"]["metrics"]["wer"]["baseline"]["errors"] == sum(
        s.words.errors for s in scores.sessions if s.side == "baseline" and s.clip_id in ("call-0001", "call-0002")
    )
    assert 6 == slices["lang=en"]["pairs"]


def test_turns_are_annotated_if_any_session_names_them():
    """Else each utterance is taken for one."""
    scores = synthetic.run(2)
    first, *others = scores.sessions
    named = replace(scores, sessions=(replace(first, turns_derived=False), *others))

    assert ("utterances (derived)", "annotated") == tuple(summary(each)["turns"] for each in (scores, named))


def test_what_was_not_measured_is_null_and_the_worst_session_stands_for_the_run():
    """Of each figure on its own; a session without one takes nothing from the others."""
    scores = synthetic.run(2)
    changes = iter(
        [{"lateness_p99_ms": 7.25, "lateness_max_ms": None}, {"loop_lag_p99_ms": 1.5}, {"lateness_p99_ms": None}, {}]
    )
    found = summary(replace(scores, sessions=tuple(replace(s, **next(changes)) for s in scores.sessions)))["harness"]

    assert {"p50": 0.2, "p99": 7.2, "max": 5.0, "over": "worst session"} == found["lateness_ms"]
    assert {"p99": 1.5, "max": None, "over": "worst session"} == found["loop_lag_ms"]
    assert (0, 0, 0, {}) == tuple(
        found[name] for name in ("invalid_sessions", "reruns", "throttled_count", "throttled")
    )


def test_a_summary_names_what_it_was_made_with():
    """Normalisers, stamps and where reference times come from; more sessions than planned are none that lack."""
    scores = synthetic.run(2)
    vad = replace(scores.utterances[0], time_source="vad")
    found = summary(replace(scores, utterances=(vad, *scores.utterances[1:])), planned={"baseline": 1})

    assert ("whisper-english@1+000000000000", "gladia@1+000000000000", "wire") == tuple(
        found[name] for name in ("normalizer", "normalizer_secondary", "recv_stamp")
    )
    assert {"vad": 1, "words": 23} == found["time_sources"]
    assert [(1, 0), (0, 0)] == [
        tuple(found["sessions"][side][key] for key in ("planned", "not_recorded")) for side in synthetic.SIDES
    ]
