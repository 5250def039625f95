"""Reading the runs of a folder."""

import os

from fabricate_runs import fabricate_runs

from harness.report.runs import read_runs
from harness.rundir import RunDir


def test_runs_come_oldest_first_with_their_figures(tmp_path):
    """Each has its verdict, its rules and a link to its report."""
    fabricate_runs(tmp_path, [0.06, 0.08])

    runs, damaged = read_runs(tmp_path)

    assert [("2026-03-01-support", "2026-03-01 09:30", "inconclusive"), ("2026-03-02-support", "2026-03-02 09:30", "inconclusive")] == [
        (run.run_id, run.day, run.verdict) for run in runs
    ]  # fmt: skip
    assert ("2026-03-01-support/report.html", True, []) == (runs[0].link, runs[0].emulated, damaged)
    assert [("wer_abs", 0.05, 0.08, "+3.0 pp")] == [
        (rule.rule, rule.baseline, rule.candidate, rule.text.difference)
        for rule in runs[1].rules
        if rule.rule == "wer_abs"
    ]


def test_what_is_no_run_is_passed_over_and_what_is_damaged_is_named(tmp_path):
    """A stray folder is nothing; a run that can't be read is said, with its file."""
    fabricate_runs(tmp_path, [0.06])
    (tmp_path / "notes").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "run.json").write_text('{"schema": ', encoding="utf-8")

    runs, damaged = read_runs(tmp_path)

    assert (["2026-03-01-support"], 1) == ([run.run_id for run in runs], len(damaged))
    assert str(tmp_path / "torn" / "run.json") in damaged[0]


def test_a_run_with_a_verdict_of_another_shape_is_named(tmp_path):
    """It must not cost the page of all others."""
    fabricate_runs(tmp_path, [0.06, 0.08])
    (tmp_path / "2026-03-01-support" / "verdict.json").write_text(
        '{"verdict": "pass", "rules": [{}]}', encoding="utf-8"
    )

    runs, damaged = read_runs(tmp_path)

    assert (["2026-03-02-support"], 1) == ([run.run_id for run in runs], len(damaged))
    assert f"{tmp_path / '2026-03-01-support' / 'verdict.json'}: " in damaged[0]
    assert " is missing" in damaged[0]


def test_any_name_of_a_folder_is_shown_and_linked(tmp_path):
    """Also one of bytes that are no text."""
    fabricate_runs(tmp_path, [0.06])
    (tmp_path / "2026-03-01-support").rename(tmp_path / os.fsdecode(b"a\xff\n#?"))

    ((run,), _) = read_runs(tmp_path)

    assert ("a\ufffd #?", "a%FF%0A%23%3F/report.html") == (run.run_id, run.link)


def test_a_run_that_was_only_recorded_has_no_rules(tmp_path):
    """Before scoring and judging there is a run, with nothing to say yet."""
    fabricate_runs(tmp_path, [0.06])
    for name in ("summary.json", "verdict.json", "report.html"):
        (tmp_path / "2026-03-01-support" / name).unlink()

    ((run,), _) = read_runs(tmp_path)

    assert ("none", (), None) == (run.verdict, run.rules, run.link)


def test_runs_of_other_recordings_are_not_alike(tmp_path):
    """Another clip in place of one, with the same corpus's name and as many of them, is another measurement."""
    fabricate_runs(tmp_path, [0.06, 0.06, 0.06])
    for day, sha256 in (("01", "abc"), ("02", "def"), ("03", "abc")):
        directory = RunDir(tmp_path / f"2026-03-{day}-support")
        directory.write_run({**directory.read_run(), "identity": {"recordings": {"only": sha256}}})

    (first, other, third), _ = read_runs(tmp_path)

    assert (first.alike, True) == (third.alike, first.alike != other.alike)
