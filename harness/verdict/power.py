"""What a corpus can resolve, rule by rule, before it is recorded: the same arithmetic as after a run.

The spread between calls comes from a pilot run or, without one, from planning values. What is supposed in either case:
the calls planned are like the pilot's, the sides are in truth equal (unless a planned difference is configured), and
standard errors shrink with the square root of the number of calls.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from harness.verdict import rare, samples
from harness.verdict.clusters import Clusters
from harness.verdict.evaluate import evaluate
from harness.verdict.planning_values import CALL_SPREADS, LATENCY_SPREADS, RATIO_SPREADS, RatioSpread
from harness.verdict.population import Population
from harness.verdict.ratios import t_reach
from harness.verdict.results import Evidence
from harness.verdict.rules import MINIMUM_CALLS, MINIMUM_CALLS_FOR_INTERVAL, GateSettings, Level, Rule

Basis = Literal["pilot", "planning_values"]
Reason = Literal[
    "off",
    "no_data",
    "few_clusters",
    "few_samples",
    "untestable",
    "underpowered",
    "unreachable",
    "missing_values",
    "unknown",
]

POWER = 0.80
"""With which `needed` calls decide a rule."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What a corpus offers to one metric, call by call, in one pass: reference words, turns, utterances, sessions.

    Calls that offer nothing are left out, as they are when a run is judged.
    """

    per_call: tuple[int, ...]
    passes: int

    @property
    def calls(self) -> int:
        """Independent calls with at least one trial."""
        return len(self.per_call)

    @property
    def total(self) -> int:
        """Trials of all passes."""
        return sum(self.per_call) * self.passes

    @property
    def clusters(self) -> Clusters:
        """How they come in calls, all passes of one together."""
        return Clusters.of_sizes(np.asarray(self.per_call, dtype=np.float64) * self.passes)

    def calls_with(self, trials: int) -> int:
        """Calls of this kind that offer so many trials."""
        return math.ceil(trials * self.calls / self.total)


@dataclass(frozen=True, slots=True)
class RulePower:
    """One rule's prospects.

    Attributes:
        rule: The rule.
        level: In force.
        margin: In force, in the rule's unit.
        trials: What the corpus offers.
        mde: Minimum detectable effect, in the rule's unit: the distance from the margin that the run can resolve with 80 %
            power; None if unknown, or if the rule is a mere count.
        needed: Calls in all that decide the rule with 80 % power if the sides are equal; None if unknown or if no number
            does.
        reason: Why the run will probably leave the rule undecided; None if it will decide.
        basis: Where the spread comes from; None if none is needed.
    """

    rule: Rule
    level: Level
    margin: float
    trials: Trials
    mde: float | None = None
    needed: int | None = None
    reason: Reason | None = None
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class _Resolution:
    """What spread and numbers give, before the rule's minimums: the effect, the calls, whence, and what is amiss."""

    mde: float | None
    needed: int | None
    basis: Basis | None
    reason: Reason | None = None


def powers(
    trials: Mapping[str, Trials], settings: GateSettings, pilot: Population | None = None
) -> tuple[RulePower, ...]:
    """Every rule's prospects, in the order of the table.

    Args:
        trials: What the corpus offers, by metric; every metric of a rule in force is there.
        settings: Margins, levels, planned differences, seed.
        pilot: An earlier run; rules on which it is silent keep the planning values.
    """
    return tuple(_power(rule, trials[rule.metric], settings, pilot) for rule in settings.rules)


def _power(rule: Rule, trials: Trials, settings: GateSettings, pilot: Population | None) -> RulePower:
    level = settings.level(rule, trials.total)
    power = RulePower(rule, level, settings.margin(rule), trials)
    if level == "off":
        return replace(power, reason="off")
    if not trials.calls:
        return replace(power, reason="no_data")
    found = _resolution(rule, trials, settings, pilot)
    needed = None if found.needed is None else max(found.needed, _minimum_calls(rule, trials, power.margin))
    return replace(
        power,
        mde=found.mde,
        needed=needed,
        reason=_undecided(rule, trials, power.margin, needed, found.reason),
        basis=found.basis,
    )


def _minimum_calls(rule: Rule, trials: Trials, margin: float) -> int:
    """What the rule asks for before it decides anything, however small the spread."""
    flawless = flawless_trials(rule, margin, trials) or 0
    return max(MINIMUM_CALLS, trials.calls_with(rule.minimum_samples), trials.calls_with(flawless))


def flawless_trials(rule: Rule, margin: float, trials: Trials) -> int | None:
    """Trials without any event that it takes to pass, in calls like these; None if it asks for none, or no number is enough."""
    return rare.flawless_trials(margin, trials.clusters.size) if rule.may_be_untestable else None


