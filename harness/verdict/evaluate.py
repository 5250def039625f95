"""One rule on one population: which test, which bounds, which of the three answers, and how many calls it would take."""

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.verdict import bootstrap, rare, ratios, samples, sequential
from harness.verdict.clusters import Clusters
from harness.verdict.estimands import (
    RATIO,
    CallCounts,
    CountRow,
    SampleRow,
    by_call,
    paired_samples,
    pool,
    second_opinion_rows,
    secondary_word_rows,
)
from harness.verdict.latencies import LATENCY
from harness.verdict.population import Population
from harness.verdict.results import Evidence
from harness.verdict.rules import MINIMUM_CALLS, MINIMUM_CALLS_FOR_INTERVAL, TOO_FEW_CALLS, GateSettings, Rule
from harness.verdict.worst import worst_latencies, worst_ratios


def evaluate(rule: Rule, population: Population, settings: GateSettings) -> Evidence:
    """Weigh the evidence for one rule.

    Returns:
        The outcome on the data alone. Without data it is INCONCLUSIVE(`no_value`); whether the rule is applicable at
        all is for the caller to say.
    """
    if rule.test == "exact":
        return _mutations(rule, population, settings)
    if rule.test == "quantile":
        rows_ms, _ = paired_samples(LATENCY[rule.metric], population)
        return evaluate_samples(rule, rows_ms, settings)
    rows = tuple(RATIO[rule.metric].rows(population))
    evidence = evaluate_counts(rule, rows, settings)
    return _second_opinion(rule, population, settings, evidence) if rule.metric == "wer" else evidence


def evaluate_counts(rule: Rule, rows: tuple[CountRow, ...], settings: GateSettings) -> Evidence:
    """Weigh the paired counts of a ratio rule under one normaliser."""
    ratio = RATIO[rule.metric]
    counts = pool(rows, common=ratio.common)
    if not counts.calls:
        return Evidence("inconclusive", "no_value")
    if rule.test == "ratio_difference":
        evidence = _ratio_difference(rule, counts, settings)
    elif rule.test == "score_or_rare" and rare.is_rare(counts):
        evidence = _rare(rule, counts, settings)
    else:
        evidence = _score(rule, counts, settings)
    evidence = _without_idle_interval(replace(evidence, calls=len(counts.calls), worst=worst_ratios(rows)))
    sizes = Clusters.of_sizes(counts.baseline_trials)
    if rule.may_be_untestable and rare.smallest_passable_rate(sizes) > settings.margin(rule):
        return _untestable(rule, counts, settings, evidence)
    return _with_enough_calls(evidence)


@dataclass(frozen=True, slots=True)
class _Resolution:
    """Calls that decide a rule, and the effect that these calls resolve."""

    needed: int | None
    mde: float | None


def _score(rule: Rule, counts: CallCounts, settings: GateSettings) -> Evidence:
    relative = rule.test == "relative_score"
    margin, planned = settings.margin(rule), settings.planned_differences.get(rule.name, 0.0)
    make_scores = ratios.relative_scores if relative else ratios.absolute_scores
    confidence = sequential.confidence(settings.look)
    test = ratios.score_test(make_scores(counts, margin), confidence)
    zero = ratios.score_test(make_scores(counts, 0.0), confidence)
    exact = _exact_bounds(counts, confidence) if rule.test == "score_or_rare" else {}
    outcome = test.outcome
    if exact and ratios.decide(exact["exact_low"], exact["exact_high"], margin) != outcome:
        outcome = "inconclusive"
    scale = float((counts.baseline_events if relative else counts.baseline_trials).mean())
    change = float((counts.candidate_events - counts.baseline_events).sum())
    total = scale * len(counts.calls)
    interval = ratios.difference_interval(counts, seed=settings.seed, resamples=settings.resamples, relative=relative)
    low, high = interval or (None, None)
    resolution = _resolution(rule, counts, test, scale, margin - planned)
    tags = list(_direction(outcome, zero.low, zero.high))
    if interval is not None and ratios.decide(*interval, margin) != outcome:
        tags.append("ci_disagrees")
    return Evidence(
        outcome=outcome,
        reason=None if outcome != "inconclusive" else "no_baseline_events" if total == 0 else "margin_inside_interval",
        baseline=float(counts.baseline_events.sum() / counts.baseline_trials.sum()),
        candidate=float(counts.candidate_events.sum() / counts.candidate_trials.sum()),
        value=change / total if total else None,
        low=low,
        high=high,
        needed=resolution.needed,
        mde=resolution.mde,
        tags=tuple(tags),
        statistics={
            "test": "one-sided t on per-call margin scores",
            "score_mean": test.mean,
            "score_low": test.low,
            "score_high": test.high,
            "t": test.t,
            "p": test.p,
            "differing_calls": int((counts.candidate_events != counts.baseline_events).sum()),
            **exact,
            **_at_look(settings.look, test.calls),
        },
    )


def _exact_bounds(counts: CallCounts, confidence: float) -> dict[str, float]:
    """What has to agree with the t test where trials are binary: scores are skewed then, and it passes too much."""
    low, high = rare.bounds(counts, confidence)
    return {"exact_low": low, "exact_high": high, "correlation": Clusters.of(counts).correlation}


