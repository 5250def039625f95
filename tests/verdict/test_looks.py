"""A look at a run on its way."""

import math
from dataclasses import replace

import pytest
import synthetic

from harness.forecast.evidence import TRIALS
from harness.metrics.word_counts import WordCounts
from harness.verdict.judge import judge, verdict_json
from harness.verdict.looks import Look, hardly_differs, take_look
from harness.verdict.looks import test_of as rule_test
from harness.verdict.power import Trials
from harness.verdict.results import Evidence, LastLook, RuleVerdict
from harness.verdict.rules import RULES, GateSettings
from harness.verdict.sequential import LookTest, critical_t

SETTINGS = GateSettings(resamples=999, levels={"entity_miss": "off"})
PLANNED = dict.fromkeys(TRIALS, Trials((12,) * 120, passes=1))


def look(number, scores, settings=SETTINGS, planned=PLANNED):
    return take_look(number, scores, settings, planned)


def better_words(scores, calls=10):
    """The same run, in which the candidate hears every word as the baseline does, and in some calls one word more."""
    heard = {row.clip_id: row.words for row in scores.sessions if row.side == "baseline"}
    sessions = []
    for row in scores.sessions:
        words = heard[row.clip_id]
        if row.side == "candidate" and words.substitutions and row.clip_id < f"call-{calls:04}":
            words = replace(words, hits=words.hits + 1, substitutions=words.substitutions - 1)
        sessions.append(replace(row, words=words, words_secondary=words))
    return replace(scores, sessions=tuple(sessions))


def test_score_rules_of_level_error_are_tested():
    """Each with its calls and its t; rules with so few events that exact bounds take over are not among them."""
    seen = look(1, synthetic.run(30, seed=1))

    assert ["wer_abs", "wer_rel"] == [test.rule for test in seen.tests]
    assert {30} == {test.calls for test in seen.tests}
    stored = seen.as_dict()["rules"][0]
    assert 4.29807 == pytest.approx(stored["critical_t"], abs=0.001)
    assert stored["t"] == pytest.approx(seen.tests[0].t, rel=1e-5)


@pytest.mark.parametrize(("cut", "shown"), [(10, True), (12, False)])
def test_a_t_with_which_exact_bounds_do_not_agree_shows_nothing(cut, shown):
    """Ten early cuts in 1000 turns are within 2 pp by both, twelve by t alone."""
    scores = synthetic.run(100, turns=10)
    sessions = tuple(
        replace(row, early_cut_turns=int(row.side == "candidate" and row.clip_id < f"call-{cut:04}"))
        for row in scores.sessions
    )
    tests = {test.rule: test.t for test in look(4, replace(scores, sessions=sessions)).tests}

    assert shown == (tests["false_cutoff"] < 0)


def test_what_a_look_decides_the_gate_decides_at_that_look():
    """The bound of the look takes the place of the 95 % bound, by which t = -2.4 and -2.05 would be passes, for every score rule."""
    for candidate_wer, expected in ((0.08, "continue"), (0.16, "fail")):
        scores = synthetic.run(60, seed=3, baseline_wer=0.08, candidate_wer=candidate_wer)
        verdict = judge(
            scores,
            SETTINGS,
            run_valid=True,
            invalid_reason=None,
            emulated=False,
            run_id="r",
            last_look=LastLook(2, 4, 60, 120),
        )
        seen = look(2, scores)
        rules = {rule.rule.name: rule.evidence for rule in verdict.rules}
        outcomes = {
            test.rule: "pass"
            if test.t < -critical_t(2, 60)
            else "fail"
            if test.t > critical_t(2, 60)
            else "inconclusive"
            for test in seen.tests
        }

        assert expected == seen.decision
        assert outcomes == {name: rules[name].outcome for name in outcomes}
        assert verdict_json(verdict)["last_look"] == {
            "look": 2,
            "looks": 4,
            "calls": 60,
            "planned_calls": 120,
            "stopped_early": True,
            "explanation": "stopped early at look 2 of 4: 60 of 120 calls",
        }


def test_a_difference_in_hardly_any_call_settles_nothing():
    """Without any spread t is infinite, and says only that what is different, if anything, was not seen yet."""
    sessions = [synthetic.session(f"c{i}", side, errors=5) for i in range(30) for side in synthetic.SIDES]
    seen = look(1, synthetic.scores(sessions), planned=dict.fromkeys(TRIALS, Trials((), 1)))

    assert ("continue", ("wer_abs", "wer_rel")) == (seen.decision, seen.waits_for)
    assert "-inf" == seen.as_dict()["rules"][0]["t"]
    assert ("wer_abs", "wer_rel") == look(1, better_words(synthetic.run(30, seed=3), calls=4)).waits_for


