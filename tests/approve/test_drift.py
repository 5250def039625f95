"""A run's candidate beside that of a baseline file."""

import copy
from dataclasses import replace

import pytest
import synthetic
from test_baseline_file import RUN, text_of

from harness.approve.baseline_file import BaselineFile, read_baseline, write_baseline
from harness.approve.drift import compared, summary_of
from harness.errors import RunError
from harness.metrics.word_counts import WordCounts
from harness.verdict.judge import judge
from harness.verdict.rules import RULE_NAMES, GateSettings

SETTINGS = GateSettings(resamples=999, levels={"entity_miss": "error"})


@pytest.fixture(scope="module")
def then():
    """A run of thirty calls: the one that is approved."""
    scores = synthetic.run(30, seed=5, missing=0.005, turns=12)
    return replace(scores, sessions=tuple(replace(row, entity_mentions=10, entity_misses=1) for row in scores.sessions))


@pytest.fixture(scope="module")
def baseline(then, tmp_path_factory: pytest.TempPathFactory) -> BaselineFile:
    """Its file."""
    path = tmp_path_factory.mktemp("baseline") / "accepted.json"
    write_baseline(path, text_of(then))
    return read_baseline(path)


def judged(scores, settings=SETTINGS):
    options = {"run_valid": True, "invalid_reason": None, "emulated": False, "run_id": "tonight"}
    return {rule.rule.name: rule.evidence for rule in judge(scores, settings, **options).rules}


def changed(scores, table="sessions", **changes):
    """The same run with every candidate row of a table changed."""
    rows = getattr(scores, table)
    return replace(
        scores, **{table: tuple(replace(row, **changes) if row.side == "candidate" else row for row in rows)}
    )


def test_nothing_changed(then, baseline):
    """The run that was approved is, against itself, the same in every rule and every session."""
    scores, against = compared(baseline, RUN, then)

    found = judged(scores)

    assert set(RULE_NAMES) == set(found)
    assert {0} == {evidence.value for evidence in found.values()}
    assert ("accepted.json", "cutover", (), 0) == (against.file, against.run_id, against.warnings, against.unpaired)


TWELVE = {"hits": 80, "substitutions": 20}
DRIFTS = {
    ("wer_abs", "wer_rel"): ("sessions", {"words": WordCounts(**TWELVE), "words_secondary": WordCounts(**TWELVE)}),
    ("success",): ("sessions", {"succeeded": False}),
    ("final_p50", "final_p95"): ("turns", {"final_ms": 2000.0}),
    ("first_partial_p50", "first_partial_p95"): ("utterances", {"first_partial_ms": 2000.0}),
    ("false_cutoff",): ("sessions", {"early_cut_turns": 3}),
    ("entity_miss",): ("sessions", {"entity_misses": 4}),
    ("post_final_mutation",): ("sessions", {"post_final_mutations": 1}),
    ("erasure",): ("sessions", {"erased_tokens": 60}),
}


def test_every_rule_has_a_drift():
    """A rule that is added needs its columns in the file."""
    assert sorted(RULE_NAMES) == sorted(name for names in DRIFTS for name in names)


@pytest.mark.parametrize("names", DRIFTS, ids=" ".join)
def test_what_the_candidate_does_worse_now_is_found(then, baseline, names):
    """Rule by rule, with the figures that the ordinary gate would have, had both runs been one."""
    table, changes = DRIFTS[names]
    words = {row.clip_id: row.words.reference_words for row in then.sessions}
    now = changed(then, table, **changes)
    if "words" in changes:
        rows = [
            replace(row, words=_worse(words[row.clip_id]), words_secondary=_worse(words[row.clip_id]))
            for row in now.sessions
        ]
        now = replace(then, sessions=tuple(rows))
    mine = {
        table: [row for row in getattr(then, table) if row.side == "candidate"]
        for table in ("sessions", "utterances", "turns")
    }
    both = {
        table: [
            *(replace(row, side="baseline") for row in rows),
            *(row for row in getattr(now, table) if row.side == "candidate"),
        ]
        for table, rows in mine.items()
    }

    found, expected = judged(compared(baseline, RUN, now)[0]), judged(synthetic.scores(**both))

    for name in names:
        assert "fail" == found[name].outcome
        assert expected[name].outcome == found[name].outcome
        assert expected[name].value == pytest.approx(found[name].value, abs=0.002)
        assert expected[name].low == pytest.approx(found[name].low, abs=0.002)


