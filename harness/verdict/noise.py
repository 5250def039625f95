"""The noise floor: how far a service differs from itself when it hears the same audio again.

After the primary, secondary and candidate of Twitter's Diffy: what two passes of one side differ in is noise, and a comparison
that can't tell that side from itself can't tell it from another. The floor is never subtracted from an effect, and never sets a
margin; it says whether the run measured what it claims to measure, and which margins a corpus of this size can show at all.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from scipy import special

from harness.metrics.scores import Scores, SessionScore, TurnScore, UtteranceScore
from harness.verdict import rare
from harness.verdict.estimands import RATIO, CallCounts, pool, word_rows
from harness.verdict.holm import holm
from harness.verdict.judge import judge
from harness.verdict.population import Population
from harness.verdict.ratios import absolute_scores, score_test, t_of
from harness.verdict.results import RuleOutcome, Verdict
from harness.verdict.rules import MINIMUM_CALLS, GateSettings, Rule

FIRST_PASS, SECOND_PASS = 1, 2
SELF_TEST_ALPHA = 0.01
"""An adjusted p below this makes the run invalid: rare by chance, as every valid run with two passes is tested."""

Side = Literal["baseline", "candidate"]

_SCORE_TESTS = frozenset({"score", "relative_score", "score_or_rare"})
_FEW = frozenset({"few_clusters", "few_samples", "untestable", "no_value"})
_Row = TypeVar("_Row", SessionScore, UtteranceScore, TurnScore)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A two-sided t test that a side's two passes have equally many events, for one rule.

    Attributes:
        rule: Which.
        calls: With data.
        t: Mean difference, second pass minus first, over its standard error; infinite where all calls differ alike.
        p: Two-sided.
        adjusted_p: By Holm over the rules.
        margin: In force, in the rule's unit.
        floor: Twice the standard error of the difference, in the rule's unit: a smaller margin is not achievable.
    """

    rule: str
    calls: int
    t: float
    p: float
    adjusted_p: float
    margin: float
    floor: float


@dataclass(frozen=True, slots=True)
class RuleOnItself:
    """What the ordinary gate says of the second pass against the first, for a rule of level error.

    `achievable` is False if a service as good as the baseline, for it is the baseline, does not pass; None if there are too few
    values to say.
    """

    rule: str
    label: str
    outcome: RuleOutcome
    reason: str | None
    achievable: bool | None


@dataclass(frozen=True, slots=True)
class SideNoise:
    """One side against itself.

    Attributes:
        side: Which.
        calls: Of which both passes can be compared.
        self_tests: Empty with fewer than 20 calls.
        v_run: Variance of a call's word errors from pass to pass, `sum((e_1 - e_2)^2) / 2K`; None without words.
    """

    side: Side
    calls: int
    self_tests: tuple[SelfTest, ...]
    v_run: float | None

    @property
    def differs(self) -> tuple[SelfTest, ...]:
        """Tests that show more than chance."""
        return tuple(test for test in self.self_tests if test.adjusted_p < SELF_TEST_ALPHA)


@dataclass(frozen=True, slots=True)
class ClipNoise:
    """Word errors in one clip: of the baseline's two passes and of the candidate's first."""

    clip_id: str
    first: int
    second: int
    candidate: int

    @property
    def above_noise(self) -> bool:
        """True if the candidate differs from the baseline by more than the baseline from itself."""
        return abs(self.candidate - self.first) > abs(self.second - self.first)


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """Both sides against themselves, the baseline through the gate, and each clip."""

    baseline: SideNoise
    candidate: SideNoise
    rules: tuple[RuleOnItself, ...]
    clips: tuple[ClipNoise, ...]

    @property
    def enough(self) -> bool:
        """False with so few calls that nothing is said."""
        return self.baseline.calls >= MINIMUM_CALLS

    @property
    def self_test(self) -> Literal["passed", "failed", "too_few_calls"]:
        """Whether the baseline agrees with itself, but for chance."""
        if not self.baseline.self_tests:
            return "too_few_calls"
        return "failed" if self.baseline.differs else "passed"


def noise_floor(scores: Scores, settings: GateSettings) -> NoiseFloor | None:
    """Compare the first two passes of each side.

    Args:
        scores: Of the run.
        settings: Of the gate.

    Returns:
        None if the baseline was recorded once.
    """
    if not any(row.side == "baseline" and row.pass_number == SECOND_PASS for row in scores.sessions):
        return None
    settings = replace(settings, look=None, slices="off")  # what the gate says of slices plays no part
    itself = against_itself(scores, "baseline")
    baseline = _side_noise("baseline", Population.of(itself), settings)
    candidate = _side_noise("candidate", Population.of(against_itself(scores, "candidate")), settings)
    rules: tuple[RuleOnItself, ...] = ()
    if baseline.calls >= MINIMUM_CALLS:
        gate = judge(itself, settings, run_valid=True, invalid_reason=None, emulated=False, run_id="")
        rules = tuple(_rules_on_itself(gate, baseline, settings))
    return NoiseFloor(baseline, candidate, rules, tuple(_clips(scores)))


