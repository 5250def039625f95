"""Baseline files: what an approved candidate did."""

import json
from pathlib import Path

import pytest
import synthetic

from harness.approve.baseline_file import baseline_text, identity_of, read_baseline, write_baseline
from harness.errors import ConfigError, RunError

SIDE = {"provider": "gladia", "host": "production", "params_as_sent": {"endpointing": 0.4, "region": "eu-west"}}
RUN = {
    "run_id": "cutover",
    "endpoint": "live",
    "created_at": "2026-01-31T09:30:00+00:00",
    "config": {"candidate": SIDE, "score": {"consume": "formatted", "tail_policy": "include", "keywords": []}},
    "identity": {
        "manifest": "ab" * 32,
        "recordings": {"a": "cd" * 32},
        "passes": 1,
        "audio": {"encoding": "pcm_s16le", "chunk_ms": 100.0},
        "sdks": {"baseline": "assemblyai 1", "candidate": "gladiaio-sdk 2.2.0"},
    },
}
VERDICT = {"verdict": "pass", "rules": [{"rule": "wer_abs", "verdict": "pass", "candidate": 0.08}]}
NOBODY = {"author": "", "reason": ""}


def text_of(scores):
    return baseline_text(RUN, scores, VERDICT, NOBODY)


def test_a_line_a_session(tmp_path: Path):
    """So that a diff shows which recording changed; small enough to commit."""
    scores = synthetic.run(3, turns=2, missing=0.5)
    write_baseline(tmp_path / "b.json", text_of(scores))

    lines = [line for line in (tmp_path / "b.json").read_text().splitlines() if line.startswith('    ["call-')]

    assert lines[0].startswith('    ["call-0000",1,true,"abababababababab",[')
    assert 3 == len(lines)
    assert all(len(line) < 160 for line in lines)
    assert text_of(scores) == text_of(scores)


def test_what_is_written_is_read(tmp_path: Path):
    """Counts exactly, latencies to 0.001 ms; what never came stays apart from what is not available."""
    scores = synthetic.run(2, turns=3, missing=0.5, seed=3)
    write_baseline(tmp_path / "b.json", text_of(scores))

    baseline = read_baseline(tmp_path / "b.json")

    rows = [row for row in scores.sessions if row.side == "candidate"]
    assert [row.clip_id for row in rows] == [clip for clip, _ in baseline.sessions]
    for row, stored in zip(rows, baseline.sessions.values(), strict=True):
        assert (row.words, row.words_secondary, row.turns) == (
            stored.words,
            stored.words_secondary,
            stored.counts["turns"],
        )
        finals = [turn.final_ms for turn in scores.turns if (turn.side, turn.clip_id) == ("candidate", row.clip_id)]
        assert finals == [pytest.approx(value, abs=0.0006) for value in stored.final_ms]
    assert ("b.json", "cutover", "eu-west") == (baseline.name, baseline.run_id, baseline.conditions["region"])


def test_sessions_that_the_harness_spoilt_are_left_out(tmp_path: Path):
    """They say nothing about the candidate."""
    spoilt = synthetic.session("x", "candidate", valid=False)
    write_baseline(tmp_path / "b.json", text_of(synthetic.scores([synthetic.session("a", "candidate"), spoilt])))

    assert [("a", 1)] == list(read_baseline(tmp_path / "b.json").sessions)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:-20], "not readable as a baseline file"),
        (lambda _: "[]", "not readable as a baseline file"),
        (lambda text: text.replace("baseline/1", "baseline/9"), "schema is 'harness.baseline/9', this version reads"),
        (lambda _: "[" * 100_000, "not readable as a baseline file"),
        (lambda text: text.replace('"run_id"', '"schema"'), r"not readable as a baseline file \(schema is there twice"),
        (lambda text: text.replace("true", "NaN"), r"not readable as a baseline file \(NaN is no number"),
        (lambda text: text.replace('"turns",', ""), "damaged: session 1"),
        (lambda text: text.replace('"run_id"', '"run"'), "damaged: run_id is missing"),
        (lambda text: text.replace('"conditions": {', '"conditions": null, "x": {'), "damaged: conditions is None"),
        (lambda text: text.replace("2026-01-31T", "yesterday"), "damaged: Invalid isoformat"),
        (
            lambda text: text.replace("call-0001", "call-0000"),
            "damaged: session 2: clip 'call-0000', pass 1 is there twice",
        ),
        (
            lambda text: text.replace('0001",1,true', '0001",1,1'),
            "damaged: session 2: succeeded is 1; it must be true or",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage, message: str):
    """Never compared with in part."""
    (tmp_path / "b.json").write_text(damage(text_of(synthetic.run(2, turns=1))))

    with pytest.raises(ConfigError, match=rf"b\.json: {message}"):
        read_baseline(tmp_path / "b.json")


def test_a_missing_file_is_refused(tmp_path: Path):
    """With the command that makes one."""
    with pytest.raises(ConfigError, match=r"there is no such file. `harness approve RUN --baseline FILE` makes one"):
        read_baseline(tmp_path / "b.json")


def test_a_session_holds_counts_and_latencies(tmp_path: Path):
    """Whatever else stands there after a merge would be compared with as if somebody had measured it."""
    document = json.loads(text_of(synthetic.run(1, turns=1)))
    row = dict(zip(document["columns"], document["sessions"][0], strict=True))
    for column, value in (
        ("words", [1, 2, 3]),
        ("words", [-1, 2, 3, 4]),
        ("words_secondary", "x"),
        ("turns", 1.5),
        ("early_cut_turns", 2),
        ("final_ms", ["nan"]),
        ("final_ms", 7),
        ("audio", None),
        ("pass", "x"),
    ):
        damaged = document | {"sessions": [list((row | {column: value}).values())]}
        (tmp_path / "b.json").write_text(json.dumps(damaged))

        with pytest.raises(ConfigError, match=rf"b\.json: damaged: session 1: {column} is .*; it must be "):
            read_baseline(tmp_path / "b.json")


def test_no_other_file_is_overwritten(tmp_path: Path):
    """`--baseline reports/cutover/run.json`, a slip, must not cost the run; an older baseline file is replaced."""
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "link.json").symlink_to("b.json")

    with pytest.raises(ConfigError, match=r"run\.json: there is a file already, which is no baseline file"):
        write_baseline(tmp_path / "run.json", text_of(synthetic.run(1)))
    for calls in (1, 2):
        write_baseline(tmp_path / "link.json", text_of(synthetic.run(calls)))

    assert "{}" == (tmp_path / "run.json").read_text()
    assert (tmp_path / "link.json").is_symlink()
    assert 2 == len(read_baseline(tmp_path / "b.json").sessions)


def test_a_run_that_does_not_say_what_was_recorded_is_refused():
    """In one message."""
    with pytest.raises(RunError, match=r"run cutover: run\.json has no identity"):
        identity_of({key: value for key, value in RUN.items() if key != "identity"}, synthetic.run(1))
