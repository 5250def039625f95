"""A run as values, and as frames."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from builders import clip, timeline, turn, utterance
from examples import flight_clip, hasty, patient

import harness
from harness.errors import RunError
from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.tables import TABLES, write_scores
from harness.results.run import SUMMARY_SCHEMA, VERDICT_SCHEMA, newest_run
from harness.timeline.fold import fold
from harness.verdict import judge, summary

PLAIN = ScoreSettings(use_secondary=False)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """The flight example, and a clip that says nothing, as a scored run."""
    silent = {
        "baseline": fold(timeline([turn(2.0, "hi", final=True)])),
        "candidate": fold(timeline([], side="candidate")),
    }
    items = [
        (flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1),
        (clip([utterance(None, 0.5, 1.0)], clip_id="silent"), silent, 1),
    ]
    write_scores(tmp_path / "scores", score_run(items, PLAIN))
    (tmp_path / "run.json").write_text(json.dumps({"schema": "harness.run/1", "run_id": "r"}), encoding="utf-8")
    return tmp_path


def test_frames_are_the_tables(run_folder: Path):
    """One frame a table, one row a row, one column a column of its file."""
    run = harness.load_run(run_folder)
    frames = run.frames()
    assert list(TABLES) == list(frames)
    for name, frame in frames.items():
        assert len(getattr(run.scores, name)) == len(frame)
        head = (run_folder / "scores" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert head.split(",") == list(frame.columns)


def test_frames_keep_what_is_missing_apart_from_zero(run_folder: Path):
    """Whole numbers may be missing, infinities stay, names are categories with all their values."""
    frames = harness.load_run(run_folder).frames()
    sessions, turns = frames["sessions"], frames["turns"]
    assert ("Int64", "boolean", "float64") == tuple(
        str(sessions[name].dtype) for name in ("words_hits", "succeeded", "flush_ms")
    )
    assert sessions["words_partial_hits"].isna().tolist() == [False, False, True, True]
    assert math.inf in turns["endpoint_ms"].tolist()
    assert ["baseline", "candidate"] == list(sessions["side"].cat.categories)
    assert ["ok", "early", "late", "forced", "flush", "merged", "missing"] == list(turns["end_class"].cat.categories)
    assert isinstance(sessions["tags"].iloc[0], tuple)
    assert {"baseline": 0, "candidate": 1} == sessions.groupby("side", observed=True)["early_cut_turns"].sum().to_dict()


def test_empty_frames_have_their_columns(tmp_path: Path, run_folder: Path):
    """A table without rows has the same types."""
    write_scores(run_folder / "scores", score_run([], PLAIN))
    frame = harness.load_run(run_folder).frames()["segments"]
    assert isinstance(frame, pd.DataFrame)
    assert (0, "Int64") == (len(frame), str(frame["tokens"].dtype))


def test_what_is_no_run_is_named(tmp_path: Path):
    """The path and the next step, before anything is used."""
    with pytest.raises(RunError, match="no such run directory"):
        harness.load_run(tmp_path / "nothing")
    with pytest.raises(RunError, match=r"run\.json"):
        harness.load_run(tmp_path)


def test_the_newest_run_is_the_one_begun_last(tmp_path: Path):
    """Whatever it is called; a folder without any says how to get one."""
    for name, begun in (
        ("b", "2026-01-31T09:30:00+00:00"),
        ("a", "2026-01-31T09:31:00+00:00"),
        ("c", "2025-12-31T00:00:00+00:00"),
    ):
        (tmp_path / name).mkdir()
        document = {"schema": "harness.run/1", "run_id": name, "created_at": begun}
        (tmp_path / name / "run.json").write_text(json.dumps(document), encoding="utf-8")
    assert tmp_path / "a" == newest_run(tmp_path).path
    with pytest.raises(RunError, match=r"there is no run. `harness compare --out .*/a` makes one"):
        newest_run(tmp_path / "a")


def test_the_schemas_read_are_those_that_are_written():
    """The constants stand apart, because those who write bring the statistics along."""
    assert (summary.SCHEMA, judge.SCHEMA) == (SUMMARY_SCHEMA, VERDICT_SCHEMA)
