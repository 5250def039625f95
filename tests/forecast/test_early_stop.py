"""What early stopping may save."""

import pytest

from harness.forecast.early_stop import early_stop
from harness.verdict.power import RulePower, Trials
from harness.verdict.rules import RULES

RULE = {rule.name: rule for rule in RULES}


def power(name, mde, level="error"):
    return RulePower(RULE[name], level, RULE[name].margin, Trials((100,) * 120, passes=1), mde=mde)


def test_the_rule_that_takes_longest_tells_how_soon():
    """Here the relative one: it just has 80 % power, and four runs of ten or so go on to their end."""
    found = early_stop(120, [power("wer_abs", 0.005), power("wer_rel", 0.1), power("success", 0.5)])

    assert ("wer_rel", (30, 60, 90, 120)) == (found.rule.rule.name, found.at_calls)
    assert [0.006, 0.211, 0.344] == [pytest.approx(chance, abs=0.001) for chance in found.chances]
    assert 96.5 == pytest.approx(found.expected_calls, abs=0.1)


def test_without_a_rule_on_words_nothing_is_said():
    """A rule that only warns ends nothing, and a spread that is unknown tells nothing."""
    found = early_stop(80, [power("wer_abs", 0.005, level="warn"), power("wer_rel", None)])

    assert (None, None, None) == (found.chances, found.expected_calls, found.rule)
