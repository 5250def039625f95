"""The stages as functions."""

import sys
from datetime import date, timedelta
from pathlib import Path

import at_once
import pytest
from scripted import DEMO, SHORTEST, plan

from harness import pipeline
from harness.approve.approvals_file import add_approvals
from harness.config import Config, load_config
from harness.emulators import embedded
from harness.errors import ConfigError, InterruptedRunError, RunError
from harness.planning import plan_run
from harness.verdict.approval import Approval
from harness.verdict.rules import RULES

TODAY = date(2026, 11, 25)


def test_scoring_gets_what_the_configuration_says():
    """Every key of `[score]`."""
    given = {"consume": "first", "tail_policy": "drop", "rewrites": [["a", "b"]], "keywords": ["c"], "collar_s": 2.5}
    settings = pipeline.score_settings(Config.model_validate({"score": given}))

    assert set(Config().score.model_dump()) == set(given)
    assert {**given, "rewrites": (("a", "b"),), "keywords": ("c",)} == {key: getattr(settings, key) for key in given}


def test_without_the_extra_a_scheduler_is_refused_with_what_to_install(
    emulators: embedded.Emulators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Before anything is written."""
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    for name in [name for name in sys.modules if name.startswith("harness.cluster.")]:
        monkeypatch.delitem(sys.modules, name)
    options = pipeline.RecordOptions(tmp_path, "run", scheduler="tcp://127.0.0.1:8786")

    with pytest.raises(ConfigError, match=r"--scheduler needs distributed.*pip install 'cutover-harness\[cluster\]'"):
        pipeline.record(plan(emulators), options)

    assert list(tmp_path.iterdir()) == []


def test_what_was_accepted_ends_no_run_early(tmp_path: Path):
    """A look does not stop for a difference that the gate will let pass; an approval that expired is none."""
    seen = Approval("wer_abs", "fail", 0.02, 0.012, 0.028, 0.01, "ratio", "live", "r", "names", "Ann", TODAY, TODAY)
    (tmp_path / "harness.toml").write_text(f'[corpus]\npath = "{DEMO}"\n', encoding="utf-8")
    add_approvals(tmp_path / "harness-approvals.toml", [seen])
    planned = plan_run(load_config(folder=tmp_path), select=SHORTEST)

    levels = [pipeline.looking_settings(planned, day).level(RULES[0]) for day in (TODAY, TODAY + timedelta(days=1))]

    assert ["warn", "error"] == levels


def test_the_newest_run_that_is_not_finished_is_resumed(tmp_path: Path, engine: at_once.Engine):
    """Without a name; to top one up, it has to be named."""
    (tmp_path / "corpus").mkdir()
    at_once.write_corpus(tmp_path / "corpus", 3)
    planned, reports = at_once.plan(tmp_path / "corpus"), tmp_path / "reports"
    engine.stop_after = 1
    with pytest.raises(InterruptedRunError):
        pipeline.record(planned, pipeline.RecordOptions(reports, "half"))
    pipeline.record(planned, pipeline.RecordOptions(reports, "whole"))

    run = pipeline.record(planned, pipeline.RecordOptions(reports, resume=True))
    assert ("half", 3, 2) == (run.path.name, run.tally()["candidate"], len(engine.batches[-1]))
    with pytest.raises(RunError, match="--top-up needs the name of the run that was stopped early"):
        pipeline.record(planned, pipeline.RecordOptions(reports, top_up=True))