def _undecided(
    rule: Rule, trials: Trials, margin: float, needed: int | None, otherwise: Reason | None
) -> Reason | None:
    """In the order in which a judged run states its reason."""
    if trials.total < (flawless_trials(rule, margin, trials) or 0):
        return "untestable"
    if trials.calls < MINIMUM_CALLS:
        return "few_clusters"
    if trials.total < rule.minimum_samples:
        return "few_samples"
    if needed is None:
        return otherwise or "unreachable"
    return "underpowered" if needed > trials.calls else None


def _resolution(rule: Rule, trials: Trials, settings: GateSettings, pilot: Population | None) -> _Resolution:
    if rule.test == "exact":
        return _Resolution(None, MINIMUM_CALLS, None)
    planned = settings.planned_differences.get(rule.name, 0.0)
    margin = settings.margin(rule)
    if pilot is not None:
        evidence = evaluate(rule, pilot, settings)
        if found := _from_pilot(evidence, trials, margin - planned, quantile=rule.test == "quantile"):
            return found
    if rule.metric in RATIO_SPREADS:
        return _from_ratio_spread(rule, RATIO_SPREADS[rule.metric], trials, margin, planned)
    if rule.metric in LATENCY_SPREADS and rule.quantile is not None:
        spread, values = LATENCY_SPREADS[rule.metric], [count * trials.passes for count in trials.per_call]
        tail = spread.tail(rule.quantile, values)
        se = spread.difference_se(rule.quantile, values)
        return _scaled(se, trials, margin - planned, lambda calls: tail.at(calls).reach, samples.Z_POWER_OF_QUANTILES)
    if rule.metric in CALL_SPREADS:
        of_calls = CALL_SPREADS[rule.metric]
        se = of_calls.sd / math.sqrt(trials.calls)
        return _scaled(se, trials, margin - planned, lambda calls: t_reach(of_calls.counting * calls))
    return _Resolution(None, None, None, "unknown")


def _from_pilot(evidence: Evidence, trials: Trials, reach: float, *, quantile: bool) -> _Resolution | None:
    """None where the pilot is silent: too few calls for a spread, or no value at all."""
    if quantile and evidence.mde is None and evidence.calls >= MINIMUM_CALLS_FOR_INTERVAL:
        return _Resolution(None, None, "pilot", "missing_values")  # some quantiles are infinite: no spread
    if "rare" in evidence.tags:
        rate = ((evidence.baseline or 0.0) + (evidence.candidate or 0.0)) / 2
        seen = RatioSpread(rate, 2 * rate * (1 - rate), float(evidence.statistics["correlation"] or 0.0))
        return _from_events(seen, trials, reach, "pilot")
    if evidence.mde is None:
        return None
    needed = MINIMUM_CALLS if evidence.needed_at_least else evidence.needed
    return _Resolution(evidence.mde * math.sqrt(evidence.calls / trials.calls), needed, "pilot")


def _scaled(
    se: float, trials: Trials, distance: float, reach: Callable[[float], float], power: float = samples.Z_POWER
) -> _Resolution:
    """From the supposed standard error of these calls, how many of it a bound lies away, and how many it takes for power."""
    return _Resolution(
        mde=samples.detectable(se, reach=reach(trials.calls), power=power),
        needed=samples.calls_for_estimate(trials.calls, se, distance, reach=reach, power=power),
        basis="planning_values",
    )


def _from_ratio_spread(rule: Rule, spread: RatioSpread, trials: Trials, margin: float, planned: float) -> _Resolution:
    """A relative margin counts as the absolute one that it amounts to at the supposed rate."""
    binary = rule.test == "score_or_rare"
    exact = _from_events(spread, trials, margin - planned, "planning_values") if binary else None
    if exact and _calls_with_events(spread, trials) < rare.FEW_EVENT_CALLS:
        return exact
    unit = spread.rate if rule.test == "relative_score" else 1.0
    mean = sum(trials.per_call) / trials.calls
    sd = spread.score_sd(trials.per_call, margin * unit)
    mde = samples.detectable(sd / math.sqrt(trials.calls), mean * unit)
    needed = samples.calls_for_ratio(sd, mean * unit, margin, planned)
    if exact and needed is not None and mde is not None:
        needed = None if exact.needed is None else max(needed, exact.needed)
        mde = max(mde, exact.mde or 0.0)
    return _Resolution(mde, needed, "planning_values")


def _calls_with_events(spread: RatioSpread, trials: Trials) -> float:
    """How many calls are to be expected with an event on either side."""
    either = min(1.0, spread.rate + spread.discordance / 2)
    return sum(1 - (1 - either) ** (count * trials.passes) for count in trials.per_call)


def _from_events(spread: RatioSpread, trials: Trials, reach: float, basis: Basis) -> _Resolution:
    """By the exact bounds."""
    there = replace(trials.clusters, correlation=spread.correlation, event_calls=_calls_with_events(spread, trials))
    sd = spread.score_sd([count * trials.passes for count in trials.per_call], 0.0)
    return _Resolution(
        rare.detectable_rate(spread.rate, there), rare.calls_for(spread.rate, sd, trials.calls, there, reach), basis
    )