def _worse(words):
    return WordCounts(hits=words - words // 3, substitutions=words // 3)


def test_a_run_of_the_candidate_alone_will_do(then, baseline):
    """After the cutover nobody pays for the old service every night."""
    alone = {
        name: tuple(row for row in getattr(then, name) if row.side == "candidate")
        for name in ("sessions", "utterances", "turns")
    }

    found = judged(compared(baseline, RUN, replace(then, **alone))[0])

    assert {0} == {evidence.value for evidence in found.values()}


def test_turns_count_only_where_both_sides_have_them(then, baseline):
    """A session has no turns where the service beside it failed; that is no drift, and no contradiction either."""
    first, *others = (row for row in then.sessions if row.side == "candidate")
    now = replace(then, sessions=(replace(first, turns=0, early_cut_turns=0), *others))

    found = judged(compared(baseline, RUN, now)[0])

    assert (0, 29) == (found["false_cutoff"].value, found["false_cutoff"].calls)


def test_sessions_that_one_of_both_lacks_are_left_out_and_counted(then, baseline):
    """What is not paired by clip and pass can't be compared."""
    more = replace(then, sessions=(*then.sessions, synthetic.session("new", "candidate")))

    scores, against = compared(baseline, RUN, more)

    assert (1, 60) == (against.unpaired, len(scores.sessions))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("identity", "manifest"), "ee" * 32, f"corpus .manifest. was {'ab' * 32} and is {'ee' * 32}"),
        (("identity", "recordings"), {"b": "x"}, "corpus .recordings. was"),
        (("identity", "audio", "chunk_ms"), 50.0, "audio.chunk_ms was 100.0 and is 50.0"),
        (("identity", "audio", "encoding"), "pcm_mulaw", "audio.encoding was pcm_s16le and is pcm_mulaw"),
        (("endpoint",), "emulated", "endpoint was live and is emulated"),
        (("config", "candidate", "provider"), "assemblyai", "provider was gladia and is assemblyai"),
        (("config", "score", "consume"), "first", "score.consume was formatted and is first"),
    ],
)
def test_what_cannot_be_compared_is_refused(then, baseline, path, value, message):
    """Naming what was and what is."""
    document = copy.deepcopy(RUN)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(
        RunError, match=rf"accepted\.json: can't be compared with run cutover, because these differ: {message}"
    ):
        compared(baseline, document, then)


def test_another_normaliser_is_refused(then, baseline):
    """Words that are the same for one may differ for the other."""
    with pytest.raises(RunError, match=r"normaliser was whisper-english@1\+000000000000 and is other@2"):
        compared(baseline, RUN, replace(then, norm_id="other@2"))


def test_host_region_sdk_and_parameters_may_differ_and_are_told(then, baseline):
    """They would explain a drift."""
    document = copy.deepcopy(RUN)
    document["identity"]["sdks"]["candidate"] = "gladiaio-sdk 2.3.0"
    document["identity"]["passes"] = 2
    document["config"]["candidate"] |= {"host": "https://eu", "params_as_sent": {"region": "us-west", "pre": True}}

    assert (
        "host was production and is https://eu",
        "region was eu-west and is us-west",
        "SDK was gladiaio-sdk 2.2.0 and is gladiaio-sdk 2.3.0",
        "passes was 1 and is 2",
        "params.endpointing was 0.4 and is not set",
        "params.pre was not set and is True",
    ) == compared(baseline, document, then)[1].warnings


def test_the_summary_counts_then_and_now(then, baseline):
    """Sessions of the file stand where the baseline's would."""
    counts = {"planned": 30, "completed": 30, "failed": 0, "invalid": 0, "not_recorded": 0}
    summary = {"normalizer": "n", "sessions": {"candidate": counts}, "harness": {"reruns": 0}}
    scores, _ = compared(baseline, RUN, then)

    found = summary_of(scores, summary)

    assert (counts, counts, True) == (
        found["sessions"]["baseline"],
        found["sessions"]["candidate"],
        found["audio_identical"],
    )
    other = compared(baseline, RUN, changed(then, audio_sha256="00" * 32))[0]
    assert summary_of(other, summary)["audio_identical"] is False


def test_nothing_in_common_never_passes(then, baseline):
    """A file without the sessions of this run shows nothing."""
    scores, against = compared(replace(baseline, sessions={}), RUN, then)

    assert 30 == against.unpaired
    assert set() == {evidence.outcome for evidence in judged(scores).values()} & {"pass", "fail"}


def test_early_cuts_by_times_drift_too(then, tmp_path):
    """Where the configuration judges by times; a session beside a failed one counts on neither side."""
    paused = replace(then, sessions=tuple(replace(row, turns=0, time_hold_turns=6) for row in then.sessions))
    write_baseline(tmp_path / "b.json", text_of(paused))
    first, *others = changed(paused, time_hold_turns_fired=2).sessions
    now = replace(then, sessions=(replace(first, succeeded=False), *others))
    settings = replace(SETTINGS, endpoint_source="time")

    found = judged(compared(read_baseline(tmp_path / "b.json"), RUN, now)[0], settings)["false_cutoff"]

    assert ("fail", 29, 0.0, pytest.approx(1 / 3)) == (found.outcome, found.calls, found.baseline, found.candidate)


def test_another_reference_is_refused(then, baseline):
    """The corpus is the same, so a file that says otherwise was damaged; it is named rather than the scores."""
    now = changed(then, words=WordCounts(hits=1))

    with pytest.raises(RunError, match=r"accepted\.json: damaged: clip 'call-0000' has .* reference words there"):
        compared(baseline, RUN, now)