def _resolution(rule: Rule, counts: CallCounts, test: ratios.ScoreTest, scale: float, reach: float) -> _Resolution:
    """Of the t test or, where exact bounds have to agree, of whichever resolves less."""
    needed, mde = samples.calls_for_ratio(test.sd, scale, reach), samples.detectable(test.se, scale)
    if rule.test != "score_or_rare" or needed is None or mde is None:
        return _Resolution(needed, mde)
    exact = rare.calls_needed(counts, reach)
    return _Resolution(None if exact is None else max(needed, exact), max(mde, rare.detectable(counts)))


def _at_look(look: int | None, calls: int) -> dict[str, float]:
    """What `|t|` has to exceed, if the run was looked at on its way."""
    if look is None or calls < 2:  # noqa: PLR2004 - one call has no spread
        return {}
    return {"critical_t": sequential.critical_t(look, calls)}


def _rare(rule: Rule, counts: CallCounts, settings: GateSettings) -> Evidence:
    margin, planned = settings.margin(rule), settings.planned_differences.get(rule.name, 0.0)
    a, b, trials = rare.totals(counts)
    low, high = rare.bounds(counts)
    outcome = ratios.decide(low, high, margin)
    return Evidence(
        outcome=outcome,
        reason="margin_inside_interval" if outcome == "inconclusive" else None,
        baseline=a / trials,
        candidate=b / trials,
        value=(b - a) / trials,
        low=low,
        high=high,
        needed=rare.calls_needed(counts, margin - planned),
        mde=rare.detectable(counts),
        tags=("rare",),
        statistics={
            "test": "one-sided exact bounds of clustered trials",
            "trials": trials,
            "baseline": a,
            "candidate": b,
            "correlation": Clusters.of(counts).correlation,
        },
    )


def _ratio_difference(rule: Rule, counts: CallCounts, settings: GateSettings) -> Evidence:
    difference = ratios.ratio_difference(counts)
    if difference is None:
        return Evidence("inconclusive", "no_value")
    margin, planned, calls = settings.margin(rule), settings.planned_differences.get(rule.name, 0.0), len(counts.calls)
    outcome = ratios.decide(difference.low, difference.high, margin)
    return Evidence(
        outcome=outcome,
        reason="margin_inside_interval" if outcome == "inconclusive" else None,
        baseline=difference.baseline,
        candidate=difference.candidate,
        value=difference.value,
        low=difference.low,
        high=difference.high,
        needed=samples.calls_for_estimate(
            calls,
            difference.se,
            margin,
            planned,
            reach=lambda number: ratios.t_reach(ratios.freedom_at(number, difference.freedom, calls)),
        ),
        mde=samples.detectable(difference.se, reach=ratios.t_reach(difference.freedom)),
        tags=_direction(outcome, difference.low, difference.high),
        statistics={"test": "t bounds of the linearised difference of ratios"},
    )


def _untestable(rule: Rule, counts: CallCounts, settings: GateSettings, evidence: Evidence) -> Evidence:
    """Even a flawless candidate could not pass at this size: say so, and how many calls would make it testable.

    A test that finds no spread (every session failed on both sides) passes any margin, and shows as little.
    """
    if evidence.outcome == "fail" and evidence.calls >= MINIMUM_CALLS:
        return evidence
    trials = rare.flawless_trials(settings.margin(rule), Clusters.of_sizes(counts.baseline_trials).size)
    needed = None if trials is None else math.ceil(trials * evidence.calls / float(counts.baseline_trials.sum()))
    known = [calls for calls in (needed, evidence.needed, MINIMUM_CALLS) if calls is not None]
    tags = (*evidence.tags, "few_clusters") if evidence.calls < MINIMUM_CALLS else evidence.tags
    return replace(
        evidence,
        outcome="inconclusive",
        reason="untestable",
        needed=None if needed is None else max(known),
        needed_at_least=needed == max(known),
        tags=tags,
    )


def _without_idle_interval(evidence: Evidence) -> Evidence:
    """With a handful of calls, resampling and spread say nothing: no interval, and nothing derived from it."""
    if evidence.calls >= MINIMUM_CALLS_FOR_INTERVAL:
        return evidence
    return replace(
        evidence,
        low=None,
        high=None,
        needed=evidence.needed if evidence.needed_at_least else None,
        mde=None,
        interval_reason=None if evidence.value is None else TOO_FEW_CALLS,
        tags=tuple(tag for tag in evidence.tags if tag not in _FROM_INTERVAL),
        statistics={name: value for name, value in evidence.statistics.items() if not name.endswith(("_low", "_high"))},
    )


_FROM_INTERVAL = ("better", "worse_but_acceptable", "ci_disagrees", "rare")


def _with_enough_calls(evidence: Evidence) -> Evidence:
    """Below the minimum number of calls nothing is decided, whatever the test says."""
    if evidence.calls >= MINIMUM_CALLS:
        return evidence
    needed = max(MINIMUM_CALLS, evidence.needed or 0)
    return replace(
        evidence,
        outcome="inconclusive",
        reason="few_clusters",
        needed=needed,
        needed_at_least=needed == MINIMUM_CALLS or evidence.needed_at_least,
    )


