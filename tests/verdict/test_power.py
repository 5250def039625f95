"""What a plan says of a rule must be what the run says of it afterwards."""

import math

import numpy as np
import pytest
import synthetic
from scipy import stats

from harness.verdict import rare, samples
from harness.verdict.clusters import Clusters
from harness.verdict.estimands import RATIO, paired_samples, pool
from harness.verdict.evaluate import evaluate
from harness.verdict.latencies import LATENCY
from harness.verdict.planning_values import LATENCY_SPREADS, RATIO_SPREADS
from harness.verdict.population import Population
from harness.verdict.power import RulePower, Trials, powers
from harness.verdict.rules import RULES, GateSettings

RULE = {rule.name: rule for rule in RULES}
SETTINGS = GateSettings(resamples=999)


def offered(calls: int, per_call: int = 12, *, words: int = 120, passes: int = 1) -> dict[str, Trials]:
    counts = {rule.metric: per_call for rule in RULES} | {
        "wer": words, "session_failure_rate": 1, "post_final_mutation_count": 1, "normalized_erasure": 1,
        "entity_miss_rate": 0,
    }  # fmt: skip
    return {metric: Trials((count,) * calls if count else (), passes) for metric, count in counts.items()}


def power(name: str, trials: dict[str, Trials], settings: GateSettings = SETTINGS, pilot=None) -> RulePower:
    return next(one for one in powers(trials, settings, pilot) if one.rule.name == name)


def as_recorded(population: Population) -> dict[str, Trials]:
    """What the corpus of a recorded run offered."""
    trials = offered(0)
    for metric in ("wer", "session_failure_rate", "false_cutoff_rate"):
        trials[metric] = Trials(tuple(map(int, pool(RATIO[metric].rows(population)).baseline_trials)), 1)
    for metric in ("final_ms", "first_partial_ms"):
        rows, _ = paired_samples(LATENCY[metric], population)
        calls = [row.call_id for row in rows]
        trials[metric] = Trials(tuple(calls.count(call) for call in dict.fromkeys(calls)), 1)
    for metric in ("normalized_erasure", "post_final_mutation_count"):
        trials[metric] = trials["session_failure_rate"]
    return trials


@pytest.mark.parametrize("calls", [12, 40])
def test_a_pilot_of_the_same_calls_foretells_what_the_gate_then_says(calls: int):
    """The same minimum detectable effect and the same number of calls as in the verdict on that very run."""
    population = Population.of(synthetic.run(calls=calls))
    trials = as_recorded(population)

    for rule in RULES:
        if rule.test in {"exact", "score_or_rare"} or rule.name == "erasure":
            continue  # no spread; those with few events are below; the synthetic calls erase all alike
        evidence, told = evaluate(rule, population, SETTINGS), power(rule.name, trials, pilot=population)
        assert (evidence.mde, "pilot") == (pytest.approx(told.mde), told.basis), rule.name
        if evidence.outcome == "inconclusive":
            assert evidence.needed == told.needed, rule.name


@pytest.mark.parametrize("name", ["success", "false_cutoff"])
def test_so_it_is_where_events_are_rare(name: str):
    """Exact bounds before as after."""
    population = Population.of(synthetic.run(calls=40))
    evidence = evaluate(RULE[name], population, SETTINGS)
    told = power(name, as_recorded(population), pilot=population)

    assert pytest.approx(told.mde) == evidence.mde
    if evidence.outcome == "inconclusive":
        assert evidence.needed == told.needed


def test_four_times_the_pilots_calls_see_half_as_much():
    """Standard errors shrink with the square root; the calls needed stay what they are."""
    pilot = Population.of(synthetic.run(calls=30))
    small, large = (power("wer_abs", offered(calls), pilot=pilot) for calls in (30, 120))

    assert (pytest.approx(small.mde / 2), small.needed) == (large.mde, large.needed)


def test_without_a_pilot_planning_values_stand_in():
    """And it is said."""
    told = power("wer_abs", offered(40, words=168))

    assert ("planning_values", "underpowered") == (told.basis, told.reason)
    assert told.needed == pytest.approx(190, abs=3)


def test_a_pilot_of_too_few_calls_tells_no_spread():
    """Four calls show none: the planning values stay."""
    pilot = Population.of(synthetic.run(calls=4))

    assert power("wer_abs", offered(40), pilot=pilot).basis == "planning_values"


def test_a_pilot_in_which_values_are_missing_tells_nothing_of_the_quantile():
    """Infinite bounds are no spread, and planning values would hide that."""
    pilot = Population.of(synthetic.run(calls=40, missing=0.3))
    told = power("final_p95", offered(40), pilot=pilot)

    assert (None, None, "missing_values") == (told.mde, told.needed, told.reason)


@pytest.mark.parametrize(
    ("name", "trials", "reason"),
    [
        ("wer_abs", offered(19, words=10_000), "few_clusters"),
        ("final_p50", offered(20, 4), "few_samples"),
        ("final_p95", offered(25, 11), "few_samples"),
        ("success", offered(597), "untestable"),
        ("success", offered(10), "untestable"),
        ("entity_miss", offered(40), "off"),
        ("post_final_mutation", offered(19), "few_clusters"),
        ("post_final_mutation", offered(20), None),
        ("success", offered(598), None),
        ("final_p50", offered(500), None),
    ],
)  # fmt: skip
def test_why_a_rule_will_stay_undecided(name: str, trials: dict[str, Trials], reason: str | None):
    """The reasons of a verdict, foreseen."""
    assert power(name, trials).reason == reason