def test_of_two_normalisers_the_one_that_shows_less_counts():
    """Where the second sees no difference at all from the margin, nothing is settled."""
    scores = better_words(synthetic.run(30, seed=3))
    worse = WordCounts(hits=50, substitutions=50)
    doubted = replace(
        scores,
        sessions=tuple(
            replace(row, words_secondary=replace(worse, hits=row.words.reference_words - 50))
            if row.side == "candidate"
            else row
            for row in scores.sessions
        ),
    )

    assert look(1, scores).tests[0].t < -4.3
    assert [LookTest("wer_abs", 30, 0.0), LookTest("wer_rel", 30, 0.0)] == list(look(1, doubted).tests)


def test_a_pass_waits_for_rules_that_further_calls_bring_data():
    """30 calls of 8 turns are too few for a p95, and all 120 are not; where no number planned suffices nothing is waited for."""
    scores = better_words(synthetic.run(30, seed=3, turns=8))
    seen = look(1, scores)

    assert ("continue", ("final_p95", "first_partial_p95")) == (seen.decision, seen.waits_for)
    assert "pass" == look(1, scores, planned=dict.fromkeys(TRIALS, Trials((2,) * 120, passes=1))).decision


def test_a_pass_waits_for_a_rule_that_has_too_few_trials_yet():
    """Entities: off below 100 mentions, of which the corpus has more."""
    scores = better_words(synthetic.run(30, seed=3))
    seen = look(1, scores, GateSettings(resamples=999))

    assert ("continue", ("entity_miss",)) == (seen.decision, seen.waits_for)


def test_nothing_is_settled_while_too_many_pairs_are_spoilt():
    """More than 5 % of the pairs so far: the run would be invalid as it stands."""
    scores = better_words(synthetic.run(30, seed=3))
    spoilt = {"call-0000", "call-0001"}
    sessions = [replace(row, valid=row.clip_id not in spoilt) for row in scores.sessions]
    seen = look(1, replace(scores, sessions=tuple(sessions)))

    assert ("continue", ("valid_pairs",)) == (seen.decision, seen.waits_for)


def ruled(outcome="pass", *, calls=30, **statistics):
    """A rule's verdict with these figures."""
    return RuleVerdict(RULES[0], "error", 0.01, Evidence(outcome, calls=calls, statistics=statistics))


@pytest.mark.parametrize(
    ("verdict", "t"),
    [
        (ruled(t=-3.0, score_mean=-1.0), -3.0),
        (ruled(t=None, score_mean=-1.0), -math.inf),
        (ruled(t=None, score_mean=0.0), 0.0),
        (ruled(t=-3.0, score_mean=-1.0, secondary_t=-2.0, secondary_score_mean=-1.0), -2.0),
        (ruled(t=3.0, score_mean=1.0, secondary_t=4.0, secondary_score_mean=1.0), 3.0),
        (ruled(t=-3.0, score_mean=-1.0, secondary_t=2.0, secondary_score_mean=1.0), 0.0),
        (ruled(t=-3.0, score_mean=-1.0, secondary_t=None, secondary_score_mean=-0.5), -3.0),
        (ruled(t=-3.0, score_mean=-1.0, secondary_t=None, secondary_score_mean=0.0), 0.0),
        (ruled("inconclusive", t=-3.0, score_mean=-1.0, exact_high=0.03), 0.0),
        (ruled("pass", t=-3.0, score_mean=-1.0, exact_high=0.01), -3.0),
        (ruled("inconclusive", t=-1.0, score_mean=-1.0), -1.0),
    ],
)
def test_the_t_of_a_rule_is_that_which_shows_less(verdict, t):
    """Of two normalisers, and of exact bounds that have to agree."""
    assert LookTest("wer_abs", 30, t) == rule_test(verdict)


@pytest.mark.parametrize(("differing", "hardly"), [(4, True), (5, False), (None, True)])
def test_sides_that_differ_in_four_calls_hardly_differ(differing, hardly):
    """Five are enough; a rule that counts no such calls is not asked."""
    assert hardly == hardly_differs(ruled(differing_calls=differing))
    assert not hardly_differs(ruled())


def test_a_look_is_stored_with_the_bound_of_its_calls():
    """One call has none."""
    stored = Look(
        2, (LookTest("wer_abs", 1, 0.0), LookTest("wer_rel", 20, -math.inf)), "continue", ("wer_abs",)
    ).as_dict()

    assert (2, "continue", ["wer_abs"]) == tuple(stored[key] for key in ("look", "decision", "waits_for"))
    assert [("wer_abs", 1, 0.0, None), ("wer_rel", 20, "-inf", float(f"{critical_t(2, 20):.6g}"))] == [
        tuple(rule[key] for key in ("rule", "calls", "t", "critical_t")) for rule in stored["rules"]
    ]
