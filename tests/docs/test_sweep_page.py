"""What docs/sweep.md shows happens."""

import json
import math
import re
import shlex
from pathlib import Path
from unittest.mock import Mock

import at_once
import pytest

import harness
from harness import api
from harness.cli import run
from harness.replay import engine
from harness.rundir import RunDir
from harness.sweeps.choice import lucky_passes
from harness.sweeps.document import SCHEMA
from harness.sweeps.variants import MOST_VARIANTS

PAGE = (Path(__file__).parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^ {4}(harness .*--sweep.*)$", PAGE, re.MULTILINE)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a corpus of two calls, whose services answer at once."""
    corpus = tmp_path / "my" / "corpus"
    corpus.mkdir(parents=True)
    at_once.write_corpus(corpus, 2)
    hosts = '[baseline]\nprovider = "assemblyai"\nhost = "ws://127.0.0.1:9"\n'
    hosts += '[candidate]\nprovider = "gladia"\nparams = "translate"\nhost = "http://127.0.0.1:9"\n'
    (tmp_path / "harness.toml").write_text(hosts)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "run", at_once.Engine().run)
    return tmp_path


def test_what_is_shown_is_done(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """In the order of the page; of the second sweep only the plan. The lines of Python find what the command wrote."""
    plan, compare, translations = COMMANDS

    assert (0, 0) == (run(plan), run([*translations, "--dry-run", "--json"]))
    told = capsys.readouterr().out
    assert "2 of the baseline, 2 of each of 3 candidates, 8 in all" in told
    assert ["variant=latency", "variant=segmentation"] == json.loads(told.splitlines()[-1])["variants"]
    assert 4 == run([*compare, "--gate", "--json"])  # two calls decide nothing
    document = json.loads(capsys.readouterr().out)
    assert set(document) - {"schema"} == {
        name for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert SCHEMA == document["schema"]
    assert f"schema `{SCHEMA}`" in PAGE
    for folder, page in (("tuning", "sweep.html"), ("tuning-endpointing-0.2", "report.html")):
        assert f"reports/{folder}" in PAGE
        assert (project / "reports" / folder / page).is_file()
    found = harness.Sweep(project / "reports" / "tuning")
    played = Mock(return_value=(RunDir(found.path), document))
    monkeypatch.setattr(api, "compare_sweep", played)
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(block, "docs/sweep.md", "exec"), {})
    assert found.answer in capsys.readouterr().out
    assert (
        ["endpointing=0.05", "endpointing=0.2", "endpointing=0.8"]
        == list(found.runs)
        == played.call_args.args[0].labels
    )
    assert ("inconclusive", "inconclusive") == (found.verdict, found.best.verdict.word)


def test_the_figures_shown_hold():
    """How many combinations, and how often luck passes one of three."""
    assert f"2 to {MOST_VARIANTS} in all" in PAGE
    assert f"{math.floor(100 * lucky_passes(3))} % for three" in PAGE
