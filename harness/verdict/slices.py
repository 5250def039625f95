"""The same metrics on parts of the run: by tag, language, speaker, channel, duration and noise.

A slice that holds every pair has the run's own figures. In the others intervals of ratios are t bounds (exact bounds where events
are rare) in place of the bootstrap's, because a run has many slices. Whether a slice is worse than the margin allows is tested rule by rule
over all slices with enough calls, with Holm's correction; the others are listed as underpowered.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from scipy import special

from harness.verdict.estimands import RATIO, RATIOS, pool
from harness.verdict.holm import holm
from harness.verdict.json_numbers import ratio_number
from harness.verdict.latencies import LATENCIES
from harness.verdict.metric_blocks import latency_block, ratio_block
from harness.verdict.population import Population
from harness.verdict.ratios import absolute_scores, relative_scores, score_test
from harness.verdict.results import SliceVerdict
from harness.verdict.rules import MINIMUM_CALLS, GateSettings, Rule
from harness.verdict.slice_names import slice_names

SLICED_RATIOS = (
    "wer",
    "session_failure_rate",
    "false_cutoff_rate",
    "endpoint_recall",
    "entity_miss_rate",
    "normalized_erasure",
)
SLICED_LATENCIES = ("first_partial_ms", "final_ms")
RESAMPLES = 1999
"""Of a latency's interval in a slice: fewer than for the run, because slices are many."""

Json = dict[str, Any]


def slices_of(population: Population, settings: GateSettings, whole: Mapping[str, Json]) -> Json:
    """Every slice with its sizes, the gated metrics with their intervals, and what the rules find in it.

    Args:
        population: Of the run.
        settings: Margins, and the seed and number of resamples.
        whole: The metrics of the whole run, which a slice that holds every pair shares.
    """
    quick = replace(settings, resamples=min(settings.resamples, RESAMPLES))
    parts = _parts(population)
    pairs = len(population.sessions)
    blocks = {name: _slice(part, quick, whole if len(part.sessions) == pairs else None) for name, part in parts.items()}
    for found in _verdicts(parts, pairs, settings, settings.rules):
        if found.outcome != "underpowered":
            blocks[found.slice_name]["rules"][found.rule.name] = {
                "verdict": found.outcome,
                "p": ratio_number(found.p),
                "adjusted_p": ratio_number(found.adjusted_p),
                "calls": found.calls,
            }
    return blocks


def slice_verdicts(population: Population, settings: GateSettings, rules: Iterable[Rule]) -> tuple[SliceVerdict, ...]:
    """What `rules` find in every slice that has data for them, in the order of the rules, then of the slices' names."""
    return tuple(_verdicts(_parts(population), len(population.sessions), settings, rules))


def _parts(population: Population) -> dict[str, Population]:
    members: dict[str, list[Population]] = {}
    for (pair,), part in ((part.sessions, part) for part in population.by_pair().values()):
        for name in slice_names(pair.baseline):
            members.setdefault(name, []).append(part)
    # What holds for all pairs alike is no part of them.
    return {name: Population.joined(found) for name, found in sorted(members.items())}


def _slice(part: Population, settings: GateSettings, whole: Mapping[str, Json] | None) -> Json:
    if whole is not None:
        metrics = {name: whole[name] for name in (*SLICED_RATIOS, *SLICED_LATENCIES)}
    else:
        metrics = {
            ratio.name: ratio_block(ratio, part, settings, linear=True)
            for ratio in RATIOS
            if ratio.name in SLICED_RATIOS
        }
        metrics |= {
            latency.name: latency_block(latency, part, settings)
            for latency in LATENCIES
            if latency.name in SLICED_LATENCIES
        }
    calls = len({pair.baseline.call_id for pair in part.sessions})
    return {
        "pairs": len(part.sessions),
        "calls": calls,
        "utterances": len(part.utterances),
        "audio_s": ratio_number(sum(pair.baseline.duration_s for pair in part.sessions)),
        "underpowered": calls < MINIMUM_CALLS,
        "intervals": "t" if whole is None else "bootstrap",
        "metrics": metrics,
        "rules": {},
    }


def _verdicts(
    parts: Mapping[str, Population], pairs: int, settings: GateSettings, rules: Iterable[Rule]
) -> Iterator[SliceVerdict]:
    """Per rule of a common denominator and slice, whether the slice is worse than the margin; the whole run is no slice."""
    for rule in rules:
        if rule.test not in {"score", "score_or_rare", "relative_score"}:
            continue
        tested = [_tested(rule, name, part, settings) for name, part in parts.items() if len(part.sessions) < pairs]
        corrected = iter(holm([found.p for found in tested if found.p is not None]))
        for found in tested:
            if found.p is not None:
                rejected, adjusted = next(corrected)
                yield replace(found, outcome="fail" if rejected else "not_worse", adjusted_p=adjusted)
            elif found.calls:
                yield found


def _tested(rule: Rule, name: str, part: Population, settings: GateSettings) -> SliceVerdict:
    """One rule in one slice, before the correction; without a p value where there is too little to test."""
    counts = pool(RATIO[rule.metric].rows(part))
    margin, calls = settings.margin(rule), len(counts.calls)
    severity: Literal["error", "warn"] = (
        "error" if settings.slices == "error" and settings.level(rule) == "error" else "warn"
    )
    relative = rule.test == "relative_score"
    total = float((counts.baseline_events if relative else counts.baseline_trials).sum())
    change = float((counts.candidate_events - counts.baseline_events).sum())
    found = SliceVerdict(rule, name, severity, "underpowered", calls, margin, change / total if total else None)
    if calls < MINIMUM_CALLS or not total:  # a share of no errors at all is no margin
        return found
    test = score_test((relative_scores if relative else absolute_scores)(counts, margin))
    # P(T >= t); without any spread the sign decides.
    p = float(special.stdtr(test.calls - 1, -test.t)) if test.t is not None else float(test.mean <= 0)
    scale = total / calls  # a score is a difference in events, less the margin
    return replace(found, p=p, low=margin + test.low / scale, high=margin + test.high / scale)
