"""A candidate exactly as bad as the margin allows must pass about as often as the level of the test says: 5 %.

`benchmarks/error_rates.py` proves it for every rule; here a small part of it runs, and is held to what judges a run.
"""

import importlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic

from harness.verdict import rare, sequential
from harness.verdict.bootstrap import quantile_differences
from harness.verdict.evaluate import evaluate, evaluate_counts
from harness.verdict.population import Population
from harness.verdict.rules import RULES

RULE = {rule.name: rule for rule in RULES}
REALISTIC, STRONG = 1, 2
CHUNKS = 16


@pytest.fixture(scope="module")
def error_rates():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
        patch.setattr(rare, "calls_needed", lambda *_: None)  # has no part in an outcome and takes most of the time
        yield importlib.import_module("error_rates")


def false_passes(error_rates, tasks):
    tally = sum(error_rates.run(tasks, processes=0), Counter())
    return {
        place[0]: error_rates.share(tally, place[:-1], "pass")[0]
        for place in tally
        if place[3] == "margin"
    }  # fmt: skip


def case_tasks(error_rates, label, calls=20, level=REALISTIC):
    number = [case.label for case in error_rates.CASES].index(label)
    return [
        lambda chunk=chunk: error_rates.counts_task(number, level, calls, "margin", chunk) for chunk in range(CHUNKS)
    ]


@pytest.mark.parametrize(("label", "least"), [("wer_abs", 0.03), ("false_cutoff, 0.5 %", 0.005), ("erasure", 0.02)])
def test_ratios_pass_at_their_margin_as_seldom_as_they_may(error_rates, label, least):
    """800 corpora of 20 calls that differ as calls do: 5 %, with three standard errors of the simulation; rare events less."""
    assert least < false_passes(error_rates, case_tasks(error_rates, label))[label] < 0.075


def test_events_that_come_in_few_calls_pass_as_seldom(error_rates):
    """Where calls differ much more than usual, and t passes 16 % and the exact bounds of independent trials more."""
    found = false_passes(error_rates, case_tasks(error_rates, "false_cutoff, 0.5 %", calls=40, level=STRONG))

    assert 0.015 < found["false_cutoff, 0.5 %"] < 0.075


def test_latencies_pass_at_their_margin_as_seldom_as_they_may(error_rates):
    """Both quantiles, 250 corpora."""
    tasks = [lambda chunk=c: error_rates.latencies_task(0, REALISTIC, 20, chunk, tail=False) for c in range(5)]
    found = false_passes(error_rates, tasks)

    assert {"final_p50", "final_p95"} == found.keys()
    assert max(found.values()) < 0.095


def test_a_test_at_ten_percent_would_be_seen(error_rates, monkeypatch):
    """The wrong critical value passes too many of the same corpora."""
    tasks = case_tasks(error_rates, "wer_abs")
    monkeypatch.setattr(sequential, "CONFIDENCE", 0.90)

    assert 0.08 < false_passes(error_rates, tasks)["wer_abs"]


def test_four_looks_pass_no_more_than_one(error_rates):
    """At the margin, 150 corpora of 120 calls, stopped as soon as a look settles it."""
    tally = sum((error_rates.looks_task(0, REALISTIC, 120, 1.0, chunk) for chunk in range(3)), Counter())

    assert error_rates.share(tally, ("wer_abs", "realistic", "120", "1", "looks"), "pass")[0] < 0.11
    assert tally["wer_abs", "realistic", "120", "1", "played", ""] < 150 * 120


def test_drawn_counts_are_judged_as_a_run_is(error_rates):
    """The rows of a drawn corpus give what the scores of such a run give."""
    rng = np.random.default_rng(3)
    drawn = error_rates.CASES[0].draw(rng, error_rates.LEVELS[REALISTIC], (1, 30), 1.0)
    rows = error_rates.rows_of(drawn, 0)
    sessions = [
        synthetic.session(row.clip_id, side, errors=int(errors), reference_words=int(row.baseline_trials))
        for row in rows
        for side, errors in zip(synthetic.SIDES, (row.baseline_events, row.candidate_events), strict=True)
    ]
    run = evaluate(RULE["wer_abs"], Population.of(synthetic.scores(sessions)), error_rates.SETTINGS)
    found = evaluate_counts(RULE["wer_abs"], rows, error_rates.SETTINGS)

    assert (run.outcome, run.low, run.high, run.needed) == (found.outcome, found.low, found.high, found.needed)


def test_drawn_latencies_are_judged_as_a_run_is(error_rates):
    """Both quantiles at once have the bounds that a run's rules have one by one."""
    rng = np.random.default_rng(4)
    drawn = error_rates.SPEEDS[0].draw(rng, error_rates.LEVELS[REALISTIC], (1, 25), 0.0)
    data = error_rates.samples_of(drawn, 0)
    turns = [
        replace(synthetic.turn(data.calls[call], side, i), final_ms=float(value))
        for side, values in zip(synthetic.SIDES, (data.baseline, data.candidate), strict=True)
        for i, (call, value) in enumerate(zip(data.call_index, values, strict=True))
    ]
    sessions = [synthetic.session(call, side) for call in data.calls for side in synthetic.SIDES]
    population = Population.of(synthetic.scores(sessions, turns=turns))
    settings = error_rates.SETTINGS
    both = quantile_differences(data, (0.5, 0.95), seed=settings.seed, resamples=settings.resamples)
    rules = [evaluate(RULE[name], population, settings) for name in ("final_p50", "final_p95")]

    assert [(rule.low, rule.high) for rule in rules] == [(found.low, found.high) for found in both]