def test_more_passes_give_more_values_but_no_more_calls():
    """Fifteen passes of twenty calls have the 300 values that a p95 asks for, and are still twenty calls."""
    told = power("final_p95", offered(20, 1, passes=15))

    assert (20, 300) == (told.trials.calls, told.trials.total)
    assert told.reason == "underpowered"


def test_passes_count_as_sessions_of_the_success_rule():
    """As they do when the run is judged: two of one call for somewhat less than two."""
    assert ["untestable", None] == [power("success", offered(calls, passes=2)).reason for calls in (306, 307)]


def test_a_success_rule_needs_613_flawless_sessions_of_two_a_call():
    """Of one a call it is 598."""
    trials = offered(30) | {"session_failure_rate": Trials((2,) * 30, 1)}

    assert (307, pytest.approx(rare.smallest_passable_rate(Clusters(60, 2)))) == (
        power("success", trials).needed, power("success", trials).mde,
    )  # fmt: skip


def test_a_relative_margin_is_planned_as_the_absolute_one_it_amounts_to():
    """10 % of a supposed error rate of 10 % is one percentage point."""
    trials = offered(40)
    absolute, relative = power("wer_abs", trials), power("wer_rel", trials)

    assert (absolute.needed, pytest.approx(10 * absolute.mde)) == (relative.needed, relative.mde)


def test_a_margin_of_zero_is_beyond_any_number_of_calls():
    """Equal sides never show that there is no difference at all."""
    settings = GateSettings(margins={"wer_abs": 0.0, "success": 0.0})

    assert (None, "unreachable") == (power("wer_abs", offered(900), settings).needed, "unreachable")
    assert {power(name, offered(900), settings).reason for name in ("wer_abs", "success")} == {"unreachable"}


def test_a_rule_that_is_switched_off_is_not_planned_for():
    """Nothing is said of it but that."""
    told = power("wer_abs", offered(40), GateSettings(levels={"wer_abs": "off"}))

    assert ("off", None, None) == (told.reason, told.needed, told.mde)


def test_a_rule_without_annotation_has_no_data():
    """Switched on by hand, with nothing in the corpus to judge it by."""
    assert power("entity_miss", offered(40), GateSettings(levels={"entity_miss": "error"})).reason == "no_data"


def test_a_ratio_of_each_sides_own_is_planned_by_its_calls():
    """40 calls that differ by 0.25, of which a fifth counts: Student's t with 8 degrees of freedom, and 0.8416 for power."""
    told = power("erasure", offered(40))
    assert (stats.t.ppf(0.95, 8) + 0.8416) * 0.25 / math.sqrt(40) == pytest.approx(told.mde)

    def enough(calls: int) -> bool:
        return math.sqrt(calls) * 0.1 >= (stats.t.ppf(0.95, max(1.0, 0.2 * calls)) + 0.8416) * 0.25

    assert (True, False) == (enough(told.needed), enough(told.needed - 1))
    assert ("planning_values", "underpowered") == (told.basis, told.reason)


def test_a_quantile_is_planned_by_its_tail():
    """How far out its bound lies, and the power of a bound that itself varies."""
    spread, told = LATENCY_SPREADS["final_ms"], power("final_p95", offered(40))
    values = [12] * 40
    expected = (spread.tail(0.95, values).reach + 1.1 * 0.8416) * spread.difference_se(0.95, values)

    assert (expected, "planning_values") == (pytest.approx(told.mde), told.basis)


def test_a_planned_difference_takes_from_the_margin():
    """Half of one percentage point takes four times the calls; the effect that can be told stays."""
    settings = GateSettings(resamples=999, planned_differences={"wer_abs": 0.005, "final_p50": 75.0, "erasure": 0.05})
    for name, trials in (("wer_abs", offered(40, words=168)), ("final_p50", offered(400)), ("erasure", offered(40))):
        plain, planned = power(name, trials), power(name, trials, settings)
        assert plain.mde == planned.mde
        assert 3 < planned.needed / plain.needed < 5, name
    rare_settings = GateSettings(resamples=999, planned_differences={"success": 0.0025})
    assert power("success", offered(700), rare_settings).needed > power("success", offered(700)).needed


def test_trials_are_those_of_all_passes():
    """Two passes of 3 and 5 are 16, and 17 take three such calls."""
    trials = Trials((3, 5), 2)

    assert (2, 16, 2, 3) == (trials.calls, trials.total, trials.calls_with(16), trials.calls_with(17))
    assert Clusters.of_sizes(np.array([6.0, 10.0])) == trials.clusters


@pytest.mark.parametrize(("calls", "needed"), [(20, 20), (25, 34)])
def test_no_fewer_calls_are_asked_for_than_the_rule_does(calls: int, needed: int):
    """Whatever the spread: twenty, or those that bring 100 values, here three a call."""
    settings = GateSettings(resamples=999, margins={"final_p50": 10_000.0})
    trials = offered(calls, 5 if calls == 20 else 3)

    assert needed == power("final_p50", trials, settings).needed


def test_rules_with_some_events_ask_for_what_the_wider_bound_needs():
    """Cuts at 5 % of 40 turns a call: both the t test and the exact bounds have to agree."""
    told = power("false_cutoff", offered(40, 40))
    spread = RATIO_SPREADS["false_cutoff_rate"]
    sd = spread.score_sd([40] * 40, 0.02)

    assert told.needed >= samples.calls_for_ratio(sd, 40, 0.02)
    assert told.mde >= samples.detectable(sd / math.sqrt(40), 40)