def against_itself(scores: Scores, side: Side) -> Scores:
    """The run as if the side's first pass were the baseline and its second the candidate.

    Turns are in the endpointing population of a pass if both sides succeeded in it; where one pass has them and the other does
    not, neither counts.
    """
    sessions = _renamed(scores.sessions, side)
    turns: dict[str, set[tuple[int, int]]] = {}
    for row in sessions:
        turns.setdefault(row.clip_id, set()).add((row.turns, row.time_hold_turns))
    return scores.with_rows(
        (row if len(turns[row.clip_id]) == 1 else _without_turns(row) for row in sessions),
        _renamed(scores.utterances, side),
        _renamed(scores.turns, side),
    )


def _without_turns(row: SessionScore) -> SessionScore:
    return replace(row, turns=0, early_cut_turns=0, time_hold_turns=0, time_hold_turns_fired=0)


def _renamed(rows: tuple[_Row, ...], side: Side) -> tuple[_Row, ...]:
    roles: dict[int, Side] = {FIRST_PASS: "baseline", SECOND_PASS: "candidate"}
    return tuple(
        replace(row, side=roles[row.pass_number], pass_number=1)
        for row in rows
        if row.side == side and row.pass_number in roles
    )


def _side_noise(side: Side, population: Population, settings: GateSettings) -> SideNoise:
    calls = len({pair.baseline.call_id for pair in population.sessions})
    words = pool(word_rows(population))
    v_run = (
        float(((words.candidate_events - words.baseline_events) ** 2).sum() / (2 * len(words.calls)))
        if words.calls
        else None
    )
    tests = tuple(_self_tests(population, settings)) if calls >= MINIMUM_CALLS else ()
    corrected = holm([test.p for test in tests], SELF_TEST_ALPHA)
    tests = tuple(replace(test, adjusted_p=p) for test, (_, p) in zip(tests, corrected, strict=True))
    return SideNoise(side, calls, tests, v_run)


def _self_tests(population: Population, settings: GateSettings) -> Iterator[SelfTest]:
    """Every score rule of level error that has calls enough, and events enough for a t test."""
    for rule in settings.rules:
        if rule.test not in _SCORE_TESTS:
            continue
        counts = pool(RATIO[rule.metric].rows(population))
        trials = round(counts.baseline_trials.sum()) if rule.minimum_trials else None
        if settings.level(rule, trials) != "error" or len(counts.calls) < MINIMUM_CALLS:
            continue
        if rule.test == "score_or_rare" and rare.is_rare(counts):
            continue
        yield self_test(rule, counts, settings.margin(rule))


def self_test(rule: Rule, counts: CallCounts, margin: float) -> SelfTest:
    """Test two passes of a side for equally many events; `adjusted_p` is still that of a lone test.

    Args:
        rule: A score rule.
        counts: At least two calls, the first pass as baseline.
        margin: In force.
    """
    test = score_test(absolute_scores(counts, 0.0))
    t = t_of(test.t, test.mean)
    p = 2 * float(special.stdtr(test.calls - 1, -abs(t))) if math.isfinite(t) else 0.0
    scale = counts.baseline_events if rule.test == "relative_score" else counts.baseline_trials
    mean = float(np.mean(scale))
    return SelfTest(rule.name, test.calls, t, p, p, margin, 2 * test.se / mean if mean else math.inf)


def _rules_on_itself(gate: Verdict, noise: SideNoise, settings: GateSettings) -> Iterator[RuleOnItself]:
    floors = {test.rule: test for test in noise.self_tests}
    for found in gate.rules:
        outcome, reason = found.evidence.outcome, found.evidence.reason
        if settings.level(found.rule) != "error":
            continue
        test = floors.get(found.rule.name)
        achievable: bool | None = outcome == "pass" and (test is None or test.margin >= test.floor)
        if outcome == "not_applicable" or reason in _FEW:
            achievable = None
        yield RuleOnItself(found.rule.name, found.rule.label, outcome, reason, achievable)


def _clips(scores: Scores) -> Iterator[ClipNoise]:
    """Clips of which the baseline's two passes and the candidate's first can be compared, in the order of the scores."""
    errors: dict[str, dict[tuple[str, int], int]] = {}
    for row in scores.sessions:
        if row.valid and row.has_words and row.pass_number in (FIRST_PASS, SECOND_PASS):
            errors.setdefault(row.clip_id, {})[row.side, row.pass_number] = row.words.errors
    asked = (("baseline", FIRST_PASS), ("baseline", SECOND_PASS), ("candidate", FIRST_PASS))
    for clip_id, found in errors.items():
        if all(key in found for key in asked):
            yield ClipNoise(clip_id, *(found[key] for key in asked))
