import pytest

from harness.verdict.estimands import CountRow
from harness.verdict.evaluate import evaluate_counts
from harness.verdict.rules import RULES, GateSettings

RULE = {rule.name: rule for rule in RULES}
SETTINGS = GateSettings(resamples=999)


def cuts(calls, of_candidate, turns=10):
    """Calls of ten turns, of which so many have one that the candidate cuts early."""
    return tuple(CountRow(f"{i:03}", f"{i:03}", 0.0, turns, float(i < of_candidate), turns) for i in range(calls))


@pytest.mark.parametrize(("events", "outcome"), [(12, "pass"), (13, "inconclusive")])
def test_few_events_pass_only_if_exact_bounds_agree(events, outcome):
    """Thirteen cuts in 1000 turns pass the t test of 2 pp, whose scores are skewed, but may be 2.1 %."""
    found = evaluate_counts(RULE["false_cutoff"], cuts(100, events), SETTINGS)

    assert found.statistics["score_high"] < 0
    assert (outcome, outcome == "pass") == (found.outcome, found.statistics["exact_high"] < 0.02)


def test_with_events_in_thirty_calls_the_t_test_stands_alone():
    """Then it is what it says."""
    found = evaluate_counts(RULE["false_cutoff"], cuts(300, 30), SETTINGS)

    assert ("pass", True) == (found.outcome, "exact_high" not in found.statistics)


def test_words_are_never_asked_for_exact_bounds():
    """More than one error a word is possible."""
    assert "exact_high" not in evaluate_counts(RULE["wer_abs"], cuts(40, 6), SETTINGS).statistics
