"""The stages as functions."""

import sys
from pathlib import Path

import pytest
from scripted import plan

from harness import pipeline
from harness.config import Config
from harness.emulators import embedded
from harness.errors import ConfigError


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