def _second_opinion(rule: Rule, population: Population, settings: GateSettings, primary: Evidence) -> Evidence:
    """Decide again under the secondary normaliser: verdicts that depend on the normaliser are no verdicts."""
    if primary.reason == "no_value":
        return primary
    rows = tuple(second_opinion_rows(population))
    supported = {row.clip_id for row in secondary_word_rows(population)}
    if not supported:
        return replace(primary, tags=(*primary.tags, "secondary_unsupported"))
    secondary = evaluate_counts(rule, rows, settings)
    tags = primary.tags if supported == {row.clip_id for row in rows} else (*primary.tags, "secondary_partial")
    agreed = replace(
        primary,
        tags=tags,
        statistics={
            **primary.statistics,
            "secondary_verdict": secondary.outcome,
            "secondary_value": secondary.value,
            "secondary_low": secondary.low,
            "secondary_high": secondary.high,
            "secondary_score_mean": secondary.statistics["score_mean"],
            "secondary_t": secondary.statistics["t"],
        },
    )
    if primary.outcome == secondary.outcome:
        return agreed
    needed = max((calls for calls in (primary.needed, secondary.needed) if calls is not None), default=None)
    return replace(agreed, outcome="inconclusive", reason="normaliser_dependent", needed=needed, needed_at_least=False)


def evaluate_samples(rule: Rule, rows: tuple[SampleRow, ...], settings: GateSettings) -> Evidence:
    """Weigh the paired latencies of a quantile rule."""
    if rule.quantile is None:
        raise ValueError(f"rule {rule.name} is a quantile rule without a quantile")
    if not rows:
        return Evidence("inconclusive", "no_value")
    data = by_call(rows)
    calls, n = len(data.calls), len(rows)
    margin, planned = settings.margin(rule), settings.planned_differences.get(rule.name, 0.0)
    (difference,) = bootstrap.quantile_differences(
        data, (rule.quantile,), seed=settings.seed, resamples=settings.resamples
    )
    outcome = ratios.decide(difference.low, difference.high, margin)
    reason = None
    if outcome == "inconclusive":
        reason = (
            "missing_values" if math.isinf(difference.low) or math.isinf(difference.high) else "margin_inside_interval"
        )
    tail, power = difference.tail, samples.Z_POWER_OF_QUANTILES
    needed = samples.calls_for_estimate(
        calls, difference.sd, margin, planned, reach=lambda number: tail.at(number).reach, power=power
    )
    required = 0
    if calls < MINIMUM_CALLS_FOR_INTERVAL:
        needed = None  # the spread of so few calls is no basis for an estimate
    if n < rule.minimum_samples:
        outcome, reason = "inconclusive", "few_samples"
        required = math.ceil(rule.minimum_samples * calls / n)
        needed = max(needed or 0, required)
    evidence = Evidence(
        outcome=outcome,
        reason=reason,
        calls=calls,
        baseline=difference.baseline,
        candidate=difference.candidate,
        value=difference.value,
        low=difference.low,
        high=difference.high,
        needed=needed,
        needed_at_least=needed is not None and needed == required,
        mde=samples.detectable(difference.sd, reach=tail.reach, power=power),
        tags=_direction(outcome, difference.low, difference.high),
        statistics={
            "test": "expanded percentile cluster bootstrap",
            "n": n,
            "baseline_missing": int(np.isinf(data.baseline).sum()),
            "candidate_missing": int(np.isinf(data.candidate).sum()),
        },
        worst=worst_latencies(rows),
    )
    return _with_enough_calls(_without_idle_interval(evidence))


def _mutations(rule: Rule, population: Population, settings: GateSettings) -> Evidence:
    """A count that must not exceed the margin. One breach is a fact however small the run; none is weak evidence."""
    pairs = [pair for pair in population.sessions if pair.both_succeeded]
    if not pairs:
        return Evidence("inconclusive", "no_value")
    rows = tuple(
        CountRow(
            pair.baseline.clip_id,
            pair.baseline.call_id,
            pair.baseline.post_final_mutations,
            1,
            pair.candidate.post_final_mutations,
            1,
        )
        for pair in pairs
    )
    a, b = (sum(row.baseline_events for row in rows), sum(row.candidate_events for row in rows))
    evidence = Evidence(
        outcome="fail" if b > settings.margin(rule) else "pass",
        calls=len({row.call_id for row in rows}),
        baseline=a,
        candidate=b,
        value=b,
        statistics={"test": "exact count"},
        worst=worst_ratios(rows, against_baseline=False),
    )
    return evidence if evidence.outcome == "fail" else _with_enough_calls(evidence)


def _direction(outcome: str, low: float, high: float) -> tuple[str, ...]:
    """What the zero-margin bounds add to the verdict."""
    if high < 0:
        return ("better",)
    return ("worse_but_acceptable",) if low > 0 and outcome == "pass" else ()
