"""The gate's answer as values."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.results.verdict import verdict_from
from harness.rundir import RunDir


def test_the_verdict_is_that_of_the_file(judged: RunDir):
    """Word for word and rule for rule; what the file has more is left alone."""
    verdict = harness.load_run(judged.path).verdict
    document = json.loads((judged.path / "verdict.json").read_text(encoding="utf-8"))

    assert ("fail", 1, False) == (verdict.word, verdict.exit_code, verdict.passed)
    assert (document["explanation"], document["next_step"]) == (verdict.explanation, verdict.next_step)
    assert verdict == verdict_from({**document, "new": 1}, judged.path, verdict.run)
    for rule, written in zip(verdict.rules, document["rules"], strict=True):
        assert rule is verdict.rule(written["rule"])
        assert [written[key] for key in ("verdict", "severity", "margin", "needed_calls")] == [
            rule.word, rule.severity, rule.margin, rule.needed_calls,
        ]  # fmt: skip
        assert [written["calls"], written["unit"]] == [rule.comparison.calls, rule.comparison.unit]
        assert [clip["clip_id"] for clip in written["worst"]] == [clip.clip_id for clip in rule.worst]


def test_a_rule_reads_as_a_sentence(judged: RunDir):
    """In a console and in a failed test."""
    verdict = harness.load_run(judged.path).verdict
    rule = verdict.rule("wer_abs")
    assert (True, False) == (rule.value > rule.margin, rule.passed)
    assert repr(rule).startswith(
        "<rule wer_abs: fail (error). With 95 % confidence the candidate is more than 1.00 pp worse. <wer_abs (wer): 0.0796325 -> "
    )
    assert f"<fail: {verdict.explanation} run golden (emulated)>" == repr(verdict)
    assert replace(verdict, word="pass").passed
    accepted = replace(rule, approved="until 2026-12-31 by Ann: drug names")
    assert repr(accepted).startswith("<rule wer_abs: fail (approved until 2026-12-31 by Ann: drug names). With 95 %")
    assert (None, False) == (rule.approved, accepted.passed)


def test_what_was_not_judged_or_is_of_another_schema_says_so(tmp_path: Path, judged: RunDir):
    """With the stage that is to be run."""
    (tmp_path / "run.json").write_bytes((judged.path / "run.json").read_bytes())
    with pytest.raises(harness.RunError, match=r"verdict.json: there is no such file.*record, score, gate and report"):
        _ = harness.load_run(tmp_path).verdict
    (tmp_path / "summary.json").write_text('{"schema": "harness.summary/0"}', encoding="utf-8")
    with pytest.raises(
        harness.RunError, match=r"schema is 'harness.summary/0', this version reads 'harness.summary/1'"
    ):
        harness.load_run(tmp_path).metric("wer")
