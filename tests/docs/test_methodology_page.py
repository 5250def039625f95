"""docs/methodology.md defines every number there is, and none that is not."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from harness import pipeline
from harness.rundir import RunDir
from harness.verdict.rules import RULES

PATH = Path(__file__).parents[2] / "docs" / "methodology.md"
PAGE = PATH.read_text(encoding="utf-8")
METRIC_ROW = re.compile(r"^\| `([a-z0-9_]+)`( †)? \| ([a-z_]+) \|", re.MULTILINE)
METRICS = {name: (unit, not mark) for name, mark, unit in METRIC_ROW.findall(PAGE)}


@pytest.fixture(scope="module")
def metrics(golden: RunDir) -> dict[str, Any]:
    """The metrics of a run's summary."""
    return pipeline.score(golden)["metrics"]


def test_every_metric_of_the_summary_is_defined(metrics: dict[str, Any]):
    """And those defined as being there are: whoever adds one writes its line, or takes the † off it."""
    assert sorted(metrics) == sorted(name for name, (_, is_present) in METRICS.items() if is_present)


def test_no_metric_is_defined_twice():
    """One name, one line."""
    assert sorted(METRICS) == sorted(name for name, *_ in METRIC_ROW.findall(PAGE))


def test_units_are_those_of_the_summary(metrics: dict[str, Any]):
    """What the table says a value is in."""
    units = {name: block["unit"] for name, block in metrics.items()}

    assert units == {name: METRICS[name][0] for name in units if name in METRICS}


def test_every_rule_is_told_as_it_is():
    """Name, metric, default margin with its unit, and level, in the order in which they are printed."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([\d.]+) (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)

    assert [(rule.name, rule.metric, f"{rule.margin:g}", rule.unit, rule.level) for rule in RULES] == rows


def test_every_name_in_the_text_is_a_name():
    """What looks like a metric is one, wherever it stands."""
    named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)*_(?:ms|rate|count|ratio|per_min|per_hour|per_s))`", PAGE))

    assert set() == named - set(METRICS)


def test_the_examples_are_what_happens():
    """Line by line."""
    failed, tried = doctest.testfile(str(PATH), module_relative=False)

    assert failed == 0
    assert tried == PAGE.count("\n>>> ")
